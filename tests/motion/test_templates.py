from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import load_file, save

from portrait.errors import UnknownName
from portrait.i18n import explain, use_language
from portrait.motion.geometry import euler
from portrait.motion.sway import BREATHS, FPS, SECONDS, synthesise
from portrait.motion.templates import (
    SHIPPED,
    TENSORS,
    NotATemplate,
    Template,
    TemplateDamaged,
    TemplateTooNew,
    as_template,
    list_templates,
    load_template,
    record_template,
    save_template,
    still_times,
)
from portrait.motion.timing import biggest_steps, fit
from portrait.types import MotionTrack

pytestmark = pytest.mark.filterwarnings("ignore:SymbolDatabase.GetPrototype:UserWarning")  # MediaPipe's

CARD = {"name": "breve", "titles": {"es": "Breve", "en": "Brief"}, "licence": "CC0-1.0", "source": "A test"}


@pytest.fixture
def track() -> MotionTrack:
    """Two seconds of the synthesised movement, with a face to leave out."""
    whole = synthesise()
    return MotionTrack(
        fps=whole.fps,
        **{name: getattr(whole, name)[:50] for name in (*TENSORS, "rotation")},
        residual=np.zeros((50, 478, 3), np.float32),
        mouth_gap=np.ones(50, np.float32),
        neutral=np.zeros((478, 3), np.float32),
    )


@pytest.fixture
def saved(track: MotionTrack, tmp_path: Path) -> Path:
    path = tmp_path / "breve.safetensors"
    save_template(track, path, **CARD)
    return path


# ------------------------------------------------------------------------------------ the shipped one


@pytest.fixture(scope="module")
def serena() -> Template:
    return load_template("serena")


def test_serena_is_shipped_with_titles_and_its_digest(serena: Template) -> None:
    assert [template.name for template in list_templates()] == ["serena"]
    assert serena.title("es").startswith("Serena")
    assert serena.title("en") != serena.title("es")
    assert serena.sha256 == hashlib.sha256((SHIPPED / "serena.safetensors").read_bytes()).hexdigest()
    assert serena.track.duration == SECONDS
    assert serena.track.fps == FPS


def test_serena_holds_movement_alone() -> None:
    tensors = load_file(SHIPPED / "serena.safetensors")

    assert set(tensors) == set(TENSORS)
    assert sum(tensor.shape[1] for tensor in tensors.values()) == 17  # numbers a frame: no room for a face


def test_serena_is_what_the_synthesis_makes(serena: Template) -> None:
    made = synthesise()
    for name in ("rotation", *TENSORS):
        assert np.allclose(getattr(serena.track, name), getattr(made, name), atol=1e-5), name


def test_serena_begins_as_the_photograph(serena: Template) -> None:
    track = serena.track
    assert np.allclose(track.rotation[0], np.eye(3), atol=1e-5)
    for name in ("translation", "lids", "gaze", "brows", "lips"):
        assert np.allclose(getattr(track, name)[0], 0, atol=1e-6), name
    assert track.scale[0] == pytest.approx(1)


def test_serena_moves_like_a_calm_person(serena: Template) -> None:
    track = serena.track
    angles = np.array([euler(rotation) for rotation in track.rotation])

    assert (np.abs(angles).max(0) < (10, 7, 6)).all()  # degrees of yaw, pitch, roll
    assert (angles.std(0) > (1.0, 0.5, 0.5)).all()  # and it does move
    assert np.degrees(biggest_steps(track)["rotation"]) < 45  # degrees a second
    assert np.abs(track.translation).max() < 0.15
    assert np.abs(track.scale - 1).max() < 0.03
    assert np.abs(track.brows).max() < 1
    assert np.abs(track.gaze).max() < 0.1
    assert (track.lips == 0).all()


def test_serena_blinks_like_a_person(serena: Template) -> None:
    lids = serena.track.lids
    assert (lids[:, 0] == lids[:, 1]).all()
    closed = np.concatenate([[False], lids[:, 0] > 0.05, [False]])
    begins, ends = (
        np.flatnonzero(np.diff(closed.astype(int)) == 1),
        np.flatnonzero(np.diff(closed.astype(int)) == -1),
    )
    lengths = (ends - begins) / FPS
    waits = np.diff(begins) / FPS

    assert 10 <= len(begins) * 60 / SECONDS <= 25
    assert ((lengths >= 0.15) & (lengths <= 0.45)).all()
    assert (waits > 1).all()
    assert (waits < 10).all()
    assert waits.std() > 0.7  # not a metronome
    for begin, end in zip(begins, ends, strict=True):
        blink = lids[begin:end, 0]
        assert blink.max() > 0.85
        assert np.argmax(blink) + 1 <= len(blink) / 2 + 1  # quicker to close than to open


