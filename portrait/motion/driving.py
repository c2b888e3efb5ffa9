"""From a motion track and a lip track to what one face does at one moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portrait.face import LANDMARKS
from portrait.motion import topology as topo
from portrait.motion.expression import ExpressionBasis, Field
from portrait.motion.geometry import Points, umeyama
from portrait.motion.mesh import Pose
from portrait.types import LIP_SHAPES, LipTrack, MotionTrack

# How far each lip shape of 1 moves the basis: speech that opens further looks like a stage.
_LIP_GAIN = {"jaw": 0.62, "spread": 0.8, "round": 1.0, "upper": 0.7, "tuck": 1.0, "press": 1.0}
_OPENS_IN_PHOTO = 0.03  # mouth widths between the lips from which closing them is work of its own
_WIDE, _WIDEST = 0.40, 0.55  # mouth widths: from here on the opening is held back, and its limit
_MOST_GAZE = 0.12  # eye widths: further, and sclera would have to be invented
_WIDEST_EYE = -0.22  # closure; wider, and it would have to be invented above, too
_SWAY_DEPTH = 1.3  # a template's head turns deeper than measured, or it is seen to turn less than asked
_VIDEO_DEPTH = 1.05  # a video's is measured in the same way as the photo's


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One face at one moment: expression (478, 3) px, pose, gaze (2,) px."""

    expression: Field
    pose: Pose
    gaze: Points


class Driver:
    """Makes a photo's face follow a track; lips follow `lips` where given, else the track.

    A residual in the track is relative motion (Siarohin et al., NeurIPS 2019, section 3.3): the driver's
    displacement from the neutral frame, turned and scaled by the similarity between both neutral faces.
    """

    def __init__(self, basis: ExpressionBasis, track: MotionTrack, lips: LipTrack | None) -> None:
        self._basis, self._track, self._lips = basis, track, lips
        self._face = basis.landmarks
        self._scale, self._turn = basis.frame.height, np.eye(3)
        self._mouth_ratio = 1.0
        if track.neutral is not None:
            neutral = track.neutral.astype(np.float64)
            self._scale, self._turn, _ = umeyama(neutral[topo.RIGID], self._face[topo.RIGID])
            driver_width = self._scale * np.linalg.norm(neutral[61] - neutral[291])
            self._mouth_ratio = float(np.clip(basis.mouth_width / driver_width, 0.8, 1.2))
        self._gain = _residual_gain()

    def at(self, frame: int) -> Moment:
        """What the face does at `frame`; past the end of a track its last frame stays."""
        now = min(frame, len(self._track) - 1)
        expression = self._speech(frame, now)
        self._blink(expression, self._track.lids[now])
        _uncross(expression, self._face, self._basis.frame.down)
        return Moment(expression, self._pose(now), self._gaze(now))

    def _speech(self, frame: int, now: int) -> Field:
        """Lips, jaw and brows."""
        if self._lips is not None:
            return self._narrated(_sample(self._lips, frame / self._track.fps), now)
        if self._track.residual is not None:
            return self._transferred(now)
        return self._narrated(self._track.lips[now], now)

    def _narrated(self, weights: NDArray[np.float32], now: int) -> Field:
        shapes = {name: float(w) * _LIP_GAIN[name] for name, w in zip(LIP_SHAPES, weights, strict=True)}
        shapes["brow"] = float(self._track.brows[now])
        if _gap(self._face, self._basis.frame.down) > _OPENS_IN_PHOTO * self._basis.mouth_width:
            jaw, press = float(weights[0]), float(weights[5])
            shapes["close"] = min(1.0, max(press, 0.55 * (1 - jaw)))
        return self._basis.express(shapes)

    def _transferred(self, now: int) -> Field:
        residual = self._track.residual[now].astype(np.float64)
        expression = self._scale * (residual @ self._turn.T) * self._gain
        expression[topo.LIPS] *= self._mouth_ratio
        self._match_gap(expression, now)
        self._hold_back(expression)
        return expression

    def _match_gap(self, expression: Field, now: int) -> None:
        """Close lips that the photo shows apart as far as the driver closes theirs."""
        rest = _gap(self._face, self._basis.frame.down)
        if self._track.mouth_gap is None or rest < _OPENS_IN_PHOTO * self._basis.mouth_width:
            return
        wanted = rest * float(self._track.mouth_gap[now])
        if wanted < rest:
            current = _gap(self._face + expression, self._basis.frame.down)
            expression += self._basis.fields["close"] * np.clip((current - wanted) / rest, 0, 1)

    def _hold_back(self, expression: Field) -> None:
        """Limit the opening softly."""
        down, width = self._basis.frame.down, self._basis.mouth_width
        current, rest = _gap(self._face + expression, down), _gap(self._face, down)
        wide, room = _WIDE * width, (_WIDEST - _WIDE) * width
        if current > max(wide, rest):
            wanted = wide + room * np.tanh((current - wide) / room)
            moving = [*topo.LIPS, *topo.CHIN, *(index for pair in topo.JAW_LINE for index in pair)]
            expression[moving] *= max(0.0, (wanted - rest) / (current - rest))

    def _blink(self, expression: Field, lids: NDArray[np.float32]) -> None:
        """Replace the lids' motion by their closure: measured lids are too noisy, and differ by face."""
        rings = (topo.UPPER_LID, topo.LOWER_LID, topo.LID_CREASE, topo.BELOW_BROW, topo.BELOW_EYE)
        for side, field in enumerate(self._basis.blink):
            skin = [index for ring in rings for index in ring[side]]
            corners = expression[list(topo.EYE_CORNERS[side])].mean(0)
            expression[skin] = corners + field[skin] * float(np.clip(lids[side], _WIDEST_EYE, 1.0))

    def _pose(self, now: int) -> Pose:
        rotation = self._turn @ self._track.rotation[now] @ self._turn.T
        depth = _SWAY_DEPTH if self._track.neutral is None else _VIDEO_DEPTH
        shift = self._scale * self._track.translation[now].astype(np.float64)
        return Pose(rotation, shift, float(self._track.scale[now]), depth)

    def _gaze(self, now: int) -> Points:
        """Iris displacement in px: the head's own axes, as the pose has turned them."""
        width = np.mean([np.linalg.norm(self._face[a] - self._face[b]) for a, b in topo.EYE_CORNERS])
        along, down = np.clip(self._track.gaze[now], -_MOST_GAZE, _MOST_GAZE) * width
        frame = self._basis.frame
        moved = self._track.rotation[now] @ (along * frame.right + down * frame.down)
        return moved[:2]


