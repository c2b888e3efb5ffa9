import numpy as np
import pytest

from watermark.pattern import (
    BASE_AMPLITUDE,
    HARMONICS,
    TEMPLATES,
    paint,
    phase_of,
    template_of,
    templates,
)
from watermark.search import ORIENTATIONS

KEY = b"a collective's secret"


def test_the_pattern_is_the_sum_it_says_it_is():
    amplitudes = np.random.default_rng(1).normal(size=(len(HARMONICS), 2))
    height, width, phase = 40, 56, (0.3, 0.8)
    y, x = np.mgrid[:height, :width]
    tile = 40 / 4
    across, down = (x - 27.5) / tile - phase[0], (y - 19.5) / tile - phase[1]
    expected = sum(
        (complex(*amplitude) * np.exp(2j * np.pi * (u * across + v * down))).real
        for (u, v), amplitude in zip(HARMONICS, amplitudes, strict=True)
    )
    assert paint(amplitudes, (height, width), phase) == pytest.approx(expected, abs=2e-3)


def test_the_tile_repeats_every_quarter_of_the_shorter_side():
    signs = template_of(KEY, 1).signs_for(1) * BASE_AMPLITUDE[:, None]
    pattern = paint(signs, (240, 400), (0.1, 0.2))
    assert pattern[60:, 60:] == pytest.approx(pattern[:-60, :-60], abs=2e-3)


def test_the_ring_is_closed_under_turning_and_mirroring():
    ring = {(int(u), int(v)) for u, v in HARMONICS}
    for orientation in ORIENTATIONS:
        turned = HARMONICS @ orientation.T
        assert {(u, v) if u > 0 else (-u, -v) for u, v in turned.tolist()} == ring


def test_every_coded_bit_has_a_carrier_and_none_is_a_sync_harmonic():
    for template in templates(KEY):
        counts = np.bincount(template.coded_bit, minlength=384)
        assert counts.min() >= 1
        assert counts.max() - counts.min() <= 1
        assert not template.sync[template.carriers[:, 0]].any()


def test_what_is_keyed_does_not_change():
    """Old renders must verify for good, so the draws are frozen here."""
    template = templates(b"frozen")[0]
    assert np.flatnonzero(template.sync)[:6].tolist() == [4, 8, 12, 16, 22, 28]
    assert template.coded_bit[:6].tolist() == [378, 12, 2, 94, 235, 7]
    assert template.signs[:6, 0].tolist() == [1.0, 1.0, 1.0, 1.0, 1.0, -1.0]
    assert phase_of(b"frozen", 7) == pytest.approx((0.412535447, 0.829150524))


def test_renders_of_one_key_use_every_template_and_average_to_nothing():
    chosen = [template_of(KEY, render_id) for render_id in range(64)]
    assert len({id(template) for template in chosen}) == TEMPLATES
    one = paint(chosen[0].signs_for(0) * BASE_AMPLITUDE[:, None], (256, 256), phase_of(KEY, 0))
    total = sum(
        paint(template.signs_for(number) * BASE_AMPLITUDE[:, None], (256, 256), phase_of(KEY, number))
        for number, template in enumerate(chosen)
    )
    # 64 unrelated patterns add up to 8 times one; a common part would add up to 64 times
    assert np.std(total) < 12 * np.std(one)


def test_another_key_shares_nothing():
    mine, other = templates(KEY)[0], templates(b"another secret")[0]
    agreement = np.mean(mine.signs == other.signs)
    assert 0.4 < agreement < 0.6
    assert not np.array_equal(mine.scramble, other.scramble)
