"""Pictures the photo tests work on: one public-domain portrait, and what can be made of it."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from matplotlib import cbook
from PIL import Image as Pillow
from pillow_heif import from_pillow

from portrait.face import landmarks_of
from portrait.photo import open_photo
from portrait.types import Photo

SHARED_PHOTOS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "photos"


@pytest.fixture(scope="session")
def hopper_file():
    """Grace Hopper's US Navy portrait (public domain): glasses, a cap, mouth closed, 600 px high."""
    return Path(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))


@pytest.fixture(scope="session")
def hopper(hopper_file):
    return open_photo(hopper_file)


@pytest.fixture(scope="session")
def hopper_landmarks(hopper):
    return landmarks_of(hopper.pixels)


@pytest.fixture(scope="session")
def shared_photo():
    """Open one of the shared photographs by name; skips where they are not at hand."""

    def opened(name):
        path = SHARED_PHOTOS / name
        if not path.exists():
            pytest.skip(f"no shared data at {SHARED_PHOTOS.parent}")
        return open_photo(path)

    return opened


@pytest.fixture(scope="session")
def as_photo():
    return lambda pixels: Photo(np.ascontiguousarray(pixels), "0" * 64)


@pytest.fixture(scope="session")
def encoded():
    """Encode pixels as a file of a kind: encoded(pixels, "JPEG", exif=..., xmp=..., icc_profile=...)."""

    def encode(pixels, kind, **options):
        image = pixels if isinstance(pixels, Pillow.Image) else Pillow.fromarray(pixels)
        target = io.BytesIO()
        if kind == "HEIC":
            from_pillow(image).save(target, quality=95, **options)
        else:
            if kind == "JPEG":
                options = {"quality": 95, "subsampling": 0, **options}
            if kind == "WebP":
                options = {"lossless": True, **options}
            image.save(target, kind, **options)
        return target.getvalue()

    return encode


@pytest.fixture(scope="session")
def turned_head(hopper, hopper_landmarks):
    """Render the portrait's face with the head turned: turned_head(yaw, pitch) in degrees.

    Every triangle of the face mesh is moved as a solid body would move it, far ones first.
    """
    from mediapipe.python.solutions.face_mesh_connections import FACEMESH_TESSELATION

    from portrait.motion.geometry import rotation_matrix

    near = {}
    for a, b in FACEMESH_TESSELATION:
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    triangles = {tuple(sorted((a, b, c))) for a in near for b in near[a] for c in near[a] & near[b]}

    def render(yaw, pitch=0.0):
        middle = hopper_landmarks.mean(0)
        moved = (hopper_landmarks - middle) @ rotation_matrix(yaw, pitch, 0).T + middle
        canvas = cv2.GaussianBlur(hopper.pixels, (0, 0), 30)
        for corners in sorted(triangles, key=lambda corners: -moved[list(corners), 2].mean()):
            source, target = (np.float32(points[list(corners), :2]) for points in (hopper_landmarks, moved))
            if np.cross(*np.diff(source, axis=0)) * np.cross(*np.diff(target, axis=0)) <= 0:
                continue  # seen from behind
            left, top = np.floor(target.min(0)).astype(int)
            width, height = np.ceil(target.max(0)).astype(int) - [left, top] + 1
            place = cv2.getAffineTransform(source, target - np.float32([left, top]))
            mask = np.zeros((height, width), np.uint8)
            cv2.fillConvexPoly(mask, np.round((target - [left, top]) * 16).astype(np.int32), 1, cv2.LINE_8, 4)
            drawn = cv2.warpAffine(hopper.pixels, place, (width, height))
            canvas[top : top + height, left : left + width][mask > 0] = drawn[mask > 0]
        return canvas

    return render
