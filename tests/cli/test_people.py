"""`presente people`: telephones, coming back in, links and viewers on the command line."""

from __future__ import annotations

import re

import pyotp
import pytest

from consent.archive import open_archive
from tests.consent import story

PASSWORD = "una frase larga de prueba"


@pytest.fixture
def team(presente):
    for handle, role in (("ana", "coordinator"), ("berta", "coordinator"), ("carla", "coordinator")):
        assert presente("people", "add", handle, role, "--as", "ana")[0] == 0
    return presente


def secret_of(said: str) -> str:
    return pyotp.parse_uri(re.search(r"otpauth://\S+", said)[0]).secret


def test_a_telephone_is_enrolled_and_needed_from_then_on(team, monkeypatch):
    code, said, _ = team("people", "totp", "--as", "ana")
    assert code == 0
    assert "█" in said or "▄" in said
    telephone = pyotp.TOTP(secret_of(said))
    assert team("people", "totp", "--code", "000000x", "--as", "ana")[0] == 2
    code, said, _ = team("people", "totp", "--code", telephone.now(), "--as", "ana")
    assert code == 0
    spare = re.findall(r"^(?:\w{4}-){3}\w{4}$", said, re.MULTILINE)
    assert len(spare) == 10
    code, _, said = team("people", "list", "--as", "ana")
    assert code == 2
    assert "PRESENTE_TOTP" in said
    monkeypatch.setenv("PRESENTE_TOTP", spare[0])
    assert team("people", "list", "--as", "ana")[0] == 0
    assert team("people", "list", "--as", "ana")[0] == 2
    assert team("audit", "verify")[0] == 0


def test_two_coordinators_let_a_third_back_in(team, monkeypatch):
    code, said, _ = team("people", "recover", "carla", "--as", "ana")
    assert (code, "segunda" in said or "Otra" in said) == (0, True)
    assert team("people", "recover", "carla", "--as", "ana")[0] == 2
    code, said, _ = team("people", "recover", "carla", "--as", "berta")
    assert code == 0
    monkeypatch.setenv("PRESENTE_RECOVERY", said.splitlines()[-1])
    monkeypatch.setenv("PRESENTE_NEW_PASSWORD", "otra frase larga de prueba")
    assert team("people", "reset")[0] == 0
    assert team("people", "reset")[0] == 2
    assert team("people", "list", "--as", "carla")[0] == 2
    monkeypatch.setenv("PRESENTE_PASSWORD", "otra frase larga de prueba")
    assert team("people", "list", "--as", "carla")[0] == 0


def test_a_link_and_a_viewer_for_a_relative(team, tmp_path):
    with open_archive(tmp_path / "home") as archive:
        for handle in (story.VOLUNTEER, story.SECOND, story.THIRD):
            story.accounts.create(archive, handle, story.Role.VOLUNTEER, actor="ana")
        case = story.cases.open_case(
            archive, actor=story.VOLUNTEER, disappeared=story.date(2021, 5, 18), minor=False
        ).id
        relative = story.new_relative(archive, case)
        consent = story.ask(archive, case, relative).id
    code, said, _ = team("people", "link", case, relative, consent, "--as", "ana")
    assert code == 0
    assert re.search(r"^/familia/[\w-]{43}$", said, re.MULTILINE)
    code, said, _ = team(
        "people", "link", case, relative, consent, "--site", "https://ejemplo.mx/", "--as", "ana"
    )
    assert code == 0
    assert re.search(r"^https://ejemplo\.mx/familia/[\w-]{43}$", said, re.MULTILINE)
    assert "█" in said or "▄" in said
    assert team("people", "link", case, relative, consent, "--hours", "1000", "--as", "ana")[0] == 2
    code, said, _ = team("people", "viewer", case, relative, "mira-uno", "--as", "ana")
    assert (code, "mira-uno" in said) == (0, True)
    assert team("people", "list", "--as", "mira-uno")[0] == 0
