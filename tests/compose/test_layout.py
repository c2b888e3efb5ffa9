from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from portrait.compose.captions_art import caption_band
from portrait.compose.layout import FADE, closing_frames, compose, plan_layout, working_size
from portrait.types import Caption

FPS = 25
PHOTO_SIZES = [(601, 403), (403, 601), (97, 83), (2000, 401), (351, 1999), (1280, 720), (1350, 1080)]


def is_red(frame):
    return (frame[..., 0] > 128) & (frame[..., 1] < 60) & (frame[..., 2] < 60)


@pytest.mark.parametrize(("height", "width"), PHOTO_SIZES)
def test_a_circle_stays_a_circle(height, width, preset, label, card, disc_photo):
    photo, disc = disc_photo(height, width)
    frame = next(compose([photo], plan_layout(photo.shape, disc, preset), (), label, card))
    assert frame.shape == (*preset.size, 3)
    rows, columns = np.nonzero(is_red(frame))
    tall, broad = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert tall > 100
    assert abs(tall - broad) <= 2
    assert len(rows) == pytest.approx(np.pi / 4 * tall * broad, rel=0.02)


def test_a_photo_shrunk_beforehand_looks_the_same(preset, label, card, disc_photo):
    photo, disc = disc_photo(3000, 2400)
    placement = plan_layout(photo.shape, disc, preset)
    height, width = working_size(photo.shape, placement)
    small, _disc = disc_photo(height, width)
    whole, shrunk = (next(compose([p], placement, (), label, card)) for p in (photo, small))
    assert np.mean(np.abs(whole.astype(int) - shrunk) > 8) < 0.01


def test_a_photo_of_other_proportions_than_planned_is_refused(preset, label, card, disc_photo):
    photo, disc = disc_photo(800, 600)
    frames = compose([photo[:, :500]], plan_layout(photo.shape, disc, preset), (), label, card)
    with pytest.raises(ValueError, match="proportions"):
        next(frames)


def test_the_label_stands_on_every_frame_from_the_first_to_the_last(preset, label, card, disc_photo):
    photo, disc = disc_photo(800, 600)
    frames = list(compose([photo, photo], plan_layout(photo.shape, disc, preset), (), label, card, fps=FPS))
    letters = label[..., 3] == 255
    assert letters.any()
    for frame in frames:
        assert np.abs(frame[letters].astype(int) - label[letters][:, :3]).max() <= 1


def test_a_label_of_another_size_is_refused(preset, label, card, disc_photo):
    photo, disc = disc_photo(800, 600)
    with pytest.raises(ValueError, match="label"):
        next(compose([photo], plan_layout(photo.shape, disc, preset), (), label[:-2], card))


def test_a_caption_shows_in_its_interval_in_its_band_and_nowhere_else(preset, label, card, disc_photo):
    photo, disc = disc_photo(800, 600)
    placement = plan_layout(photo.shape, disc, preset)
    caption = Caption(("Desapareció en Guadalajara", "el 18 de mayo de 2021"), 0.2, 0.48)
    card = replace(card, seconds=0.0)
    plain, told = (
        list(compose([photo] * 14, placement, captions, label, card, fps=FPS))
        for captions in ((), (caption,))
    )
    changed = [cv2.absdiff(a, b).max(axis=2) > 0 for a, b in zip(plain, told, strict=True)]
    assert [number for number, mask in enumerate(changed) if mask.any()] == list(range(5, 12))
    rows, columns = np.nonzero(np.any(changed, axis=0))
    band = caption_band(preset, label)
    assert band.y <= rows.min() and rows.max() < band.bottom
    assert band.x <= columns.min() and columns.max() < band.right
    assert rows.min() > placement.face.bottom


def test_the_ground_does_not_move_with_the_photo(preset, label, card, disc_photo):
    still, disc = disc_photo(1000, 800)
    moved, _ = disc_photo(1000, 800, at=(0.55, 0.5))
    placement = plan_layout(still.shape, disc, preset)
    first, second, *_ = compose([still, moved], placement, (), label, card)
    outside = np.ones(preset.size, bool)
    outside[placement.target.slices] = False
    assert np.array_equal(first[outside], second[outside])
    assert not np.array_equal(first, second)


def test_the_film_darkens_into_the_card_and_then_stands_still(preset, label, card, disc_photo):
    photo, disc = disc_photo(800, 600)
    frames = list(compose([photo] * 3, plan_layout(photo.shape, disc, preset), (), label, card, fps=FPS))
    assert len(frames) == 3 + closing_frames(card, FPS) == 3 + 30
    red = [int(is_red(frame).sum()) for frame in frames]
    assert red[2] > 1000
    assert red[2 + round(FADE * FPS) :] == [0] * len(red[2 + round(FADE * FPS) :])
    assert np.array_equal(frames[-1], frames[-2])


def test_even_the_shortest_card_is_seen_whole(preset, label, card, disc_photo):
    photo, disc = disc_photo(800, 600)
    placement = plan_layout(photo.shape, disc, preset)
    short = list(compose([photo], placement, (), label, replace(card, seconds=0.0), fps=FPS))
    long = list(compose([photo], placement, (), label, card, fps=FPS))
    assert len(short) == 1 + closing_frames(replace(card, seconds=0.0), FPS)
    assert np.array_equal(short[-1], long[-1])


def test_frames_are_taken_one_at_a_time(preset, label, card, disc_photo):
    photo, disc = disc_photo(800, 600)
    taken = []
    source = (taken.append(number) or photo for number in range(9))
    film = compose(source, plan_layout(photo.shape, disc, preset), (), label, card)
    for expected in range(1, 6):
        next(film)
        assert len(taken) == expected


def test_without_frames_there_is_no_film(preset, label, card, disc_photo):
    photo, disc = disc_photo(800, 600)
    assert list(compose([], plan_layout(photo.shape, disc, preset), (), label, card)) == []
