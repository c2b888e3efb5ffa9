"""A render out of the page: it says how far it is, hears a stop, and a dead one is noticed."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from consent import accounts, registry
from consent.accounts import Role
from consent.archive import open_archive
from consent.halting import RenderState
from consent.terms import Channel
from portrait import demo
from tests.ui import story
from ui import jobs
from ui.jobs import Finished, Job, JobState, Order, Progress, Sentence

FIRST = "coord-uno"
ORDER = Order("case-x", "vol-uno", (Channel.LOCAL,), "vertical")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_progress_is_read_as_it_was_written(folder):
    progress = Progress(
        JobState.DONE,
        pid=7,
        born=12.5,
        stages=(("Signing", 1.0),),
        told=(Sentence("The case has no {kind} yet.", "", {"kind": "photo"}),),
        finished=Finished(2**55, 6.0, "ours-active", "Yes.", "It is.", ("a note",)),
    )
    progress.save(folder)
    assert jobs.read_progress(folder) == progress


def test_a_process_that_is_gone_is_noticed(folder):
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    assert Job(folder, Progress(JobState.RUNNING, done.pid, born=1.0)).state is JobState.LOST
    assert Job(folder, Progress(JobState.DONE, done.pid, born=1.0)).state is JobState.DONE


def test_another_process_with_the_same_number_is_not_the_worker(folder):
    ours = jobs.this_process()
    assert Job(folder, ours).state is JobState.RUNNING
    assert Job(folder, replace(ours, born=ours.born - 3600)).state is JobState.LOST


def work(home: Path, folder: Path) -> jobs.Progress:
    """Run a worker to its end on an order that lies in `folder`."""
    environment = {"PRESENTE_HOME": str(home), "PRESENTE_VOICES": str(home / "none")}
    root = Path(jobs.__file__).parents[1]
    subprocess.run(
        [sys.executable, "-m", "ui.worker", str(folder)], cwd=root, env=environment, timeout=120, check=True
    )
    return jobs.read_progress(folder)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def archive(home: Path):
    with open_archive(home) as opened:
        accounts.create(opened, FIRST, Role.COORDINATOR)
        story.people(opened, by=FIRST)
        yield opened


def ordered(home: Path, case_id: str) -> Path:
    return jobs.prepare(home, Order(case_id, demo.VOLUNTEER, (Channel.LOCAL,), "vertical"))


def test_a_refusal_comes_back_with_every_reason(archive, home):
    case_id = story.demonstration(archive, home)
    progress = work(home, ordered(home, case_id))
    assert progress.state is JobState.REFUSED
    assert [told.problem for told in progress.told] == ["Nobody of the family has been asked yet."]


def test_a_stop_is_heard_and_nothing_half_written_remains(archive, home):
    case_id = story.demonstration(archive, home)
    story.permitted(archive, case_id)
    folder = ordered(home, case_id)
    Job(folder, jobs.this_process()).stop()
    assert work(home, folder).state is JobState.STOPPED
    assert {path.name for path in folder.iterdir()} == {jobs.ORDER, jobs.PROGRESS, jobs.STOP}
    renders = registry.list_renders(archive, case_id, actor=demo.VOLUNTEER)
    assert [render.state for render in renders] == [RenderState.FAILED]
