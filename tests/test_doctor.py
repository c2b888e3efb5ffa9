"""`presente doctor`: right about what is here, about what is not, and about what to do."""

import subprocess
import sys
from importlib import metadata

import pytest
from packaging.requirements import Requirement

from portrait.doctor import (
    State,
    check_extra,
    check_fomm_engine,
    check_home,
    check_library,
    check_voices,
    examine,
)
from portrait.errors import N_
from portrait.i18n import _, use_language


@pytest.fixture(scope="module")
def checks(tmp_path_factory):
    home = tmp_path_factory.mktemp("doctor") / "not made yet"
    found = {check.name: check for check in examine(home, home / "voices")}
    assert not home.exists()  # looking changes nothing
    return found


def test_a_whole_installation_lacks_nothing(checks):
    room = {N_("Free disk space"), N_("Free memory")}  # of the machine, not of the installation
    missing = {check.name for check in checks.values() if check.state is State.MISSING}
    assert missing <= room
    for name in ("Python", "torch", "mediapipe", "ffmpeg", "espeak-ng", "C2PA", N_("Engine: warp")):
        assert checks[name].state is State.OK
        assert checks[name].found


def test_every_core_library_is_looked_at(checks):
    core = {Requirement(line).name for line in metadata.requires("presente") if "extra ==" not in line}
    assert core <= set(checks)


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_line_can_be_said(language, checks):
    use_language(language)
    for check in checks.values():
        assert "{" not in _(check.name) + _(check.remedy, **check.details) if check.remedy else _(check.name)
    use_language("es")


def test_what_is_missing_says_what_to_do():
    for line in ("no-such-library>=1", "numpy>=99"):
        check = check_library(Requirement(line))
        assert check.state is State.MISSING
        assert check.remedy
    assert check_library(Requirement("numpy")).state is State.OK


def test_an_extra_is_there_or_optional():
    dev = check_extra("dev")
    assert dev.state is State.OK
    assert "pytest" in dev.found
    assert check_extra("coqui").state in (State.OK, State.OPTIONAL)


def test_voices_are_compared_with_their_digests(tmp_path):
    assert check_voices(tmp_path).state is State.OPTIONAL
    (tmp_path / "ef_dora.bin").write_bytes(b"not a voice")
    damaged = check_voices(tmp_path)
    assert damaged.state is State.MISSING
    assert damaged.details == {"voices": "ef_dora"}


def test_a_home_that_cannot_be_written_is_told(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    assert check_home(blocked / "home").state is State.MISSING
    assert check_home(tmp_path / "new" / "home").state is State.OK
    assert list(tmp_path.iterdir()) == [blocked]


def test_weights_of_the_network_are_found(tmp_path):
    assert check_fomm_engine(tmp_path).state is State.OPTIONAL
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "vox-256.safetensors").write_bytes(b"")
    assert check_fomm_engine(tmp_path).found == "vox-256.safetensors"


def test_it_loads_neither_torch_nor_mediapipe():
    """Both take longer to load than the whole examination."""
    program = (
        "import sys; from pathlib import Path; from portrait.doctor import examine; "
        "examine(Path('nowhere'), Path('nowhere')); "
        "sys.exit(bool({'torch', 'mediapipe'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
