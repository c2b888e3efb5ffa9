import cv2
import numpy as np
import pytest

from watermark.embed import LEAST_PSNR, Embedder

KEY, RENDER_ID = b"a collective's secret", 0x00C0FFEE00C0FFEE >> 8
SIZE = (640, 360)


@pytest.fixture(scope="module")
def lumas(workshop):
    return [cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420)[: SIZE[0]] for frame in workshop.frames(SIZE, 12)]


def marked(lumas, **kwargs):
    embedder = Embedder(KEY, kwargs.get("render_id", RENDER_ID), lumas[0].shape)
    embedder.prepare(kwargs.get("samples", lumas[::3]))
    return [embedder.apply(luma) for luma in lumas]


def psnr(one, other):
    return 10 * np.log10(255**2 / np.mean((np.asarray(one, float) - np.asarray(other, float)) ** 2))


def test_the_mark_costs_no_more_than_promised(lumas):
    assert psnr(marked(lumas), lumas) >= LEAST_PSNR - 0.2
    assert LEAST_PSNR >= 44


def test_marked_luma_keeps_shape_and_legal_range(lumas):
    for before, after in zip(lumas, marked(lumas), strict=True):
        assert after.shape == before.shape
        assert after.dtype == np.uint8
        assert after.min() >= 16
        assert after.max() <= 235


@pytest.mark.parametrize("level", [0, 16, 235, 255])
def test_the_ends_of_the_range_are_kept(level):
    flat = np.full((360, 640), level, np.uint8)
    after = Embedder(KEY, RENDER_ID, flat.shape).apply(flat)
    assert after.min() >= 16
    assert after.max() <= 235


def test_the_given_frame_is_left_alone(lumas):
    before = lumas[0].copy()
    Embedder(KEY, RENDER_ID, SIZE).apply(lumas[0])
    assert np.array_equal(lumas[0], before)


def test_the_same_render_is_marked_the_same_way(lumas):
    assert all(np.array_equal(one, other) for one, other in zip(marked(lumas), marked(lumas), strict=True))


def test_two_renders_are_marked_differently(lumas):
    one, other = (
        np.subtract(marked(lumas, render_id=number)[0], lumas[0], dtype=np.float64) for number in (1, 2)
    )
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.15


def test_a_dark_plate_stays_calm_and_hair_hides_more(lumas):
    rng = np.random.default_rng(5)
    frame = np.full(SIZE, 30, np.uint8)
    frame[320:] = np.clip(rng.normal(128, 14, (320, 360)), 16, 235)
    change = Embedder(KEY, RENDER_ID, SIZE).apply(frame).astype(float) - frame
    plate, texture = change[:280], change[360:]
    assert np.sqrt(np.mean(plate**2)) < 0.4
    assert np.abs(plate).max() <= 1
    assert np.std(texture) > 3 * np.std(plate)


def test_letters_on_a_plate_do_not_stir_it_up():
    """An edge between smooth areas hides nothing; only the neighbourhood of real texture may carry more."""
    plate = np.full(SIZE, 60, np.uint8)
    written = plate.copy()
    for row in range(120, 600, 120):
        cv2.putText(written, "hasta encontrarte", (20, row), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 230, 2)
    bare, lettered = (
        np.abs(Embedder(KEY, RENDER_ID, SIZE).apply(frame).astype(int) - frame) for frame in (plate, written)
    )
    assert np.mean(lettered) < np.mean(bare) + 0.3


def test_a_cut_renews_the_mask_at_once(lumas):
    rng = np.random.default_rng(6)
    rough = np.clip(rng.normal(128, 20, SIZE), 16, 235).astype(np.uint8)
    card = np.full(SIZE, 40, np.uint8)
    embedder = Embedder(KEY, RENDER_ID, SIZE)
    embedder.prepare([rough, card])
    embedder.apply(rough)
    assert np.abs(embedder.apply(card).astype(int) - card).max() <= 1


def test_a_few_early_frames_are_enough_to_prepare(lumas):
    assert psnr(marked(lumas, samples=lumas[:1]), lumas) >= LEAST_PSNR - 0.5
