"""The quality report: each measurement moves with what it measures, and refusals are typed errors."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portrait.errors import PhotoError
from portrait.face import face_height
from portrait.quality_measures import edge_blur, head_angles
from portrait.quality_report import (
    LEAST_FACE,
    BadlyLitFace,
    BlurredFace,
    CoveredFace,
    FaceTooSmall,
    LyingPhoto,
    NoFace,
    ProfileFace,
    SeveralFaces,
    assess,
    require_face,
)
from portrait.types import Verdict

CHECKS = (
    "faces", "size", "sharpness", "exposure", "contrast", "yaw", "pitch", "roll",
    "cover", "eyes", "mouth", "glasses", "open mouth",
)  # fmt: skip


def finding(photo, check):
    return next(found for found in assess(photo).findings if found.check == check)


def resized(pixels, scale):
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def test_a_good_portrait_passes_with_its_glasses_noticed(hopper, hopper_landmarks):
    report = assess(hopper)
    assert tuple(found.check for found in report.findings) == CHECKS
    assert report.verdict is Verdict.LIMITED
    limits = [found.check for found in report.findings if found.verdict is not Verdict.GOOD]
    assert limits == ["glasses"]
    assert all(found.sentence.format(value=found.value) for found in report.findings)
    assert np.allclose(require_face(hopper), hopper_landmarks)


@pytest.mark.parametrize(
    ("name", "limits"),
    [
        ("painting_602.jpg", []),
        ("painting_small_300.png", ["size"]),
        ("oil_portrait_564.jpg", ["size"]),
        ("tiny_96.bmp", ["size"]),
    ],
)
def test_the_shared_photos_can_be_used(name, limits, shared_photo):
    photo = shared_photo(name)
    report = assess(photo)
    assert [found.check for found in report.findings if found.verdict is not Verdict.GOOD] == limits
    assert require_face(photo).shape == (478, 3)


def cat(fur, ground):
    """A painted cat's face: ears, slit eyes, nose, mouth, whiskers."""
    image = np.full((600, 600, 3), ground, np.uint8)
    dark = tuple(int(0.25 * c) for c in fur)
    for side in (-1, 1):
        ear = np.array([[300 + side * 60, 190], [300 + side * 190, 70], [300 + side * 200, 280]])
        cv2.fillPoly(image, [ear], fur, cv2.LINE_AA)
    cv2.ellipse(image, (300, 330), (210, 180), 0, 0, 360, fur, -1, cv2.LINE_AA)
    for side in (-1, 1):
        cv2.ellipse(image, (300 + side * 90, 290), (45, 32), 0, 0, 360, (190, 210, 90), -1, cv2.LINE_AA)
        cv2.ellipse(image, (300 + side * 90, 290), (8, 30), 0, 0, 360, (10, 10, 10), -1, cv2.LINE_AA)
        cv2.ellipse(image, (300 + side * 30, 395), (32, 24), 0, 0, 180, dark, 4, cv2.LINE_AA)
        for rise in (-30, 0, 30):
            cv2.line(image, (300 + side * 60, 385), (300 + side * 260, 380 + rise), dark, 2, cv2.LINE_AA)
    cv2.fillPoly(image, [np.array([[275, 360], [325, 360], [300, 390]])], (210, 120, 120), cv2.LINE_AA)
    brush = np.random.default_rng(1).normal(0, 10, image.shape)
    return np.clip(cv2.GaussianBlur(image, (0, 0), 2) + brush, 0, 255).astype(np.uint8)


def fractal_noise(seed):
    rng, image = np.random.default_rng(seed), np.zeros((512, 512, 3))
    for size in (4, 8, 16, 32, 64, 128, 256, 512):
        image += cv2.resize(rng.normal(0, 1, (size, size, 3)), (512, 512), interpolation=cv2.INTER_CUBIC)
    return np.clip(128 + 30 * image, 0, 255).astype(np.uint8)


