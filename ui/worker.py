"""`python -m ui.worker FOLDER`: one render, asked for by a page and told to it through the folder.

Everything `presente render` does, through the same functions; the gate is asked here, by this process.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import av
from PIL import Image as Picture

from consent import evidence, gate
from consent.archive import Archive, open_archive
from consent.errors import ArchiveError, Refused
from consent.evidence import EvidenceKind
from portrait import desk
from portrait.check import check
from portrait.compose.presets import choose_preset
from portrait.demo import VERIFYING
from portrait.errors import Cancelled, StudioError
from portrait.pipeline import Order, Rendered, render
from portrait.seal import open_seal
from portrait.settings import Settings
from portrait.speech.choose import choose_voice
from ui import jobs, motions
from ui.jobs import Finished, JobState, Sentence
from ui.pictures import grey
from watermark.errors import SealError

_EVERY = 0.25  # seconds between two writings of the progress
_POSTER_AT = 1.0  # seconds into the video


class Desk:
    """Tells the page how far the work is, and hears whether it should stop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._progress = jobs.this_process()
        self._stages: dict[str, float] = {}
        self._written = 0.0

    def report(self, stage: str, fraction: float) -> None:
        """Note how far a stage is; raises Cancelled once somebody asked to stop."""
        if (self.folder / jobs.STOP).exists():
            raise Cancelled
        begins = stage not in self._stages
        self._stages[stage] = fraction
        if begins or fraction >= 1 or time.monotonic() - self._written > _EVERY:
            self._save(JobState.RUNNING)

    def done(self, finished: Finished) -> None:
        """Say that everything is there."""
        self._progress = replace(self._progress, finished=finished)
        self._save(JobState.DONE)

    def gave_up(self, state: JobState, *told: Sentence) -> None:
        """Say why there is no video."""
        self._progress = replace(self._progress, told=told)
        self._save(state)

    def _save(self, state: JobState) -> None:
        self._written = time.monotonic()
        self._progress = replace(self._progress, state=state, stages=tuple(self._stages.items()))
        self._progress.save(self.folder)


def main() -> None:
    """Work through the order in the folder given; whatever happens, the page hears of it."""
    logging.basicConfig(level=logging.WARNING)
    desk_side = Desk(Path(sys.argv[1]))
    try:
        desk_side.done(make(desk_side))
    except Cancelled as stopped:
        desk_side.gave_up(JobState.STOPPED, _sentence(stopped))
    except Refused as refused:
        desk_side.gave_up(JobState.REFUSED, *map(_sentence, refused.reasons))
    except (StudioError, ArchiveError, SealError) as error:
        desk_side.gave_up(JobState.FAILED, _sentence(error))
    except BaseException:
        desk_side.gave_up(JobState.FAILED, _sentence(StudioError()))
        raise


def make(desk_side: Desk) -> Finished:
    """Render, verify and take the still; raises what the pipeline raises."""
    settings = Settings()
    folder, order = desk_side.folder, jobs.read_order(desk_side.folder)
    with (
        open_archive(settings.home, url=settings.database, passphrase=settings.passphrase) as archive,
        tempfile.TemporaryDirectory(prefix=".motion-", dir=folder) as private,
    ):
        made = _render(archive, settings, order, Path(private), desk_side)
        desk_side.report(VERIFYING, 0.0)
        report = check(made.path, archive=archive, seal=open_seal(settings.keys))
        desk_side.report(VERIFYING, 1.0)
    _save_still(made.path, folder / jobs.POSTER)
    return Finished(
        render_id=made.render_id,
        duration=made.duration,
        verdict=report.verdict.value,
        sentence=report.sentence,
        reason=report.reason.value,
        notes=made.notes,
    )


def _render(
    archive: Archive, settings: Settings, order: jobs.Order, private: Path, desk_side: Desk
) -> Rendered:
    actor = order.actor
    material = desk.material_of(archive, order.case_id, actor=actor)
    kept = evidence.list_evidence(archive, order.case_id, actor=actor)
    motion = [item for item in kept if item.kind is EvidenceKind.MOTION][-1]
    reference = motions.put_into(private, archive, motion, actor=actor)
    language = material.script.language
    request = desk.request_for(order.case_id, material, reference, order.channels, actor=actor)
    return render(
        Order(
            material,
            reference,
            choose_preset(order.format),
            desk.closing_card(archive, order.case_id, language, actor=actor),
            desk_side.folder / jobs.VIDEO,
        ),
        gate.clear(archive, request),
        archive=archive,
        seal=open_seal(settings.keys),
        voice=choose_voice(language, voices_dir=settings.voices),
        progress=desk_side.report,
    )


def _sentence(cause: object) -> Sentence:
    """Keep what an error or a reason says, to be translated where it is shown."""
    details = {name: value if isinstance(value, int | float) else str(value)
               for name, value in getattr(cause, "details", {}).items()}  # fmt: skip
    return Sentence(getattr(cause, "problem", ""), getattr(cause, "remedy", ""), details)


def _save_still(video: Path, out: Path) -> None:
    """Write one frame of the finished video, label included, in greyscale."""
    with av.open(str(video)) as container:
        frames = container.decode(video=0)
        frame = next(frame for frame in frames if frame.time is not None and frame.time >= _POSTER_AT)
        Picture.fromarray(grey(frame.to_ndarray(format="rgb24"))).save(out, quality=85)


if __name__ == "__main__":
    main()
