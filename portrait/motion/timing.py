"""A motion track in time: sampled anywhere, cut or looped to a length, without a visible jump."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from scipy.spatial.transform import Rotation, Slerp

from portrait.types import MotionTrack

Array = NDArray[np.float64]

FRAMEWISE = ("translation", "scale", "lids", "gaze", "brows", "lips", "residual", "mouth_gap")
"""The fields with one row a frame that are interpolated linearly; `rotation` goes along SO(3)."""

SETTLING = np.linspace(0.6, 1.2, 7)  # seconds in which a cut movement comes to rest
FADE = 0.8  # seconds in which one pass of a loop gives way to the next
TURN = 0.5  # seconds in which the clock turns round
UNUSED = 3.0  # what leaving out all of a pass would cost, in the units of `_posture`
ROUGHER = 1.5  # a seam may step this much wider than the movement itself does


def resample(track: MotionTrack, at: Array, fps: float, *, keys: Array | None = None) -> MotionTrack:
    """Return the track at the times `at`, as a track of `fps`.

    at: (N,) seconds, held at the ends. keys: (T,) rising seconds of the track's own frames where they are not
    evenly spaced. Rotations are interpolated along the shortest arc (slerp), the rest linearly.
    """
    keys = np.arange(len(track)) / track.fps if keys is None else keys
    at = np.clip(at, keys[0], keys[-1])
    right = np.clip(np.searchsorted(keys, at, side="right"), 1, max(len(keys) - 1, 1))
    left, right = right - 1, np.minimum(right, len(keys) - 1)
    weight = (at - keys[left]) / np.maximum(keys[right] - keys[left], 1e-12)

    def between(values: NDArray[np.float32]) -> NDArray[np.float32]:
        w = weight.reshape(-1, *[1] * (values.ndim - 1)).astype(np.float32)
        return values[left] * (1 - w) + values[right] * w

    return replace(_map_framewise(track, between), fps=fps, rotation=_slerp(track.rotation, keys, at))


def fit(track: MotionTrack, seconds: float, fps: float) -> MotionTrack:
    """Return the track looped or cut to `seconds`, resampled to `fps`: exactly round(seconds * fps) frames.

    The first frame stays. A longer track is cut and comes to rest, with the eyes open if they can be. A
    shorter one repeats: straight on if its ends meet, else across the best seam (a cross-fade), else there
    and back. A track of that very length is only resampled. Raises ValueError where no frame would be left.
    """
    count = round(seconds * fps)
    if count < 1 or len(track) < 1:
        raise ValueError(f"no frame in {seconds} seconds at {fps} fps")
    clock = np.arange(count) / fps
    if abs(seconds - track.duration) <= 1 / track.fps:
        return resample(track, clock, fps)
    longer = seconds < track.duration
    play = (lambda times: resample(track, times, fps)) if longer else _loop(track, fps)
    return play(_settle(clock, play))


def biggest_steps(track: MotionTrack) -> dict[str, float]:
    """Return the widest frame-to-frame change of `rotation` (radians) and each other field, a second."""
    steps = {"rotation": 0.0} | {name: 0.0 for name in FRAMEWISE if getattr(track, name) is not None}
    if len(track) > 1:
        turns = Rotation.from_matrix(track.rotation)
        steps["rotation"] = float((turns[:-1].inv() * turns[1:]).magnitude().max())
        for name in list(steps)[1:]:
            steps[name] = float(np.abs(np.diff(getattr(track, name), axis=0)).max())
    return {name: step * track.fps for name, step in steps.items()}


def _map_framewise(
    track: MotionTrack, change: Callable[[NDArray[np.float32]], NDArray[np.float32]]
) -> MotionTrack:
    fields = {name: getattr(track, name) for name in FRAMEWISE}
    return replace(track, **{name: change(rows) for name, rows in fields.items() if rows is not None})


def _slerp(rotation: NDArray[np.float32], keys: Array, at: Array) -> NDArray[np.float32]:
    if len(keys) == 1:
        return np.repeat(rotation, len(at), axis=0)
    turned = Slerp(keys, Rotation.from_matrix(rotation))(at)
    return turned.as_matrix().astype(np.float32)


def _settle(clock: Array, play: Callable[[Array], MotionTrack]) -> Array:
    """Slow the clock down to rest at its end, where the eyes are most open.

    With u running 0..1 through the last `span` seconds, the time played is span (u - u²/2): speed 1 to 0.
    """
    end = clock[-1]
    spans = np.minimum(SETTLING, end)
    span = spans[np.argmin(play(end - spans / 2).lids.max(1))]
    if span <= 0:
        return clock
    u = np.clip((clock - (end - span)) / span, 0, 1)
    return np.where(u > 0, end - span + span * (u - u * u / 2), clock)


def _loop(track: MotionTrack, fps: float) -> Callable[[Array], MotionTrack]:
    """Return what plays the track at any times from 0 on, without end."""
    if len(track) < 3:
        return lambda times: resample(track, np.zeros_like(times), fps)
    closed = _append_first(track)
    if _no_rougher(closed, track, 1.0):
        return lambda times: resample(closed, times % track.duration, fps)
    seam = _best_seam(track)
    if seam is not None:
        return lambda times: _play_seam(track, times, fps, *seam)
    last = (len(track) - 1) / track.fps
    return lambda times: resample(track, there_and_back(times, last), fps)


def _append_first(track: MotionTrack) -> MotionTrack:
    rounded = _map_framewise(track, lambda rows: np.concatenate([rows, rows[:1]]))
    return replace(rounded, rotation=np.concatenate([track.rotation, track.rotation[:1]]))


def _no_rougher(candidate: MotionTrack, track: MotionTrack, times: float) -> bool:
    own, new = biggest_steps(track), biggest_steps(candidate)
    return all(new[name] <= times * own[name] + 1e-5 for name in own)


def there_and_back(times: Array, last: float) -> Array:
    """Return a clock that runs 0..last, turns round gently, runs back, and so on; never faster than 1.

    |x| with its corner rounded to a parabola, `width` to either side, makes the turns.
    """
    width = min(TURN / 2, last / 4)

    def rounded(x: Array) -> Array:
        return np.where(np.abs(x) < width, (x * x / width + width) / 2, np.abs(x))

    phase = times % (2 * last) - last  # -last .. last, 0 at the far turn
    near_start = last - np.abs(phase)
    outward = np.where(times < last / 2, near_start, rounded(near_start))  # the first pass begins at speed 1
    return np.where(np.abs(phase) < last / 2, last - rounded(phase), outward)


def _best_seam(track: MotionTrack) -> tuple[float, float, float] | None:
    """Return (leave, enter, fade) in seconds: where a pass ends, the next begins, how long they overlap.

    None where every seam would move faster than the track itself does.
    """
    last = (len(track) - 1) / track.fps
    fade = min(FADE, last / 4)
    grid = np.arange(0, last, max(0.1, last / 600))
    posture = _posture(track, grid)
    leaving = np.flatnonzero(grid > last * 0.7)
    entering = np.flatnonzero((grid >= fade) & (grid < max(last * 0.3, 1.5 * fade)))
    if len(leaving) == 0 or len(entering) == 0:
        return None
    # Both ends of the overlap should be alike, so that the two passes move together meanwhile.
    apart = cdist(posture[leaving], posture[entering])
    back = max(round(fade / (grid[1] - grid[0])), 1)
    apart += cdist(posture[leaving - back], posture[np.maximum(entering - back, 0)])
    apart += UNUSED * (1 - (grid[leaving][:, None] - grid[entering]) / last)
    i, j = np.unravel_index(np.argmin(apart), apart.shape)
    seam = float(grid[leaving[i]]), float(grid[entering[j]]), fade
    across = np.arange(0, 2 * fade, 1 / track.fps) + seam[0] - 1.5 * fade
    return seam if _no_rougher(_play_seam(track, across, track.fps, *seam), track, ROUGHER) else None


def _posture(track: MotionTrack, at: Array) -> Array:
    """Return (N, D) coordinates of postures; a clearly visible change is about one unit."""
    here = resample(track, at, track.fps)
    parts = [
        Rotation.from_matrix(here.rotation).as_rotvec() / 0.1,
        here.translation / 0.05,
        here.scale[:, None] / 0.05,
        here.lids,
        here.gaze / 0.1,
        here.brows[:, None],
        here.lips,
    ]
    if here.residual is not None:
        parts.append(here.residual.reshape(len(at), -1) / (0.02 * np.sqrt(len(here.residual[0]))))
    return np.concatenate(parts, 1)


def _play_seam(
    track: MotionTrack, times: Array, fps: float, leave: float, enter: float, fade: float
) -> MotionTrack:
    """Play 0..leave, then enter..leave again and again; a pass that ends fades into the one that begins."""
    period = leave - enter
    position = np.where(times < leave, times, enter + (times - leave) % period)
    u = np.clip((position - (leave - fade)) / fade, 0, 1)
    return _blend(
        resample(track, position, fps), resample(track, position - period, fps), u * u * (3 - 2 * u)
    )


def _blend(a: MotionTrack, b: MotionTrack, weight: Array) -> MotionTrack:
    """Return `a` where weight is 0, `b` where it is 1, on the way along SO(3) and straight lines between."""
    first = Rotation.from_matrix(a.rotation)
    way = (first.inv() * Rotation.from_matrix(b.rotation)).as_rotvec()
    turned = first * Rotation.from_rotvec(way * weight[:, None])

    mixed = {}
    for name in FRAMEWISE:
        one, other = getattr(a, name), getattr(b, name)
        if one is not None:
            w = weight.reshape(-1, *[1] * (one.ndim - 1)).astype(np.float32)
            mixed[name] = one * (1 - w) + other * w
    return replace(a, rotation=turned.as_matrix().astype(np.float32), **mixed)
