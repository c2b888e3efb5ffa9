"""What the command line shows: tables, progress by stage, and refusals without a traceback."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from consent.errors import Refused
from consent.reasons import Reason
from portrait.demo import Demonstration
from portrait.doctor import Check
from portrait.errors import N_
from portrait.i18n import _, explain
from portrait.pipeline import Rendered
from portrait.types import Progress as Report
from portrait.types import QualityReport
from watermark.payload import format_render_id

STAGE_NAMES = {
    "reference": N_("Reference video"),
    "archive": N_("Archive and consent"),
    "narrate": N_("Narration"),
    "track": N_("Tracking"),
    "prepare": N_("Photograph"),
    "animate": N_("Motion"),
    "compose": N_("Composition"),
    "mark": N_("Watermark"),
    "encode": N_("Encode"),
    "sign": N_("Signature"),
    "verify": N_("Verification"),
}
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def say(message: str, **details: object) -> None:
    """Print a translated message."""
    out.print(_(message, **details), markup=False)


def say_json(value: Any) -> None:
    """Print `value` as one JSON document on standard output."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False, default=str)
    sys.stdout.write("\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; the cells are data and are shown as they are."""
    grid = Table(*columns)
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    out.print(grid)


def say_quality(report: QualityReport) -> None:
    """Print the findings about a photograph, each with its verdict."""
    table(
        (_("What was looked at"), _("Verdict")),
        [(_(f.sentence, value=f.value), _(f.verdict.value)) for f in report.findings],
    )
    say(_("All in all: {verdict}."), verdict=_(report.verdict.value))


def say_checks(checks: Iterable[Check]) -> None:
    """Print what is installed, what is missing and what to do."""
    table(
        (_("Part"), _("State"), _("Found"), _("What to do")),
        [
            (_(c.name), _(c.state.value), c.found, _(c.remedy, **c.details) if c.remedy else "")
            for c in checks
        ],
    )


def _remedy(check: Check) -> str:
    return _(check.remedy, **check.details) if check.remedy else ""


def say_rendered(rendered: Rendered) -> None:
    """Print where the video is, its id, and what a person should know about it."""
    say(_("Video: {path} ({seconds:.0f} s)"), path=str(rendered.path), seconds=rendered.duration)
    say(_("Render id: {id}"), id=format_render_id(rendered.render_id))
    for note in rendered.notes:
        say(note)


def say_demonstration(made: Demonstration) -> None:
    """Print the demonstration's video, verdict, seconds by stage and memory."""
    say_rendered(made.rendered)
    say(made.report.sentence)
    say(made.report.reason.value)
    table(
        (_("Stage"), _("Seconds")),
        [(_(STAGE_NAMES[name]), f"{spent:.1f}") for name, spent in made.seconds.items()],
    )
    say(
        _("{wall:.0f} s in all (stages overlap); peak memory {memory:.0f} MiB."),
        wall=made.wall, memory=made.peak_memory,
    )  # fmt: skip


def say_reasons(reasons: Iterable[Reason]) -> None:
    """Print every reason of a refusal, and what would lift it."""
    for reason in reasons:
        problem, remedy = explain(reason)
        err.print(f"• {problem}", markup=False)
        if remedy:
            err.print(f"  → {remedy}", markup=False)


def say_refusal(refused: Refused) -> None:
    """Print that the gate refuses, and why."""
    err.print(_("This cannot be made yet:"), style="bold", markup=False)
    say_reasons(refused.reasons)


def say_error(error: Exception) -> None:
    """Print what happened and what to do next."""
    problem, remedy = explain(error)
    err.print(problem, style="bold", markup=False)
    if remedy:
        err.print(remedy, markup=False)


@contextmanager
def stages(*, quiet: bool = False) -> Iterator[Report]:
    """Show one bar a stage on standard error; hands out the callback that the pipeline reports to."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, disable=quiet) as bars:
        tasks: dict[str, Any] = {}

        def report(stage: str, fraction: float) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(_(stage), total=1.0)
            bars.update(tasks[stage], completed=fraction)

        yield report
