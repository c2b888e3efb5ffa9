"""Whether a photograph can carry motion: one face, large enough, turned to the camera."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from portrait.errors import N_, PhotoError
from portrait.face import FaceFit, face_height, fit_faces
from portrait.motion.geometry import euler, face_frame
from portrait.types import Photo

LEAST_FACE = 48  # px from forehead to chin; smaller faces have no eyes to close and no lips to part
MOST_YAW = 35.0  # degrees; beyond, the far cheek is not in the photo and would be invented
MOST_ROLL = 45.0  # degrees; beyond, the photo lies on its side
RIVAL = 0.5  # a second face at least this high relative to the first is a second person of the photo


class NoFace(PhotoError):  # noqa: N818 - reads as what it is
    """No human face that detector and mesh agree on."""

    problem = N_("No face of a person was found in the photograph.")
    remedy = N_("Choose a photograph in which the face is seen from the front, or crop it around the face.")


class SeveralFaces(PhotoError):  # noqa: N818
    """More than one face of similar size."""

    problem = N_("There are {count} faces in the photograph.")
    remedy = N_("Crop the photograph so that only one person remains.")


class FaceTooSmall(PhotoError):  # noqa: N818
    """Fewer pixels than eyes and lips need."""

    problem = N_("The face measures {pixels} px from forehead to chin; at least {least} px are needed.")
    remedy = N_("Look for a larger copy: the original from the phone, or a scan of the print.")


class ProfileFace(PhotoError):  # noqa: N818
    """The far half of the face is not in the photo."""

    problem = N_("The face is turned {degrees}° to the side; at most {most}° can be used.")
    remedy = N_("Choose a photograph in which the person looks at the camera.")


class LyingPhoto(PhotoError):  # noqa: N818
    """The photo was scanned or saved sideways."""

    problem = N_("The photograph lies on its side or upside down.")
    remedy = N_("Turn the photograph upright, save it and try again.")


def require_face(photo: Photo) -> NDArray[np.float64]:
    """Return the (478, 3) landmarks, in pixels, of the one face that can be moved.

    Raises NoFace, SeveralFaces, FaceTooSmall, LyingPhoto, ProfileFace.
    """
    faces = fit_faces(photo.pixels)
    if not faces:
        raise LyingPhoto if _lies_on_its_side(photo) else NoFace
    if rivals := len(principal(faces)) - 1:
        raise SeveralFaces(count=rivals + 1)
    landmarks = faces[0].landmarks
    if (pixels := face_height(landmarks)) < LEAST_FACE:
        raise FaceTooSmall(pixels=round(pixels), least=LEAST_FACE)
    yaw, _, roll = head_angles(landmarks)
    if abs(roll) > MOST_ROLL:
        raise LyingPhoto
    if abs(yaw) > MOST_YAW:
        raise ProfileFace(degrees=round(abs(yaw)), most=round(MOST_YAW))
    return landmarks


def _lies_on_its_side(photo: Photo) -> bool:
    """Whether an upright face appears once the photo is turned by a quarter, a half or three quarters."""
    turned = (np.ascontiguousarray(np.rot90(photo.pixels, quarters)) for quarters in (1, 2, 3))
    return any(fit_faces(pixels) for pixels in turned)


def principal(faces: list[FaceFit]) -> list[FaceFit]:
    """Return the faces that are people of the photo, not passers-by: those near the largest in size."""
    largest = face_height(faces[0].landmarks)
    return [face for face in faces if face_height(face.landmarks) >= RIVAL * largest]


def head_angles(landmarks: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return (yaw, pitch, roll) in degrees; signs as in `portrait.motion.geometry.rotation_matrix`."""
    frame = face_frame(landmarks)
    yaw, pitch, roll = euler(np.column_stack([frame.right, frame.down, frame.away]))
    return float(yaw), float(pitch), float(roll)
