import runpy
from pathlib import Path

import cv2
import numpy as np
import pytest

from watermark.embed import Embedder
from watermark.errors import TooSmall
from watermark.extract import LEAST_SYNC, MOST_ATTEMPTS, Detection, detect, detect_file

ATTACKS = runpy.run_path(str(Path(__file__).resolve().parents[2] / "bench" / "attacks.py"))
KEY, RENDER_ID = b"a collective's secret", 0x5EA1_0000_BEEF
SIZE = (960, 540)


@pytest.fixture(scope="module")
def frames(workshop):
    return list(workshop.frames(SIZE, 32))


@pytest.fixture(scope="module")
def plain(frames):
    return [cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420)[: SIZE[0]] for frame in frames]


@pytest.fixture(scope="module")
def marked(plain):
    embedder = Embedder(KEY, RENDER_ID, SIZE)
    embedder.prepare(plain[::4])
    return [embedder.apply(luma) for luma in plain]


@pytest.fixture(scope="module")
def film(workshop, frames, plain):
    embedder = Embedder(KEY, RENDER_ID, SIZE)
    embedder.prepare(plain[::4])
    return workshop.film("marked.mp4", frames * 4, embedder.apply, fps=25)


def is_ours(detection):
    assert detection.found
    assert detection.render_id == RENDER_ID
    assert 1 <= detection.attempts <= MOST_ATTEMPTS
    assert detection.sync_score >= LEAST_SYNC
    assert detection.false_positive_probability == detection.attempts / 2**32 < 1e-8
    return True


def test_the_mark_is_found_where_it_was_put(marked):
    detection = detect(marked, KEY)
    assert is_ours(detection)
    assert detection.lattice.scale_x == detection.lattice.scale_y == 1.0
    assert detection.orientation == 0
    assert detection.frames == len(marked)


def test_one_frame_is_enough(marked):
    assert is_ours(detect(marked[7:8], KEY))


def test_another_key_finds_nothing(marked):
    nothing(detect(marked, b"another secret"))


def test_an_unmarked_clip_holds_nothing(plain):
    nothing(detect(plain, KEY))


def nothing(detection):
    assert detection == Detection(
        False, None, 1.0, detection.attempts, detection.sync_score, detection.frames
    )
    assert detection.attempts <= MOST_ATTEMPTS


def turned(luma, degrees):
    height, width = luma.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return cv2.warpAffine(luma, matrix, (width, height))


DISTORTIONS = {
    "mirrored": lambda luma: luma[:, ::-1],
    "upside down": lambda luma: luma[::-1, ::-1],
    "quarter turn": np.rot90,
    "quarter turn, mirrored": lambda luma: np.rot90(luma)[:, ::-1],
    "upper left four fifths": lambda luma: luma[: SIZE[0] * 4 // 5, : SIZE[1] * 4 // 5],
    "off centre": lambda luma: luma[37:, 91:],
    "third of the size": lambda luma: cv2.resize(luma, (180, 320), interpolation=cv2.INTER_AREA),
    "twice the size": lambda luma: cv2.resize(luma, None, fx=2, fy=2),
    "turned by 3 degrees": lambda luma: turned(luma, 3),
    "squeezed by 8 %": lambda luma: cv2.resize(luma, (497, 960), interpolation=cv2.INTER_AREA),
    "letterbox": lambda luma: cv2.copyMakeBorder(luma, 0, 0, 580, 580, cv2.BORDER_CONSTANT, value=16),
    "darker": lambda luma: (luma * 0.7).astype(np.uint8),
    "noisy": lambda luma: cv2.add(luma, np.random.default_rng(1).normal(0, 8, luma.shape), dtype=cv2.CV_8U),
}


@pytest.mark.parametrize("name", DISTORTIONS)
def test_the_mark_is_found_again(marked, name):
    assert is_ours(detect([np.ascontiguousarray(DISTORTIONS[name](luma)) for luma in marked[::4]], KEY))


@pytest.mark.parametrize("attack", ATTACKS["PROMISED"], ids=lambda attack: attack.name)
def test_the_mark_survives_what_is_promised(film, tmp_path, attack):
    attacked = ATTACKS["run"](attack, film, tmp_path)
    assert is_ours(detect_file(attacked, KEY, time_limit=60))


STRANGERS = {
    "black": lambda _, size: np.full(size, 16, np.uint8),
    "noise": lambda rng, size: rng.integers(16, 236, size).astype(np.uint8),
    "clouds": lambda rng, size: np.uint8(128 + 2000 * cv2.GaussianBlur(rng.normal(0, 1, size), (0, 0), 25)),
    "stripes": lambda rng, size: np.uint8(
        128 + 90 * np.sin(np.mgrid[: size[0], : size[1]].sum(0) * rng.uniform(0.1, 0.9))
    ),
    "railings": lambda rng, size: np.uint8(
        40 + 180 * (np.mgrid[: size[0], : size[1]][1] // int(rng.integers(4, 16)) % 2)
    ),
    "chessboard": lambda rng, size: np.uint8(
        40 + 180 * ((np.mgrid[: size[0], : size[1]] // int(rng.integers(6, 30))).sum(0) % 2)
    ),
}


@pytest.mark.parametrize("name", STRANGERS)
@pytest.mark.parametrize("size", [(360, 640), (480, 300)])
def test_what_never_was_ours_is_not_claimed(name, size):
    rng = np.random.default_rng(len(name))
    for number in range(3):
        nothing(detect([STRANGERS[name](rng, size)], b"key %d" % number))


def test_a_strangers_mark_of_the_same_make_is_not_ours(plain):
    embedder = Embedder(b"a stranger's secret", RENDER_ID, SIZE)
    embedder.prepare(plain[::4])
    nothing(detect([embedder.apply(luma) for luma in plain[:8]], KEY))


def test_the_bound_on_false_positives_holds_by_count():
    assert MOST_ATTEMPTS * 2.0**-32 <= 1e-8


@pytest.mark.parametrize("size", [(64, 64), (95, 4000)])
def test_thumbnails_are_refused(size):
    with pytest.raises(TooSmall) as caught:
        detect([np.zeros(size, np.uint8)], KEY)
    assert caught.value.details == {"width": size[1], "height": size[0], "least": 96}
