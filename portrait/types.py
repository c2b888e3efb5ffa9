"""The values that travel between the stages. All frozen; arrays are not to be written to.

Coordinates: x to the right, y down, z away from the camera, pixel centres at integers.
Times are seconds from the first sample or frame. Colour is sRGB, `uint8`, RGB order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from portrait.errors import N_

Image = NDArray[np.uint8]  # (H, W, 3) sRGB
Progress = Callable[[str, float], None]
"""`progress(stage, fraction)`: stage is a message id, fraction in 0..1. It may raise `Cancelled`."""


class Language(StrEnum):
    """Languages a script can be narrated in."""

    SPANISH = "es"
    ENGLISH = "en"


class Person(StrEnum):
    """Who speaks in the script: the portrait itself, or a narrator about them."""

    FIRST = "first"
    THIRD = "third"


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A photograph as the studio uses it: upright, sRGB, without metadata.

    pixels: (H, W, 3) uint8 sRGB. sha256: hex digest of the untouched original file.
    """

    pixels: Image
    sha256: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One spoken sentence, markup removed, and the keys of the facts it cites."""

    text: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """What the portrait says, sentence by sentence."""

    sentences: tuple[Sentence, ...]
    language: Language
    person: Person

    @property
    def text(self) -> str:
        """The whole script as it is read, one space between sentences."""
        return " ".join(sentence.text for sentence in self.sentences)


@dataclass(frozen=True, slots=True)
class Timed:
    """A phone (IPA symbol) or a word (as written) and when it sounds, in seconds; start <= end."""

    label: str
    start: float
    end: float


@dataclass(frozen=True, slots=True, eq=False)
class Narration:
    """The spoken script.

    samples: (N,) float32 in [-1, 1], mono. rate: Hz. phones, words: in time order; words are
    labelled as the script writes them ("18 de mayo", not "dieciocho"), so captions quote the script.
    voice: name of the voice. notes: message ids for the report (a fallback voice, for example).
    """

    samples: NDArray[np.float32]
    rate: int
    phones: tuple[Timed, ...]
    words: tuple[Timed, ...]
    voice: str
    notes: tuple[str, ...] = ()

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate


@dataclass(frozen=True, slots=True)
class Caption:
    """One caption of at most two lines and when it shows, in seconds."""

    lines: tuple[str, ...]
    start: float
    end: float


LIP_SHAPES = ("jaw", "spread", "round", "upper", "tuck", "press")


@dataclass(frozen=True, slots=True, eq=False)
class LipTrack:
    """Mouth shapes over time, from the narration's phones.

    weights: (T, 6) float32, the columns named in LIP_SHAPES, each 0..1. fps: frames a second.
    """

    weights: NDArray[np.float32]
    fps: float


@dataclass(frozen=True, slots=True, eq=False)
class MotionTrack:
    """What moved in a reference video or template, without who moved: T frames at `fps`.

    Relative to the driver's neutral frame (the paper's best frame), so that any face can follow.

    rotation    (T, 3, 3) float32: head rotation, camera axes (x right, y down, z away).
    translation (T, 2) float32: displacement of the centroid of the rigid points
                (`portrait.motion.topology.RIGID`), in the driver's face heights; so the rotation turns
                about that centroid, and a head that nods about its neck translates, too.
    scale       (T,) float32: head size relative to the neutral frame.
    lids        (T, 2) float32: closure of the person's right and left eye, 0 as neutral .. 1 closed;
                down to -0.25 for eyes wider than neutral.
    gaze        (T, 2) float32: iris displacement from neutral relative to the eye's corners, in eye
                widths, x right and y down in the head's own axes.
    brows       (T,) float32: brow raise in units of the expression basis (0.03 face heights), 0 as neutral.
    lips        (T, 6) float32: LIP_SHAPES of the driver's own mouth; used when nothing is narrated.
    residual    (T, 478, 3) float32 or None: landmark displacement left after rigid alignment, in the
                neutral driver's frame and face heights; face shape dependent, so never in a template.
    mouth_gap   (T,) float32 or None: lip gap divided by the neutral frame's, where a gap under 0.004 face
                heights (lips that touch) counts as that; comes with `residual`.
    neutral     (478, 3) float32 or None: neutral landmarks in face heights, from the centroid of the rigid
                points, as the camera saw them (not turned frontal); comes with `residual`.
    notes       message ids for the report: what of the video was left out, for example.
    """

    fps: float
    rotation: NDArray[np.float32]
    translation: NDArray[np.float32]
    scale: NDArray[np.float32]
    lids: NDArray[np.float32]
    gaze: NDArray[np.float32]
    brows: NDArray[np.float32]
    lips: NDArray[np.float32]
    residual: NDArray[np.float32] | None = None
    mouth_gap: NDArray[np.float32] | None = None
    neutral: NDArray[np.float32] | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rotation)

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self) / self.fps


class Verdict(StrEnum):
    """Whether a photograph can carry motion. The values are message ids."""

    GOOD = N_("good")
    LIMITED = N_("usable with limits")
    REFUSE = N_("refuse")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the quality report.

    check: short key ("sharpness"). value: the measurement, in the unit the sentence names.
    sentence: message id with a `{value}` field. verdict: what this finding alone would allow.
    """

    check: str
    value: float
    sentence: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class QualityReport:
    """All findings about a photograph; the verdict is the worst of them."""

    findings: tuple[Finding, ...] = field(default=())

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of any finding."""
        order = list(Verdict)
        return max((finding.verdict for finding in self.findings), key=order.index, default=Verdict.GOOD)