def _sample(lips: LipTrack, seconds: float) -> NDArray[np.float32]:
    """The lips' weights at a time, between two frames where it falls there."""
    position = min(seconds * lips.fps, len(lips.weights) - 1)
    before = int(position)
    after = min(before + 1, len(lips.weights) - 1)
    return lips.weights[before] + (position - before) * (lips.weights[after] - lips.weights[before])


def _residual_gain() -> Points:
    """(478, 1): features follow wholly, cheeks and outline in part, where the mesh slides on the skin."""
    gain = np.full((LANDMARKS, 1), 0.55)
    gain[topo.OVAL] = 0.35
    features = [*topo.CHIN, *topo.LIPS, *topo.BROWS[0], *topo.BROWS[1]]
    gain[[*features, *(index for pair in topo.JAW_LINE[:4] for index in pair)]] = 1.0
    return gain


def _gap(landmarks: Points, down: Points) -> float:
    upper, lower = np.array(topo.LIP_PAIRS[2:7]).T
    return float(((landmarks[lower] - landmarks[upper]) @ down).mean())


def _uncross(expression: Field, face: Points, down: Points) -> None:
    """Push lips and lids apart that have passed through each other further than the photo's own do."""
    pairs = [*topo.LIP_PAIRS]
    for side in range(2):
        pairs += zip(topo.UPPER_LID[side], topo.LOWER_LID[side], strict=True)
    upper, lower = np.array(pairs).T
    rest = (face[lower] - face[upper]) @ down
    gap = rest + (expression[lower] - expression[upper]) @ down
    overlap = np.minimum(gap - np.minimum(rest, 0), 0)
    expression[upper] += 0.5 * overlap[:, None] * down
    expression[lower] -= 0.5 * overlap[:, None] * down
