"""Receipts, pauses and declarations on the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import matplotlib
import pytest

PORTRAIT = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
SCRIPT = "idioma: es\npersona: tercera\n\nGracias.[^-]\n"
ASKED = ("--scope", "head_motion", "--scope", "lip_movement", "--scope", "narration", "--channel", "local")


@pytest.fixture
def given(presente):
    """A case, and a consent that was given in it."""
    for handle, role in (("ana", "coordinator"), ("berta", "coordinator"), ("carla", "volunteer")):
        assert presente("people", "add", handle, role, "--as", "ana")[0] == 0
    case = named(presente("case", "open", "--disappeared", "2021-05-18", "--adult", "--as", "carla"), "case")
    Path("guion.md").write_text(SCRIPT, encoding="utf-8")
    assert presente("case", "photo", case, PORTRAIT, "--as", "carla")[0] == 0
    assert presente("case", "script", case, "guion.md", "--as", "carla")[0] == 0
    mother = named(presente("case", "relative", case, "Una Madre", "mother", "--as", "carla"), "relative")
    consent = named(presente("consent", "ask", case, mother, *ASKED, "--as", "carla"), "consent")
    assert presente("consent", "give", consent, "--as", "carla")[0] == 0
    return case, consent


def named(answer, kind):
    code, said, _ = answer
    assert code == 0
    return re.search(rf"{kind}-\w+", said)[0]


def test_a_receipt_is_written_as_asked(presente, given):
    _, consent = given
    assert presente("consent", "receipt", consent, "--out", "recibo.json", "--as", "carla")[0] == 0
    assert json.loads(Path("recibo.json").read_text("utf-8"))["header"]["record_id"] == consent
    assert presente("consent", "receipt", consent, "--out", "recibo.PDF", "--as", "carla")[0] == 0
    assert Path("recibo.PDF").read_bytes().startswith(b"%PDF-")
    assert presente("consent", "receipt", consent, "--out", "recibo.txt", "--as", "carla")[0] == 2
    assert not {path.name for path in Path.cwd().iterdir()} & {"recibo.txt", ".recibo.json.part"}


def test_a_pause_is_not_released_at_once(presente, given):
    _, consent = given
    words = ("--words", "La amenazaron")
    assert presente("consent", "pause", consent, *words, "--as", "carla")[0] == 0
    code, _, said = presente("consent", "release", consent, "--as", "ana")
    assert (code != 0, "72 horas" in said) == (True, True)
    assert presente("consent", "release", consent, "--as", "carla")[0] != 0
    assert presente("consent", "pause", consent, *words, "--as", "carla")[0] != 0


def test_a_yes_is_renewed(presente, given):
    _, consent = given
    assert presente("consent", "renew", consent, "--days", "30", "--as", "carla")[0] == 0


def test_a_public_figure_is_declared_and_lifted_by_a_second_person(presente, given):
    case, _ = given
    assert presente("case", "public-figure", case, "--as", "ana")[0] == 0
    _, _, said = presente("render", case, "--as", "carla", "--out", "v.mp4")
    assert "figura pública" in said
    assert presente("case", "public-figure", case, "--lift", "--as", "ana")[0] != 0
    assert presente("case", "public-figure", case, "--lift", "--as", "berta")[0] == 0


def test_a_fact_says_how_far_its_source_is_trusted(presente, given):
    case, _ = given
    fact = ("case", "fact", case, "edad", "31", "--source", "acta", "--as", "carla")
    assert presente(*fact, "--confidence", "high", "--dated", "2021-05-20")[0] == 0
    assert presente("case", "fact", case, "edad", "310", "--source", "acta", "--as", "carla")[0] != 0
    assert presente("case", "approve-minor", case, "--child-opinion", "agrees", "--as", "ana")[0] == 0
