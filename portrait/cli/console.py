"""What the command line shows: tables, progress by stage, and refusals without a traceback."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from portrait.errors import N_
from portrait.i18n import _, explain
from watermark.payload import format_render_id

if TYPE_CHECKING:  # loading these takes seconds, and most commands show none of them
    from consent.errors import Refused
    from consent.reasons import Reason
    from portrait.demo import Demonstration
    from portrait.doctor import Check
    from portrait.pipeline import Rendered
    from portrait.types import Progress as Report
    from portrait.types import QualityReport

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
    _print(out, _(message, **details))


def printable(text: str) -> str:
    """Replace what could command a terminal or mislead its reader: names and scripts come from anybody.

    Control characters (Cc) but line ends, invisible and direction-changing ones (Cf), lone surrogates (Cs).
    """
    return "".join(
        char if char == "\n" or unicodedata.category(char) not in {"Cc", "Cf", "Cs"} else "\ufffd"
        for char in text
    )


def _print(where: Console, text: str, style: str | None = None) -> None:
    """Wrap for a reader at a terminal; in a pipe or a file the lines stay whole."""
    where.print(Text(printable(text), style or ""), soft_wrap=not where.is_terminal)


def say_exactly(text: str) -> None:
    """Print text that will be copied, such as a key or a checkpoint: as it is, not wrapped."""
    out.print(Text(printable(text.removesuffix("\n"))), soft_wrap=True)


def say_json(value: Any) -> None:
    """Print `value` as one JSON document on standard output."""
    json.dump(value, sys.stdout, indent=2, default=str)  # in ASCII, which every terminal and pipe takes
    sys.stdout.write("\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; the cells are data and are shown as they are."""
    grid = Table(*columns)
    for row in rows:
        grid.add_row(*(Text(printable(cell)) for cell in row))
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
        [(_(check.name), _(check.state.value), check.found, _remedy(check)) for check in checks],
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
        _print(err, f"• {problem}")
        if remedy:
            _print(err, f"  → {remedy}")


def say_refusal(refused: Refused) -> None:
    """Print that the gate refuses, and why."""
    _print(err, _("This cannot be made yet:"), "bold")
    say_reasons(refused.reasons)


def say_error(error: Exception) -> None:
    """Print what happened and what to do next."""
    problem, remedy = explain(error)
    _print(err, problem, "bold")
    if remedy:
        _print(err, remedy)


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
