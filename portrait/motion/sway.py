"""A calm address to the camera, synthesised: what the shipped template "serena" moves like.

Nobody was filmed. The movement is put together from what is known of people who speak to a listener: postures
held and changed, breath, small nods, eyes that stay on the listener while the head moves, blinks of
human timing. It closes on itself without a seam: every frequency is a whole number of turns in the
whole, and the numbers are prime, so that no two of them meet again before the end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from portrait.motion.templates import SHIPPED, SUFFIX, save_template
from portrait.types import LIP_SHAPES, MotionTrack

Array = NDArray[np.float64]

SECONDS = 60.0
FPS = 25.0
SEED = 1983

# Turns in the whole and amplitudes, in degrees for the angles: slow (0.08 to 0.4 Hz at 60 s) and small.
YAW_TURNS, YAW_SWAY = (5, 11, 17, 23), (1.5, 0.9, 0.5, 0.25)
PITCH_TURNS, PITCH_SWAY = (7, 13, 19, 23), (0.6, 0.5, 0.3, 0.15)
ROLL_TURNS, ROLL_SWAY = (5, 7, 13, 19), (0.8, 0.5, 0.3, 0.15)
SHIFT_TURNS, SHIFT_SWAY = (3, 7, 11), (0.006, 0.004, 0.002)  # the body from side to side, face heights
LEAN_TURNS, LEAN_SWAY = (3, 5, 11), (0.006, 0.004, 0.002)  # towards the listener, part of the size
BROW_TURNS, BROW_SWAY = (5, 11, 13), (0.06, 0.05, 0.03)  # units of the expression basis
BREATHS, BREATH_RISE, BREATH_PITCH = 14, 0.0035, 0.25  # a minute at rest; face heights; degrees

NECK = np.array([0.0, 0.78, 0.42])  # from the rigid centroid to where a nod turns, face heights
EYE_TURN = 0.4  # eye widths the iris moves for a radian: a 12 mm globe under a 30 mm lid opening
NOD_SECONDS = (0.55, 0.85)
NOD_DEGREES = (1.8, 4.2)
POSTURE_SECONDS = (2.8, 5.5)
POSTURE_MOVE = (0.55, 1.0)  # seconds of a change of posture
POSTURE_SPREAD = np.array([2.6, 1.3, 1.3])  # degrees of yaw, pitch, roll, standard deviation
FIXATION_SECONDS = (0.35, 1.6)
FIXATION_SPREAD = np.array([0.011, 0.007])  # eye widths: from eye to eye to mouth of a listener
SACCADE = 0.045  # seconds
BLINK_EVERY = 3.6  # seconds, median; log-normal, as measured in conversation (Bentivoglio et al. 1997)
BLINK_CLOSE, BLINK_SHUT, BLINK_OPEN = 0.085, 0.035, 0.165  # seconds


@dataclass(frozen=True, slots=True)
class _Loop:
    """A closed stretch of time: `times` in seconds, `span` after which it begins again."""

    times: Array
    span: float

    def since(self, moment: float) -> Array:
        """Seconds from `moment`, the short way round: -span/2 .. span/2."""
        return (self.times - moment + self.span / 2) % self.span - self.span / 2

    def sway(self, turns: tuple[int, ...], amplitudes: tuple[float, ...], rng: np.random.Generator) -> Array:
        """Sum of slow sines at random phases."""
        phases = rng.uniform(0, 2 * np.pi, len(turns))
        waves = 2 * np.pi * np.outer(self.times / self.span, turns) + phases
        return np.sin(waves) @ np.array(amplitudes)

    def moments(self, shortest: float, longest: float, rng: np.random.Generator) -> Array:
        """Moments apart by `shortest` to `longest` seconds, none at the seam."""
        waits = rng.uniform(shortest, longest, round(self.span * 2 / (shortest + longest)))
        return np.cumsum(waits * self.span / waits.sum())[:-1]


def synthesise(fps: float = FPS, seed: int = SEED) -> MotionTrack:
    """Return a minute of calm address that begins neutral and loops without a seam.

    The same arguments give the same movement.
    """
    loop = _Loop(np.arange(round(SECONDS * fps)) / fps, SECONDS)
    rng = np.random.default_rng(seed)
    nods = loop.moments(3.2, 7.5, rng)
    shifts = loop.moments(*POSTURE_SECONDS, rng)
    breath = np.sin(2 * np.pi * BREATHS * loop.times / loop.span)
    angles = _from_zero(
        _sway_angles(loop, rng) + _postures(loop, shifts, rng) + _nods(loop, nods, breath, rng)
    )
    rotation = Rotation.from_euler("YXZ", np.radians(angles)).as_matrix()
    return MotionTrack(
        fps=fps,
        rotation=rotation.astype(np.float32),
        translation=_translation(loop, rotation, breath, rng),
        scale=np.exp(_from_zero(loop.sway(LEAN_TURNS, LEAN_SWAY, rng))).astype(np.float32),
        lids=_blinks(loop, shifts, rng),
        gaze=_gaze(loop, angles, rng),
        brows=_brows(loop, nods, rng),
        lips=np.zeros((len(angles), len(LIP_SHAPES)), np.float32),
    )


def _sway_angles(loop: _Loop, rng: np.random.Generator) -> Array:
    """Return (T, 3) degrees of yaw, pitch, roll that never rest."""
    waves = ((YAW_TURNS, YAW_SWAY), (PITCH_TURNS, PITCH_SWAY), (ROLL_TURNS, ROLL_SWAY))
    return np.stack([loop.sway(turns, amplitudes, rng) for turns, amplitudes in waves], 1)


def _postures(loop: _Loop, shifts: Array, rng: np.random.Generator) -> Array:
    """Return (T, 3) degrees: postures held, changed with least jerk, the first one again at the end."""
    held = rng.normal(0, POSTURE_SPREAD, (len(shifts), 3)).clip(-2 * POSTURE_SPREAD, 2 * POSTURE_SPREAD)
    return _steps(loop, shifts, held, rng.uniform(*POSTURE_MOVE, len(shifts)))


def _nods(loop: _Loop, nods: Array, breath: Array, rng: np.random.Generator) -> Array:
    """Return (T, 3) degrees: nods, one in three a double one, on the pitch of the breath."""
    pitch = BREATH_PITCH * breath
    for nod in nods:
        length, depth = rng.uniform(*NOD_SECONDS), rng.uniform(*NOD_DEGREES)
        pitch += depth * _bump(loop.since(nod), length)
        if rng.random() < 1 / 3:
            pitch += 0.6 * depth * _bump(loop.since(nod + 0.85 * length), length)
    return np.stack([np.zeros_like(pitch), pitch, np.zeros_like(pitch)], 1)


def _translation(
    loop: _Loop, rotation: Array, breath: Array, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return (T, 2): the head turns about the neck, the body shifts its weight and breathes."""
    about_neck = (NECK - rotation @ NECK)[:, :2]
    body = np.stack([loop.sway(SHIFT_TURNS, SHIFT_SWAY, rng), -BREATH_RISE * breath], 1)
    return _from_zero(about_neck + body).astype(np.float32)


