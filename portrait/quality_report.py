"""Whether a photograph can carry motion, in plain sentences, each with its measurement.

`assess` tells everything that was found; `require_face` raises on what makes motion impossible.
Where the limits come from stands beside each. "Portraits" are the nine on which they were set: a US Navy
portrait, three copies of two paintings, a 96x128 thumbnail, a NASA portrait and three video stills, also
with drawn glasses, masks, scarves, fringes, blur and bad light laid over them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portrait.errors import N_, PhotoError
from portrait.face import FaceFit, face_height, fit_faces
from portrait.quality_measures import (
    bridge_edge,
    clipped,
    edge_blur,
    eyes_seen,
    face_view,
    head_angles,
    mouth_gap,
    mouth_seen,
    unlike_skin,
)
from portrait.types import Finding, Photo, QualityReport, Verdict

LEAST_FACE = 48  # px from forehead to chin; smaller faces have no eyes to close and no lips to part
MOST_YAW = 45.0  # degrees; beyond, the far cheek is not in the photo and would be invented
MOST_ROLL = 45.0  # degrees; beyond, the photo lies on its side
RIVAL = 0.5  # a second face at least this high relative to the first is a second person of the photo
NEVER = float("inf")


class NoFace(PhotoError):  # noqa: N818 - reads as what it is
    """No human face that detector and mesh agree on."""

    problem = N_("No face of a person was found in the photograph.")
    remedy = N_("Choose a photograph in which the face is seen from the front, or crop it around the face.")


class SeveralFaces(PhotoError):  # noqa: N818
    """More than one face of similar size; `value` is how many."""

    problem = N_("There are {value} faces in the photograph.")
    remedy = N_("Crop the photograph so that only one person remains.")


class FaceTooSmall(PhotoError):  # noqa: N818
    """Fewer pixels than eyes and lips need."""

    problem = N_(
        "The face measures {value:.0f} px from forehead to chin; at least {limit:.0f} px are needed."
    )
    remedy = N_("Look for a larger copy: the original from the phone, or a scan of the print.")


class ProfileFace(PhotoError):  # noqa: N818
    """Part of the face, its far half in a profile, is not in the photo."""

    problem = N_("The face is turned {value:.0f}° away from the camera; at most {limit:.0f}° can be used.")
    remedy = N_("Choose a photograph in which the person looks at the camera.")


class LyingPhoto(PhotoError):  # noqa: N818
    """The photo was scanned or saved sideways."""

    problem = N_("The photograph lies on its side or upside down.")
    remedy = N_("Turn the photograph upright, save it and try again.")


class BlurredFace(PhotoError):  # noqa: N818
    """Edges so wide that the lids of an eye run into each other."""

    problem = N_(
        "The face is too blurred: its edges are {value:.1f} % of its height wide, at most {limit:.1f} %."
    )
    remedy = N_("Look for a sharper copy: the original from the phone, or a new scan of the print.")


class BadlyLitFace(PhotoError):  # noqa: N818
    """Shadows, glare or fading have taken the features."""

    problem = N_("The face can hardly be seen: it is too dark, too bright or too faint.")
    remedy = N_("Choose another photograph, or scan the print again with even light.")


class CoveredFace(PhotoError):  # noqa: N818
    """An eye or the mouth is behind something."""

    problem = N_("An eye or the mouth is covered.")
    remedy = N_("Choose a photograph in which both eyes and the mouth can be seen.")


@dataclass(frozen=True, slots=True)
class Scale:
    """From which value on a measurement limits or forbids motion, and the sentence for each verdict.

    Where `refused` is below `limited` the measurement is better the larger it is.
    """

    check: str
    limited: float
    refused: float
    good: str
    limits: str
    refusal: str = ""
    error: type[PhotoError] = PhotoError

    def grade(self, value: float) -> Finding:
        """Return the finding for `value`."""
        sign = 1 if self.refused > self.limited else -1
        if sign * value > sign * self.refused:
            return Finding(self.check, value, self.refusal, Verdict.REFUSE)
        if sign * value > sign * self.limited:
            return Finding(self.check, value, self.limits, Verdict.LIMITED)
        return Finding(self.check, value, self.good, Verdict.GOOD)


# 128 px: enlarged at most twice to the 213 px that a face has in a 512 px head crop.
SIZE = Scale(
    "size",
    128,
    LEAST_FACE,
    N_("The face measures {value:.0f} px from forehead to chin: enough."),
    N_("The face measures {value:.0f} px from forehead to chin: it will look soft when large."),
    N_("The face measures {value:.0f} px from forehead to chin: too small to move."),
    FaceTooSmall,
)
# The opening of an eye is about 5 % of a face high: with edges of 3.5 % its two lids run into each other.
# Portraits: 0.2 to 1.3.
SHARPNESS = Scale(
    "sharpness",
    1.5,
    3.5,
    N_("The face is sharp: its edges are {value:.1f} % of its height wide."),
    N_("The face is somewhat blurred: its edges are {value:.1f} % of its height wide. Move it little."),
    N_("The face is too blurred: its edges are {value:.1f} % of its height wide, wider than an eyelid."),
    BlurredFace,
)
# Portraits: 0 to 3.2.
EXPOSURE = Scale(
    "exposure",
    8,
    50,
    N_("The light is good: {value:.0f} % of the face is plain black or white."),
    N_("The light is hard: {value:.0f} % of the face is plain black or white and shows no detail."),
    N_("Too dark or too bright: {value:.0f} % of the face is plain black or white."),
    BadlyLitFace,
)
# Portraits: 92 to 184. Below 12, eight-bit steps and noise are as large as the features.
CONTRAST = Scale(
    "contrast",
    40,
    12,
    N_("The contrast is good: {value:.0f} of 255 levels of grey."),
    N_("The face is faint: {value:.0f} of 255 levels of grey between its shadows and its lights."),
    N_("The face can hardly be seen: {value:.0f} of 255 levels of grey."),
    BadlyLitFace,
)
# Leonardo's Mona Lisa has 21 to 24; about there the warp engine begins to show what the photo does not have.
YAW = Scale(
    "yaw",
    24,
    MOST_YAW,
    N_("The face looks to the front: turned {value:.0f}°."),
    N_("The face is turned {value:.0f}° to the side: the head will move little."),
    N_("The face is turned {value:.0f}° to the side: half of it cannot be seen."),
    ProfileFace,
)
PITCH = Scale(
    "pitch",
    18,
    40,
    N_("The head is held level: tilted {value:.0f}° up or down."),
    N_("The head is tilted {value:.0f}° up or down: the head will move little."),
    N_("The head is tilted {value:.0f}° up or down: part of the face cannot be seen."),
    ProfileFace,
)
ROLL = Scale(
    "roll",
    20,
    MOST_ROLL,
    N_("The head is upright: leaning {value:.0f}°."),
    N_("The head leans {value:.0f}° to one side: the motion leans with it."),
    N_("The head leans {value:.0f}° to one side. Turn the photograph upright."),
    LyingPhoto,
)
# Portraits: 0 to 19, the highest with hard side light; drawn masks, fringes and scarves 13 to 40.
COVER = Scale(
    "cover",
    22,
    NEVER,
    N_(
        "Nothing seems to cover the skin: {value:.0f} % of it differs in colour. A hand would not be noticed."
    ),
    N_("Something may cover the face: {value:.0f} % of the skin differs in colour. Please look closely."),
)
# Portraits: 19 to 38, with glasses 14 and more, blurred by 4 % of the face height 4; plain covers 0.
EYES = Scale(
    "eyes",
    10,
    3,
    N_("Both eyes can be seen: contrast {value:.0f} % of the face's."),
    N_("An eye can hardly be seen: contrast {value:.0f} % of the face's. Blinks may look wrong."),
    N_("An eye is covered: contrast {value:.0f} % of the face's."),
    CoveredFace,
)
# Portraits: 17 to 30; plain covers 0.
MOUTH = Scale(
    "mouth",
    8,
    3,
    N_("The mouth can be seen: contrast {value:.0f} % of the face's."),
    N_("The mouth can hardly be seen: contrast {value:.0f} % of the face's. Speech may look wrong."),
    N_("The mouth is covered: contrast {value:.0f} % of the face's. It cannot speak."),
    CoveredFace,
)
# Portraits without glasses 1.2 to 3.0; with glasses, worn or drawn, 4.3 to 8.6 (one thin wire missed: 2.9).
GLASSES = Scale(
    "glasses",
    4,
    NEVER,
    N_("No glasses noticed: edge at the nose bridge {value:.1f} %. Rimless ones are not noticed."),
    N_("Glasses noticed: edge at the nose bridge {value:.1f} %. Their rims may bend a little at blinks."),
)
# Portraits: closed 0.2 to 0.4, open 14 to 29. Teeth of the photo stay visible while the narration speaks.
OPEN_MOUTH = Scale(
    "open mouth",
    6,
    NEVER,
    N_("The mouth is closed: open by {value:.0f} % of its width."),
    N_("The mouth is open by {value:.0f} % of its width: its lips close less well when it speaks."),
)


def assess(photo: Photo) -> QualityReport:
    """Return every finding about the photograph; nothing is raised, what forbids motion is a refusal.

    Translate a finding with `_(finding.sentence, value=finding.value)`.
    """
    faces = fit_faces(photo.pixels)
    if not faces:
        return QualityReport((_no_face(photo),))
    measured = _measurements(photo, faces[0].landmarks)
    return QualityReport((_counted(faces), *(scale.grade(value) for scale, value in measured)))


def require_face(photo: Photo) -> NDArray[np.float64]:
    """Return the (478, 3) landmarks, in pixels, of the one face that can be moved.

    Raises what `assess` refuses: NoFace, LyingPhoto, SeveralFaces, FaceTooSmall, ProfileFace, BlurredFace,
    BadlyLitFace, CoveredFace.
    """
    faces = fit_faces(photo.pixels)
    if not faces:
        raise LyingPhoto if _lies_on_its_side(photo) else NoFace
    if (people := len(_principal(faces))) > 1:
        raise SeveralFaces(value=people)
    for scale, value in _measurements(photo, faces[0].landmarks):
        if scale.grade(value).verdict is Verdict.REFUSE:
            raise scale.error(value=value, limit=scale.refused)
    return faces[0].landmarks


def _no_face(photo: Photo) -> Finding:
    error = LyingPhoto if _lies_on_its_side(photo) else NoFace
    return Finding("faces", 0, error.problem, Verdict.REFUSE)


def _counted(faces: list[FaceFit]) -> Finding:
    if (people := len(_principal(faces))) > 1:
        sentence = N_("There are {value:.0f} faces in the photograph. Crop it so that one remains.")
        return Finding("faces", people, sentence, Verdict.REFUSE)
    if passers_by := len(faces) - 1:
        sentence = N_(
            "Smaller faces besides this one: {value:.0f}. They will stay still; better to crop them out."
        )
        return Finding("faces", passers_by, sentence, Verdict.LIMITED)
    return Finding("faces", 1, N_("Faces in the photograph: {value:.0f}."), Verdict.GOOD)


def _measurements(photo: Photo, landmarks: NDArray[np.float64]) -> Iterator[tuple[Scale, float]]:
    """Measure one face in every respect."""
    yaw, pitch, roll = head_angles(landmarks)
    view = face_view(photo.pixels, landmarks)
    yield SIZE, face_height(landmarks)
    yield SHARPNESS, edge_blur(photo.pixels, landmarks)
    yield EXPOSURE, clipped(view)
    yield CONTRAST, view.span
    yield YAW, abs(yaw)
    yield PITCH, abs(pitch)
    yield ROLL, abs(roll)
    yield COVER, unlike_skin(view)
    yield EYES, eyes_seen(view)
    yield MOUTH, mouth_seen(view)
    yield GLASSES, bridge_edge(view)
    yield OPEN_MOUTH, mouth_gap(landmarks)


def _lies_on_its_side(photo: Photo) -> bool:
    """Whether an upright face appears once the photo is turned by a quarter, a half or three quarters."""
    turned = (np.ascontiguousarray(np.rot90(photo.pixels, quarters)) for quarters in (1, 2, 3))
    return any(fit_faces(pixels, confidence=0.8) for pixels in turned)


def _principal(faces: list[FaceFit]) -> list[FaceFit]:
    """Return the faces that are people of the photo, not passers-by: those near the largest in size."""
    largest = face_height(faces[0].landmarks)
    return [face for face in faces if face_height(face.landmarks) >= RIVAL * largest]
