"""The command in an archive of its own."""

from __future__ import annotations

import pytest

from portrait.cli.app import run
from portrait.i18n import use_language


@pytest.fixture
def presente(tmp_path, monkeypatch, capsys):
    """Run one command line in an archive of its own; returns (exit code, stdout, stderr)."""
    monkeypatch.setenv("PRESENTE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PRESENTE_VOICES", str(tmp_path / "no-voices"))
    monkeypatch.setenv("PRESENTE_PASSWORD", "una frase larga de prueba")
    monkeypatch.setenv("PRESENTE_NEW_PASSWORD", "una frase larga de prueba")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    use_language("es")

    def call(*arguments):
        code = run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return call