def stripes(period):
    rows, columns = np.mgrid[0:512, 0:512]
    wave = np.sin(columns * 2 * np.pi / period) + np.sin((rows + columns) * np.pi / period)
    return (128 + 60 * wave).astype(np.uint8)[..., None].repeat(3, 2)


FACELESS = {
    "ginger cat": lambda: cat((215, 150, 80), (120, 150, 190)),
    "grey cat": lambda: cat((150, 150, 155), (90, 70, 60)),
    "black cat": lambda: cat((45, 42, 40), (200, 190, 170)),
    "small cat": lambda: resized(cat((215, 150, 80), (120, 150, 190)), 0.3),
    "white noise": lambda: np.random.default_rng(0).integers(0, 256, (512, 512, 3), np.uint8),
    "stripes": lambda: stripes(40),
    "plain": lambda: np.full((512, 512, 3), 200, np.uint8),
    "one pixel": lambda: np.full((1, 1, 3), 200, np.uint8),
    "one line": lambda: np.full((1, 3000, 3), 200, np.uint8),
} | {f"clouds {seed}": lambda seed=seed: fractal_noise(seed) for seed in range(12)}


@pytest.mark.parametrize("name", FACELESS)
def test_pictures_without_a_person_are_refused(name, as_photo):
    photo = as_photo(FACELESS[name]())
    with pytest.raises(NoFace):
        require_face(photo)
    (only,) = assess(photo).findings
    assert (only.check, only.value, only.verdict) == ("faces", 0, Verdict.REFUSE)


def test_two_people_are_refused(hopper, as_photo):
    two = as_photo(np.hstack([hopper.pixels, hopper.pixels[:, ::-1]]))
    with pytest.raises(SeveralFaces) as caught:
        require_face(two)
    assert caught.value.details == {"value": 2}
    assert finding(two, "faces").verdict is Verdict.REFUSE


def test_a_passer_by_limits_but_does_not_forbid(hopper, hopper_landmarks, as_photo):
    scene = np.full((600, 800, 3), 120, np.uint8)
    scene[:, :512] = hopper.pixels
    scene[300:480, 600:753] = resized(hopper.pixels, 0.3)[:180, :153]
    photo = as_photo(scene)
    found = finding(photo, "faces")
    assert (found.value, found.verdict) == (1, Verdict.LIMITED)
    assert np.abs(require_face(photo) - hopper_landmarks)[:, :2].max() < 3


@pytest.mark.parametrize("pixels", [30, 40, 46])
def test_a_face_too_small_is_refused(pixels, hopper, hopper_landmarks, as_photo):
    small = as_photo(resized(hopper.pixels, pixels / face_height(hopper_landmarks)))
    with pytest.raises(FaceTooSmall) as caught:
        require_face(small)
    assert caught.value.details["value"] == pytest.approx(pixels, abs=2)
    assert caught.value.details["limit"] == LEAST_FACE
    assert finding(small, "size").verdict is Verdict.REFUSE


def test_a_face_just_large_enough_is_measured(hopper, hopper_landmarks, as_photo):
    small = as_photo(resized(hopper.pixels, 52 / face_height(hopper_landmarks)))
    assert face_height(require_face(small)) == pytest.approx(52, abs=2)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_photo_on_its_side_is_told_as_such(quarters, hopper, as_photo):
    with pytest.raises(LyingPhoto):
        require_face(as_photo(np.rot90(hopper.pixels, quarters)))


def test_the_angles_follow_a_rendered_turn(turned_head, as_photo):
    straight = head_angles(require_face(as_photo(turned_head(0))))
    for asked in (-30, -15, 15, 30):
        yaw, pitch, roll = np.subtract(head_angles(require_face(as_photo(turned_head(asked)))), straight)
        assert yaw == pytest.approx(asked, abs=12)
        assert abs(pitch) < 6
        assert abs(roll) < 6
    for asked in (-20, 20):
        yaw, pitch, roll = np.subtract(head_angles(require_face(as_photo(turned_head(0, asked)))), straight)
        assert pitch == pytest.approx(asked, abs=8)
        assert abs(yaw) < 6


