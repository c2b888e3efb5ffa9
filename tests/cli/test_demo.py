"""The demonstration as a newcomer runs it, and stopped midway with a real Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

PRESENTE = [sys.executable, "-c", "from portrait.cli import main; main()"]
PATIENCE = 240  # seconds, for a machine that is busy with other tests


@pytest.fixture
def environment(tmp_path):
    """A machine without an archive and without Kokoro's voices."""
    return {**os.environ, "PRESENTE_HOME": str(tmp_path / "home"), "PRESENTE_VOICES": str(tmp_path / "none")}


@pytest.mark.slow
def test_the_demonstration_ends_with_a_verified_video_even_without_voices(environment, tmp_path):
    out = tmp_path / "out"
    command = [*PRESENTE, "demo", "--out", str(out), "--json"]
    ran = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["verify"]["verdict"] == "ours-active"
    assert told["verify"]["label"]["kind"] == "demonstration"
    assert any("espeak-ng" in note for note in told["notes"])
    assert {path.name for path in out.iterdir()} == {"demo.mp4", "demo.srt", "demo.vtt", "demo-reference.mp4"}

    again = [*PRESENTE, "verify", str(out / "demo.mp4")]
    assert (
        subprocess.run(again, env=environment, capture_output=True, timeout=PATIENCE, check=False).returncode
        == 0
    )


@pytest.mark.slow
@pytest.mark.parametrize("request_to_stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopping_leaves_nothing_half_written_and_no_traceback(environment, tmp_path, request_to_stop):
    out = tmp_path / "out"
    out.mkdir()
    command = [*PRESENTE, "demo", "--out", str(out)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as running:
        end = time.monotonic() + PATIENCE
        while not list(out.glob(".presente-*")) and running.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        running.send_signal(request_to_stop)
        _, said = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130, said
    assert "Traceback" not in said
    assert "Detenido" in said
    assert not list(out.iterdir())