def _gaze(loop: _Loop, angles: Array, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return (T, 2): the eyes stay on the listener while the head moves, and wander about that face."""
    yaw, pitch = np.radians(angles[:, :2]).T
    steady = EYE_TURN * np.stack([np.sin(yaw), -np.sin(pitch)], 1)
    saccades = loop.moments(*FIXATION_SECONDS, rng)
    points = rng.normal(0, FIXATION_SPREAD, (len(saccades), 2)).clip(
        -2 * FIXATION_SPREAD, 2 * FIXATION_SPREAD
    )
    looked = _steps(loop, saccades, points, np.full(len(saccades), SACCADE))
    return _from_zero(steady + looked).astype(np.float32)


def _brows(loop: _Loop, nods: Array, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return (T,): a slow drift, and a small raise with every other nod."""
    raised = loop.sway(BROW_TURNS, BROW_SWAY, rng)
    for nod in nods[::2]:
        raised += rng.uniform(0.2, 0.5) * _bump(loop.since(nod - 0.1), rng.uniform(0.7, 1.1))
    return _from_zero(raised).astype(np.float32)


def _blinks(loop: _Loop, shifts: Array, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return (T, 2) closure: quick to close, slower to open, often together with a change of posture."""
    closure = np.zeros(len(loop.times))
    moment = rng.uniform(1.2, 2.5)
    while moment < loop.span - 1:
        shift = shifts[np.argmin(np.abs(shifts - moment))]
        begin = shift if abs(shift - moment) < 0.5 else moment
        closure = np.maximum(closure, rng.uniform(0.94, 1.0) * _blink(loop.times - begin))
        moment = begin + np.clip(BLINK_EVERY * np.exp(rng.normal(0, 0.45)), 1.8, 8.0)
    return np.repeat(closure[:, None], 2, axis=1).astype(np.float32)


def _blink(since: Array) -> Array:
    closing = _least_jerk(since / BLINK_CLOSE)
    opening = _least_jerk((since - BLINK_CLOSE - BLINK_SHUT) / BLINK_OPEN)
    return closing - opening


def _steps(loop: _Loop, moments: Array, held: Array, lengths: Array) -> Array:
    """Return (T, D): zero, then each row of `held` (N, D) from its moment on, the last one zero again."""
    held = np.concatenate([held[:-1], np.zeros((1, held.shape[1]))])
    changes = np.diff(held, axis=0, prepend=np.zeros((1, held.shape[1])))
    moved = _least_jerk((loop.times[:, None] - moments) / lengths)  # (T, N)
    return moved @ changes


def _least_jerk(u: Array) -> Array:
    """Rise from 0 at u = 0 to 1 at u = 1 as a hand or a head does (Flash and Hogan 1985)."""
    u = np.clip(u, 0, 1)
    return u**3 * (10 - 15 * u + 6 * u * u)


def _bump(since: Array, length: float) -> Array:
    """A rise and a fall within `length` seconds, middle at 0."""
    u = np.clip(since / length, -0.5, 0.5)
    return np.cos(np.pi * u) ** 2


def _from_zero(values: Array) -> Array:
    """Shift the values so that the first frame is neutral: the photograph itself."""
    return values - values[0]


def ship() -> None:
    """Write the movement as the shipped template "serena"."""
    save_template(
        synthesise(),
        SHIPPED / f"serena{SUFFIX}",
        name="serena",
        titles={"es": "Serena: mirada tranquila a la cámara", "en": "Serena: a calm address to the camera"},
        licence="CC0-1.0",
        source="Synthesised by portrait.motion.sway; nobody was filmed",
    )