def test_serena_keeps_its_eyes_on_the_listener(serena: Template) -> None:
    """Gaze goes against the head, as eyes do that stay on something."""
    angles = np.array([euler(rotation) for rotation in serena.track.rotation])
    assert np.corrcoef(angles[:, 0], serena.track.gaze[:, 0])[0, 1] > 0.6
    assert np.corrcoef(angles[:, 1], serena.track.gaze[:, 1])[0, 1] < -0.3


def test_serena_loops_without_a_seam(serena: Template) -> None:
    looped = fit(serena.track, 2.5 * SECONDS, FPS)
    once = len(serena.track)

    assert np.allclose(looped.rotation[once : 2 * once], serena.track.rotation, atol=1e-4)
    own, steps = biggest_steps(serena.track), biggest_steps(looped)
    assert all(steps[name] <= own[name] * 1.001 + 1e-3 for name in own)


def test_every_seed_is_another_calm_person() -> None:
    one, other = synthesise(seed=1), synthesise(seed=2)
    assert np.abs(one.rotation - other.rotation).max() > 0.02
    assert BREATHS * 60 / SECONDS < 20


# ------------------------------------------------------------------------------------------ the format


def test_a_template_comes_back_without_the_face(track: MotionTrack, saved: Path) -> None:
    template = load_template(saved)

    assert (template.track.residual, template.track.neutral, template.track.mouth_gap) == (None, None, None)
    for name in ("rotation", *TENSORS):
        assert np.allclose(getattr(template.track, name), getattr(track, name), atol=1e-6), name
    assert (template.name, template.licence, template.source) == ("breve", "CC0-1.0", "A test")
    assert as_template(track).residual is None


def test_the_same_template_is_the_same_bytes(track: MotionTrack, saved: Path, tmp_path: Path) -> None:
    other = tmp_path / "again.safetensors"
    save_template(track, other, **CARD)
    assert other.read_bytes() == saved.read_bytes()


def test_own_templates_are_listed_and_found_by_name(saved: Path) -> None:
    assert [template.name for template in list_templates(saved.parent)] == ["serena", "breve"]
    assert load_template("breve", saved.parent).sha256 == load_template(saved).sha256


def test_an_unknown_name_says_what_there_is() -> None:
    with pytest.raises(UnknownName) as unknown:
        load_template("alegre")
    assert "serena" in str(unknown.value)


def test_the_description_is_one_json_text(saved: Path) -> None:
    with safe_open(saved, framework="numpy") as handle:
        metadata = handle.metadata()
    assert list(metadata) == ["presente.motion"]
    card = json.loads(metadata["presente.motion"])
    assert card["version"] == 1
    assert set(card) == {"version", "name", "titles", "fps", "licence", "source", "sha256"}


def test_no_half_written_template_remains(track: MotionTrack, tmp_path: Path) -> None:
    (tmp_path / "taken.safetensors").mkdir()
    with pytest.raises(OSError, match="taken"):
        save_template(track, tmp_path / "taken.safetensors", **CARD)
    assert [path.name for path in tmp_path.iterdir()] == ["taken.safetensors"]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "No Good"},
        {"name": "x" * 41},
        {"titles": {"es": "Sola"}},
        {"licence": ""},
        {"source": "s" * 201},
    ],
)
def test_a_bad_description_is_not_written(change: dict[str, Any], track: MotionTrack, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="template needs"):
        save_template(track, tmp_path / "bad.safetensors", **{**CARD, **change})
    assert list(tmp_path.iterdir()) == []


def rewrite(
    path: Path,
    *,
    tensors: Callable[[dict[str, NDArray[Any]]], object] = lambda tensors: None,
    card: Callable[[dict[str, Any]], object] = lambda card: None,
) -> None:
    """Change a template's tensors and description in place."""
    content = load_file(path)
    with safe_open(path, framework="numpy") as handle:
        description = json.loads(handle.metadata()["presente.motion"])
    tensors(content)
    card(description)
    path.write_bytes(save(content, metadata={"presente.motion": json.dumps(description)}))