def test_roll_is_that_of_the_picture(hopper, as_photo):
    for degrees in (-25, 10, 30):
        turn = cv2.getRotationMatrix2D((256, 300), -degrees, 0.7)  # OpenCV turns the other way round
        photo = as_photo(cv2.warpAffine(hopper.pixels, turn, (512, 600)))
        assert head_angles(require_face(photo))[2] == pytest.approx(degrees - 2.5, abs=2)


@pytest.mark.parametrize("side", [-1, 1])
def test_a_profile_is_refused(side, turned_head, as_photo):
    for yaw in (55, 70):
        with pytest.raises((ProfileFace, NoFace)):
            require_face(as_photo(turned_head(side * yaw)))
    assert assess(as_photo(turned_head(side * 70))).verdict is Verdict.REFUSE


@settings(max_examples=12, deadline=None)
@given(percent=st.floats(0.4, 3.0), scale=st.sampled_from([1, 4]))
def test_blur_is_measured_in_face_heights(percent, scale, hopper, hopper_landmarks):
    """Whatever the resolution; its own blur adds in squares. No edge of a face is ideal: hence the room."""
    centre = np.array([0.5, 0.5, 0])  # of a pixel: sizes change from edge to edge
    pixels = cv2.resize(hopper.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    landmarks = (hopper_landmarks + centre) * scale - centre
    measured = [
        edge_blur(cv2.GaussianBlur(pixels, (0, 0), part * face_height(landmarks) / 100), landmarks)
        for part in (percent, 1.3 * percent)
    ]
    assert measured[0] == pytest.approx(np.hypot(percent, 0.2), rel=0.6)
    assert measured[1] > measured[0]


def test_blur_limits_then_forbids(hopper, hopper_landmarks, as_photo):
    verdicts = []
    for percent in (0.5, 2.2, 4.5):
        sigma = percent / 100 * face_height(hopper_landmarks)
        photo = as_photo(cv2.GaussianBlur(hopper.pixels, (0, 0), sigma))
        verdicts.append(finding(photo, "sharpness").verdict)
    assert verdicts == [Verdict.GOOD, Verdict.LIMITED, Verdict.REFUSE]
    with pytest.raises(BlurredFace):
        require_face(photo)


def test_a_brighter_or_darker_skin_is_no_finding(hopper, as_photo):
    for exponent in (0.6, 1.8):
        photo = as_photo((255 * (hopper.pixels / 255) ** exponent).astype(np.uint8))
        assert finding(photo, "exposure").verdict is Verdict.GOOD
        assert finding(photo, "contrast").verdict is Verdict.GOOD


@pytest.mark.parametrize(
    ("light", "check", "verdict"),
    [
        (lambda p: p * 0.06, "contrast", Verdict.REFUSE),
        (lambda p: p * 0.07 + 120, "contrast", Verdict.REFUSE),
        (lambda p: p * 0.2 + 90, "contrast", Verdict.LIMITED),
        (lambda p: p * 3.0, "exposure", Verdict.REFUSE),
        (lambda p: p * 1.45, "exposure", Verdict.LIMITED),
    ],
)
def test_bad_light_is_found(light, check, verdict, hopper, as_photo):
    photo = as_photo(np.clip(light(hopper.pixels.astype(float)), 0, 255).astype(np.uint8))
    assert finding(photo, check).verdict is verdict
    if verdict is Verdict.REFUSE:
        with pytest.raises(BadlyLitFace):
            require_face(photo)


def masked(pixels, landmarks, colour):
    outline = landmarks[[234, 6, 454, 397, 152, 172], :2].astype(np.int32)
    return cv2.fillConvexPoly(pixels.copy(), cv2.convexHull(outline), colour)


def dark_glasses(pixels, landmarks, colour):
    worn, height = pixels.copy(), face_height(landmarks)
    for corners in ((33, 133), (362, 263)):
        x, y = landmarks[list(corners), :2].mean(0)
        cv2.ellipse(worn, (int(x), int(y)), (int(0.18 * height), int(0.12 * height)), 0, 0, 360, colour, -1)
    return worn


@pytest.mark.parametrize("colour", [(150, 180, 200), (25, 25, 28), (240, 240, 240)])
@pytest.mark.parametrize(("cover", "check"), [(masked, "mouth"), (dark_glasses, "eyes")])
def test_a_covered_mouth_or_eye_is_refused(cover, check, colour, hopper, hopper_landmarks, as_photo):
    photo = as_photo(cover(hopper.pixels, hopper_landmarks, colour))
    assert finding(photo, check).verdict is Verdict.REFUSE
    with pytest.raises(CoveredFace):
        require_face(photo)


def test_cover_of_another_colour_is_noticed(hopper, hopper_landmarks, as_photo):
    assert finding(hopper, "cover").verdict is Verdict.GOOD
    for colour in ((150, 180, 200), (25, 25, 28)):
        photo = as_photo(masked(hopper.pixels, hopper_landmarks, colour))
        assert finding(photo, "cover").verdict is Verdict.LIMITED


def with_glasses(pixels, landmarks):
    worn, height = pixels.copy(), face_height(landmarks)
    thickness, colour = max(1, round(0.015 * height)), (60, 45, 35)
    for corners in ((33, 133), (362, 263)):
        x, y = landmarks[list(corners), :2].mean(0)
        axes = (int(0.16 * height), int(0.12 * height))
        cv2.ellipse(worn, (int(x), int(y + 0.02 * height)), axes, 0, 0, 360, colour, thickness, cv2.LINE_AA)
    right, left = landmarks[133, :2], landmarks[362, :2]
    ends = [tuple((right + part * (left - right)).astype(int)) for part in (0.15, 0.85)]
    return cv2.line(worn, *ends, colour, thickness, cv2.LINE_AA)


@pytest.mark.parametrize("name", ["painting_602.jpg", "oil_portrait_564.jpg", "tiny_96.bmp"])
def test_glasses_are_noticed_where_there_are_some(name, shared_photo, as_photo):
    photo = shared_photo(name)
    assert finding(photo, "glasses").verdict is Verdict.GOOD
    worn = as_photo(with_glasses(photo.pixels, require_face(photo)))
    assert finding(worn, "glasses").verdict is Verdict.LIMITED


def test_an_open_mouth_is_noticed(hopper, hopper_landmarks, as_photo):
    """The lower half of the face pulled down from the lip line, and dark between the lips."""
    assert finding(hopper, "open mouth").value < 2
    lip, height = int(hopper_landmarks[13, 1]), hopper.pixels.shape[0]
    gap = int(0.09 * face_height(hopper_landmarks))
    x, half = hopper_landmarks[13, 0], 0.42 * np.ptp(hopper_landmarks[[61, 291], 0])
    opening = gap * np.sqrt(np.clip(1 - ((np.arange(512) - x) / half) ** 2, 0, 1))
    rows = np.arange(height)[:, None] * np.ones(512)
    columns = np.arange(512) * np.ones((height, 1))
    origin = np.where(rows > lip, np.maximum(rows - opening, lip + 1), rows)
    moved = cv2.remap(hopper.pixels, np.float32(columns), np.float32(origin), cv2.INTER_LINEAR)
    moved[(rows > lip) & (rows < lip + opening)] = (40, 15, 15)
    assert finding(as_photo(moved), "open mouth").verdict is Verdict.LIMITED


def test_every_refusal_is_a_photo_error_with_a_way_on():
    errors = (
        BadlyLitFace,
        BlurredFace,
        CoveredFace,
        FaceTooSmall,
        LyingPhoto,
        NoFace,
        ProfileFace,
        SeveralFaces,
    )
    for kind in errors:
        error = kind(value=3, limit=4)
        assert isinstance(error, PhotoError)
        assert error.remedy in str(error)
        assert "{" not in str(error)
