"""Measuring faces: the same face at any size, crops that fall on the pixel, quiet graphs."""

import os
import subprocess
import sys
import threading

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portrait.face import HeadCrop, face_height, fit_faces, head_crop, landmarks_of
from portrait.hush import hushed


def disagreement(found, expected):
    """Root mean square distance in face heights."""
    return np.sqrt(((found - expected)[:, :2] ** 2).sum(1).mean()) / face_height(expected)


def resized(pixels, scale):
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=how)


@pytest.mark.parametrize("scale", [0.2, 0.25, 0.5, 2, 5])
def test_landmarks_follow_the_size_of_the_photo(scale, hopper, hopper_landmarks):
    found = landmarks_of(resized(hopper.pixels, scale))
    expected = (hopper_landmarks[:, :2] + 0.5) * scale - 0.5
    assert disagreement(found[:, :2], expected) < 0.01
    depth = np.ptp(hopper_landmarks[:, 2]) * scale
    assert np.ptp(found[:, 2]) == pytest.approx(depth, rel=0.1)


def test_a_small_face_in_a_large_photo_is_measured_as_well(hopper, hopper_landmarks):
    small = resized(hopper.pixels, 0.25)
    scene = np.full((3000, 4000, 3), 120, np.uint8)
    scene[1500 : 1500 + small.shape[0], 2600 : 2600 + small.shape[1]] = small
    expected = (hopper_landmarks[:, :2] + 0.5) * 0.25 - 0.5 + [2600, 1500]
    assert disagreement(landmarks_of(scene)[:, :2], expected) < 0.01


def test_a_face_that_fills_the_frame_is_measured(hopper, hopper_landmarks):
    left, top = np.floor(hopper_landmarks[:, :2].min(0)).astype(int)
    right, bottom = np.ceil(hopper_landmarks[:, :2].max(0)).astype(int)
    found = landmarks_of(hopper.pixels[top:bottom, left:right].copy())
    assert disagreement(found[:, :2], hopper_landmarks[:, :2] - [left, top]) < 0.03


@pytest.mark.parametrize(
    ("name", "height"),
    [
        ("painting_602.jpg", 259),
        ("painting_small_300.png", 84),
        ("oil_portrait_564.jpg", 128),
        ("tiny_96.bmp", 105),
    ],
)
def test_faces_in_the_shared_photos(name, height, shared_photo):
    (face,) = fit_faces(shared_photo(name).pixels)
    assert face_height(face.landmarks) == pytest.approx(height, rel=0.05)


def test_the_largest_face_comes_first(hopper):
    scene = np.full((700, 900, 3), 120, np.uint8)
    scene[:600, :512] = hopper.pixels
    scene[400:700, 600:856] = resized(hopper.pixels, 0.5)
    heights = [face_height(face.landmarks) for face in fit_faces(scene)]
    assert len(heights) == 2
    assert heights[0] == pytest.approx(2 * heights[1], rel=0.05)


@settings(max_examples=40, deadline=None)
@given(scale=st.floats(0.25, 3), left=st.floats(-20, 40), top=st.floats(-20, 30), size=st.integers(16, 64))
def test_a_crop_falls_on_the_pixel(scale, left, top, size):
    """A photo whose value is twice its coordinate shows where every pixel of the crop came from."""
    rows, columns = np.mgrid[0:90, 0:120]
    photo = np.dstack([2 * columns, 2 * rows, 0 * rows]).astype(np.uint8)
    crop = HeadCrop(np.array([[scale, 0, -left * scale], [0, scale, -top * scale]]), size)
    found = crop.cut(photo)[..., :2] / 2
    across, down = (np.arange(size) / scale + start for start in (left, top))
    margin = 3 / min(scale, 1)  # where the filters do not reach beyond the photo
    seen_across, seen_down = (
        (origin > margin) & (origin < side - 1 - margin) for origin, side in ((across, 120), (down, 90))
    )
    assert np.abs(found[..., 0] - across)[:, seen_across][seen_down].max(initial=0) < 0.7
    assert np.abs(found[..., 1] - down[:, None])[:, seen_across][seen_down].max(initial=0) < 0.7


def test_a_head_crop_goes_there_and_back(hopper, hopper_landmarks):
    crop = head_crop(hopper.pixels.shape, hopper_landmarks, 256)
    there = cv2.transform(hopper_landmarks[None, :, :2], crop.to_crop)[0]
    assert there.min() > 0
    assert there.max() < 256
    back = cv2.transform(there[None], crop.to_photo)[0]
    assert np.allclose(back, hopper_landmarks[:, :2])
    assert disagreement(landmarks_of(crop.cut(hopper.pixels))[:, :2], there) < 0.01


def test_threads_may_measure_at_the_same_time(hopper, hopper_landmarks):
    found = {}
    threads = [
        threading.Thread(target=lambda i=i: found.update({i: landmarks_of(hopper.pixels)})) for i in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(disagreement(landmarks, hopper_landmarks) < 0.005 for landmarks in found.values())
    assert len(found) == 4


def test_mediapipe_writes_nothing_on_standard_error(hopper_file):
    program = f"""
import sys
from pathlib import Path
from portrait.face import FaceMesh, find_faces, head_matte, landmarks_of
from portrait.photo import open_photo
pixels = open_photo(Path({str(hopper_file)!r})).pixels
print("before", file=sys.stderr, flush=True)
assert find_faces(pixels) and landmarks_of(pixels) is not None and head_matte(pixels).max() > 0.9
with FaceMesh(tracking=True) as mesh:
    assert mesh.landmarks(pixels) is not None
print("after", file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.split() == ["before", "after"]


def test_hushing_passes_on_what_others_write(capfd):
    with hushed():
        os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n")
        os.write(2, b"W0000 00:00:1795358758.98 8452 feedback.cc:114] Feedback manager requires ...\n")
        os.write(2, b"E0000 00:00:1795358758.98 8452 graph.cc:7] This graph is broken\n")
        os.write(2, b"a thread of ours speaks\n")
    lines = capfd.readouterr().err.splitlines()
    assert [line.split("] ")[-1] for line in lines] == ["This graph is broken", "a thread of ours speaks"]


def test_hushing_ends_with_an_error(capfd):
    with pytest.raises(ValueError, match="broken"), hushed():
        raise ValueError("broken")
    os.write(2, b"heard\n")
    assert capfd.readouterr().err == "heard\n"