TAMPERED = {
    "another tensor": lambda t: t.update(neutral=np.zeros((478, 3), np.float32)),
    "a tensor less": lambda t: t.pop("gaze"),
    "not a number": lambda t: t["gaze"].__setitem__((0, 0), np.nan),
    "endless": lambda t: t["scale"].__setitem__((0, 0), np.inf),
    "an owl's neck": lambda t: t["rotation"].__setitem__((3, 1), 3.0),
    "lids beyond closed": lambda t: t["lids"].__setitem__((3, 1), 1.5),
    "other type": lambda t: t.update(lids=t["lids"].astype(np.float64)),
    "other shape": lambda t: t.update(lids=t["lids"][:, :1].copy()),
    "other length": lambda t: t.update(lids=t["lids"][:-1].copy()),
    "no rank": lambda t: t.update(lips=np.zeros((), np.float32)),
    "too short": lambda t: t.update({name: rows[:5].copy() for name, rows in t.items()}),
    "a value changed": lambda t: t["scale"].__setitem__((3, 0), 1.01),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_tampered_values_are_refused(how: str, saved: Path) -> None:
    rewrite(saved, tensors=TAMPERED[how])
    with pytest.raises(TemplateDamaged):
        load_template(saved)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0},
        {"version": "1"},
        {"fps": 1e9},
        {"fps": float("nan")},
        {"fps": "25"},
        {"name": "../../etc"},
        {"titles": ["es", "en"]},
        {"titles": {"es": 1, "en": 2}},
        {"sha256": "0" * 64},
        {"licence": None},
    ],
)
def test_a_tampered_description_is_refused(change: dict[str, Any], saved: Path) -> None:
    rewrite(saved, card=lambda card: card.update(change))
    with pytest.raises(TemplateDamaged):
        load_template(saved)


def test_a_later_version_says_so(saved: Path) -> None:
    rewrite(saved, card=lambda card: card.update(version=2))
    with pytest.raises(TemplateTooNew):
        load_template(saved)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Querida familia",
        pickle.dumps({"pose": [1, 2, 3]}),
        (2**63).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        (100_000).to_bytes(8, "little") + b"[" * 100_000,
        save({"lids": np.zeros((50, 2), np.float32)}),
        bytes(5 << 20),
    ],
    ids=["empty", "text", "pickle", "endless header", "list", "nested", "other safetensors", "too large"],
)
def test_another_file_is_no_template(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    path.write_bytes(content)
    with pytest.raises(NotATemplate):
        load_template(path)


def test_a_cut_template_is_refused(saved: Path) -> None:
    saved.write_bytes(saved.read_bytes()[:-100])
    with pytest.raises(NotATemplate) as refused:
        load_template(saved)
    use_language("es")
    problem, remedy = explain(refused.value)
    assert problem == "«breve.safetensors» no es una plantilla de movimiento."
    assert remedy.startswith("Elija")


def test_a_missing_file_is_no_template(tmp_path: Path) -> None:
    with pytest.raises(NotATemplate):
        load_template(tmp_path / "nowhere.safetensors")


def test_a_video_becomes_a_template_without_the_volunteer(clip: Path, tmp_path: Path) -> None:
    template = record_template(clip, tmp_path / "voluntaria.safetensors", title="Voluntaria")

    assert template.name == "voluntaria"
    assert template.titles == {"es": "Voluntaria", "en": "Voluntaria"}
    assert template.track.duration == pytest.approx(3.0)
    assert set(load_file(tmp_path / "voluntaria.safetensors")) == set(TENSORS)
    assert template.track.lids.max() > 0.9
    assert clip.name not in (tmp_path / "voluntaria.safetensors").read_bytes()[:2000].decode("latin-1")


def test_stills_show_the_range_in_order(serena: Template) -> None:
    times = still_times(serena.track, 8)

    assert len(times) == 8
    assert list(times) == sorted(times)
    assert times[0] >= 0
    assert times[-1] < SECONDS
    assert max(serena.track.lids[round(time * FPS)].max() for time in times) < 0.05
    assert len(still_times(serena.track, 5000)) == len(serena.track)
