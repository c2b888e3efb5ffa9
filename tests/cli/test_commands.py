"""The command as scripts and people use it: exit codes, reasons, nothing but words on errors."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from datetime import date
from itertools import product
from pathlib import Path

import matplotlib
import pytest
from PIL import Image as Picture

from portrait.motion.templates import load_template, save_template
from portrait.settings import Settings

PORTRAIT = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
SCRIPT = """idioma: es
persona: tercera

La persona de este ejemplo fue vista en Ciudad Inventada.[^lugar]
Llame al 800 028 7783.[^contacto]
Gracias.[^-]
"""
CHANNELS_AND_SCOPES = (
    *("--scope", "head_motion", "--scope", "lip_movement", "--scope", "narration"),
    *("--channel", "local"),
)


@pytest.fixture
def case(presente):
    """An open case with three people, a photograph and a script; nothing verified yet."""
    for handle, role in (("ana", "coordinator"), ("berta", "coordinator"), ("carla", "volunteer")):
        assert presente("people", "add", handle, role, "--as", "ana")[0] == 0
    code, said, _ = presente("case", "open", "--disappeared", "2021-05-18", "--adult", "--as", "carla")
    assert code == 0
    case_id = re.search(r"case-\w+", said)[0]
    Path("guion.md").write_text(SCRIPT, encoding="utf-8")
    assert presente("case", "photo", case_id, PORTRAIT, "--as", "carla")[0] == 0
    assert presente("case", "script", case_id, "guion.md", "--as", "carla")[0] == 0
    for key, value in (("lugar", "Ciudad Inventada"), ("folio", "FUB-EJEMPLO-1")):
        assert presente("case", "fact", case_id, key, value, "--source", "ejemplo", "--as", "carla")[0] == 0
    return case_id


def test_everything_missing_is_said_at_once(presente, case):
    code, _, said = presente("render", case, "--as", "carla", "--out", "v.mp4")
    assert code == 3
    assert said.count("•") >= 5
    assert said.count("→") == said.count("•")
    assert not Path("v.mp4").exists()


def test_a_case_becomes_clear_step_by_step(presente, case):
    for key, who in product(("lugar", "folio"), ("ana", "berta")):
        assert presente("case", "verify-fact", case, key, "--as", who)[0] == 0
    assert presente("case", "protection-order", case, "none", "--as", "ana")[0] == 0
    _, said, _ = presente(
        *("contact", "add", "Comisión de ejemplo", "800 028 7783", "--source", "página oficial"),
        *("--checked-on", date.today().isoformat(), "--as", "carla"),
    )
    contact = re.search(r"contact-\w+", said)[0]
    Path("acta.txt").write_text("prueba de ejemplo", encoding="utf-8")
    _, said, _ = presente(
        "case", "relative", case, "Madre de Ejemplo", "mother", "--proof", "acta.txt", "--as", "carla"
    )
    relative = re.search(r"relative-\w+", said)[0]
    _, said, _ = presente("consent", "ask", case, relative, *CHANNELS_AND_SCOPES, "--as", "carla")
    consent = re.search(r"consent-\w+", said)[0]
    assert presente("consent", "give", consent, "--proof", "acta.txt", "--as", "carla")[0] == 0
    for who in ("ana", "berta"):
        assert presente("contact", "verify", contact, "--as", who)[0] == 0
        assert presente("case", "verify-relative", case, relative, "--as", who)[0] == 0
        assert presente("consent", "verify", consent, "--as", who)[0] == 0
    code, said, _ = presente("case", "show", case, "--as", "ana")
    assert code == 0
    for words in ("ana, berta", "Madre", "el caso está abierto", "voz narradora"):
        assert words in said
    for code_word in ("mother", "Given", "head_motion", "none"):
        assert code_word not in said

    assert presente("consent", "withdraw", consent, "--as", "carla")[0] == 0
    code, _, said = presente("render", case, "--as", "carla", "--out", "v.mp4")
    assert code == 3
    assert said.count("•") == 1


def test_the_one_who_brought_a_fact_does_not_verify_it(presente, case):
    assert presente("case", "verify-fact", case, "folio", "--as", "carla")[0] == 2


def test_another_password_opens_nothing(presente, case, monkeypatch):
    monkeypatch.setenv("PRESENTE_PASSWORD", "otra frase larga distinta")
    assert presente("case", "show", case, "--as", "ana")[0] == 2


def test_the_log_is_checked_exported_and_checked_again_by_anyone(presente, case):
    assert presente("audit", "verify")[0] == 0
    assert presente("audit", "export", "log.jsonl", "--as", "ana")[0] == 0
    assert presente("audit", "verify", "log.jsonl")[0] == 0
    log = Path("log.jsonl").read_bytes()
    assert case.encode() in log
    assert b"Ciudad Inventada" not in log
    Path("log.jsonl").write_bytes(log.replace(b"carla", b"berta"))
    assert presente("audit", "verify", "log.jsonl")[0] == 4


def test_a_picture_of_nothing_of_ours_is_not_ours(presente):
    code, said, _ = presente("verify", PORTRAIT, "--json")
    assert code == 4
    report = json.loads(said)
    assert report["verdict"] == "not-ours"
    assert report["watermark"]["found"] is False
    assert report["manifest"] == {"state": "absent", "reasons": []}
    assert report["registry"] == {"status": "unknown"}
    assert set(report) == {"verdict", "watermark", "manifest", "label", "registry"}


@pytest.mark.parametrize("name, content", [
    ("nota.mp4", b"hola"), ("vacio.mp4", b""), ("lista.mp4", b"#EXTM3U\nhttp://example.invalid/a.ts\n"),
    ("red.mp4", b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n"),
])  # fmt: skip
def test_what_is_no_video_is_refused_in_words(presente, name, content):
    Path(name).write_bytes(content)
    code, _, said = presente("verify", name)
    assert code == 2
    assert said.strip()


@pytest.mark.parametrize("arguments", [
    ("render", "case-x", "--as", "ana", "--out", "v.mp4", "--engine", "fomm"),
    ("render", "case-x", "--as", "ana", "--out", "v.mp4", "--engine", "otro"),
    ("render", "case-x", "--as", "ana", "--out", "v.mp4", "--format", "redondo"),
    ("render", "case-x", "--as", "ana", "--out", "v.mp4", "--template", "ninguna"),
    ("render", "case-x", "--as", "ana", "--out", "v.mp4", "--driving", "no-esta.mp4"),
    ("render", "case-x", "--as", "ana", "--out", "v.mp4"),
    ("templates", "show", "ninguna"),
    ("verify", "no-esta.mp4"),
    ("verify",),
    ("case", "photo", "case-x", "no-esta.jpg", "--as", "ana"),
])  # fmt: skip
def test_what_a_person_can_mend_ends_with_two(presente, arguments):
    code, _, said = presente(*arguments)
    assert code == 2
    assert said.strip()


def test_a_photo_that_cannot_be_moved_is_not_kept(presente, case):
    Picture.new("RGB", (400, 400), "grey").save("gris.png")
    code, said, why = presente("case", "photo", case, "gris.png", "--as", "carla")
    assert code == 2
    assert "no sirve" in said
    assert why.strip()
    assert "evidence-" not in said


@pytest.mark.parametrize("arguments", [
    ("--out", "v.mov"), ("--out", "v"), ("--out", "no-esta/v.mp4"), ("--out", "carpeta.mp4"),
    ("--out", "x" * 300 + ".mp4"),
    ("--out", "v.mp4", "--fps", "24"), ("--out", "v.mp4", "--voice", "nadie"),
    ("--out", "v.mp4", "--driving", "/dev/zero"), ("--out", "v.mp4", "--driving", "carpeta.mp4"),
    ("--out", "v.mp4", "--driving", "guion.md", "--template", "serena"),
])  # fmt: skip
def test_an_order_that_cannot_be_carried_out_is_told_before_the_gate(presente, case, arguments):
    Path("carpeta.mp4").mkdir()
    code, _, said = presente("render", case, "--as", "carla", *arguments)
    assert code == 2
    assert said.strip()


@pytest.mark.parametrize("arguments", [
    ("templates", "record", "/dev/zero", "--name", "a", "--title", "b"),
    ("templates", "record", "guion.md", "--name", "../a", "--title", "b"),
    ("audit", "verify", "no-esta"), ("audit", "verify", "/dev/zero"), ("audit", "verify", "/proc/self/mem"),
    ("audit", "export", "no-esta/log", "--as", "ana"),
    ("people", "add", "dora", "volunteer"),
    ("demo", "--out", "guion.md"),
    ("verify", "/proc/self/mem"), ("verify", "/dev/zero"), ("verify", "."),
])  # fmt: skip
def test_files_that_are_none_end_with_two(presente, case, arguments):
    code, _, said = presente(*arguments)
    assert code == 2
    assert said.strip()


@pytest.mark.parametrize("variables", [
    {"PRESENTE_LANGUAGE": "fr"}, {"PRESENTE_HOME": "/dev/null/x"}, {"PRESENTE_DATABASE": "ninguna"},
])  # fmt: skip
def test_settings_that_cannot_be_are_told(presente, monkeypatch, variables):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    code, _, said = presente("case", "list", "--as", "ana")
    assert code == 2
    assert said.strip()


def test_an_empty_setting_is_none(monkeypatch):
    monkeypatch.setenv("PRESENTE_HOME", "")
    assert Settings().home.is_absolute()


def test_a_template_recorded_here_is_one_to_choose(presente, case):
    shipped = load_template("serena")
    save_template(
        shipped.track,
        Settings().templates / "propia.safetensors",
        name="propia", titles=shipped.titles, licence="x", source="x",
    )  # fmt: skip
    assert "propia" in presente("templates", "list")[1]
    assert presente("render", case, "--as", "carla", "--out", "v.mp4", "--template", "propia")[0] == 3


def test_a_name_commands_no_terminal(presente):
    name = "\x1b]0;mal\x07\u202egpj\udcff.mp4"
    Path(name).write_bytes(b"hola")
    code, out, err = presente("templates", "record", name, "--name", "a", "--title", "b")
    assert code == 2
    assert "\ufffd" in err
    assert not {"\x1b", "\x07", "\u202e", "\udcff"} & set(out + err)


def test_a_checkpoint_is_printed_so_that_it_can_be_kept(presente, case, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    code, said, _ = presente("audit", "checkpoint", "--as", "ana")
    assert code == 0
    Path("punto").write_text(said, encoding="utf-8")
    assert presente("audit", "verify", "--checkpoint", "punto")[0] == 0


def test_saying_no_to_an_erasure_is_stopping(presente, case, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    assert presente("case", "erase", case, "--as", "ana")[0] == 130
    assert presente("case", "show", case, "--as", "ana")[0] == 0


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1", "cp1252"])
def test_a_terminal_without_accents_still_hears(encoding, tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", "from portrait.cli import main; main()", "verify", str(tmp_path)],
        env={**os.environ, "PRESENTE_HOME": str(tmp_path / "home"), "PYTHONIOENCODING": encoding},
        capture_output=True, check=False,
    )  # fmt: skip
    assert told.returncode == 2
    assert b"Traceback" not in told.stderr
    assert b"examinar" in told.stderr


def test_help_and_lists_end_with_zero(presente):
    assert presente("--help")[0] == 0
    code, said, _ = presente("templates", "list")
    assert (code, "serena" in said) == (0, True)
    assert presente("templates", "show", "serena")[0] == 0
    assert presente("db", "upgrade")[0] == 0


def test_doctor_reports_every_part(presente):
    code, said, _ = presente("doctor", "--json")
    checks = json.loads(said)
    assert {check["state"] for check in checks} <= {"ok", "missing", "optional"}
    assert (code == 2) == any(check["state"] == "missing" for check in checks)
