"""Renders run out of the page, in a process of their own; a folder each says how far they are.

renders/CASE/JOB/   order.json      what was asked, written once, by the page
                    progress.json   how far it is, by the worker, whole at every moment
                    stop            exists when somebody asked the worker to stop
                    video.mp4, video.srt, video.vtt, poster.jpg   when it is done
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import psutil

from consent.archive import utc_now
from consent.terms import Channel

ORDER, PROGRESS, STOP, VIDEO, POSTER = "order.json", "progress.json", "stop", "video.mp4", "poster.jpg"
_SAME = 5.0  # seconds by which two readings of a process's birth may differ when the clock is set


class JobState(StrEnum):
    """Where a job stands. LOST: its process is gone and did not say why."""

    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    STOPPED = "stopped"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody asked for."""

    case_id: str
    actor: str
    channels: tuple[Channel, ...]
    format: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A message that is translated by whoever shows it; has the attributes that `i18n.explain` reads."""

    problem: str
    remedy: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finished:
    """What a job made. verdict: of `watermark.verify`, on the finished file; notes are message ids."""

    render_id: int
    duration: float
    verdict: str
    sentence: str
    reason: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. stages: (message id, 0..1) in the order they began."""

    state: JobState
    pid: int
    born: float
    stages: tuple[tuple[str, float], ...] = ()
    told: tuple[Sentence, ...] = ()
    finished: Finished | None = None

    def save(self, folder: Path) -> None:
        """Write it, complete or not at all."""
        passing = folder / f"{PROGRESS}.new"
        passing.write_text(json.dumps(asdict(self), default=str), encoding="utf-8")
        passing.replace(folder / PROGRESS)


@dataclass(frozen=True, slots=True)
class Job:
    """A render that was asked for, and where it stands."""

    folder: Path
    progress: Progress

    @property
    def state(self) -> JobState:
        """Where it stands, noticing a process that is gone."""
        if self.progress.state is JobState.RUNNING and not _alive(self.progress):
            return JobState.LOST
        return self.progress.state

    @property
    def stopping(self) -> bool:
        """Whether somebody asked it to stop."""
        return (self.folder / STOP).exists()

    def stop(self) -> None:
        """Ask the worker to stop at its next breath; nothing half-written remains."""
        (self.folder / STOP).touch()


def start(home: Path, order: Order) -> None:
    """Start a worker for `order`; it lives on when the page or the browser is closed."""
    folder = prepare(home, order)
    with (folder / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "ui.worker", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    Progress(JobState.RUNNING, worker.pid, _birth(worker.pid)).save(folder)
    threading.Thread(target=worker.wait, name="presente-reaper", daemon=True).start()


def prepare(home: Path, order: Order) -> Path:
    """Make the private folder of a job with its order in it; names rise with time."""
    folder = _case_folder(home, order.case_id) / f"{utc_now():%Y%m%d%H%M%S}-{secrets.token_hex(3)}"
    folder.mkdir(mode=0o700, parents=True)
    (folder / ORDER).write_text(json.dumps(asdict(order)), encoding="utf-8")
    return folder


def this_process() -> Progress:
    """Return the progress of a job that this process has begun."""
    return Progress(JobState.RUNNING, os.getpid(), _birth(os.getpid()))


def latest(home: Path, case_id: str) -> Job | None:
    """Return the last job of a case."""
    for folder in sorted(_case_folder(home, case_id).glob("*/"), reverse=True):
        if (folder / PROGRESS).exists():
            return Job(folder, read_progress(folder))
    return None


def read_order(folder: Path) -> Order:
    """Read what was asked."""
    value = json.loads((folder / ORDER).read_text(encoding="utf-8"))
    return Order(value["case_id"], value["actor"], tuple(map(Channel, value["channels"])), value["format"])


def read_progress(folder: Path) -> Progress:
    """Read how far a job is."""
    value = json.loads((folder / PROGRESS).read_text(encoding="utf-8"))
    finished = value["finished"]
    stages: Sequence[tuple[str, float]] = value["stages"]
    return Progress(
        state=JobState(value["state"]),
        pid=value["pid"],
        born=value["born"],
        stages=tuple((name, fraction) for name, fraction in stages),
        told=tuple(Sentence(**sentence) for sentence in value["told"]),
        finished=None if finished is None else Finished(**{**finished, "notes": tuple(finished["notes"])}),
    )


def _case_folder(home: Path, case_id: str) -> Path:
    return home / "renders" / case_id


def _alive(progress: Progress) -> bool:
    """Whether the worker still runs: that process, not a later one with its number."""
    born = _birth(progress.pid)
    return born > 0 and abs(born - progress.born) < _SAME


def _birth(pid: int) -> float:
    """When a process began, in seconds; 0 when there is none, or only what is left of it."""
    try:
        process = psutil.Process(pid)
        return 0.0 if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return 0.0
