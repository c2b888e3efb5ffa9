"""The command's entrance: language, sub-commands, and what becomes of an error."""

from __future__ import annotations

import io
import logging
import sys
import traceback
from pathlib import Path

import typer
from sqlalchemy.exc import ArgumentError, OperationalError

from consent.errors import ArchiveError, Refused, StoreUnreachable
from portrait.cli import console
from portrait.errors import N_, Cancelled, MissingPart, StudioError
from portrait.i18n import use_language
from portrait.settings import Settings
from portrait.signals import stop_in_good_order
from watermark.errors import SealError

MENDABLE, REFUSED, STOPPED = 2, 3, 130
_ABORTED = 1  # Typer's code for a "no" to a question, and for a reader that went away
_ROOT = Path(__file__).parents[2]


class FileTrouble(StudioError):  # noqa: N818 - reads as what it is
    """The file system refuses something nobody else explains."""

    problem = N_("A file or folder cannot be used: {name} ({reason}).")
    remedy = N_("Check that it exists, that you may read and write it, and that the disk has room.")


class Unforeseen(StudioError):  # noqa: N818
    """A fault of the program; `what` is the kind of error and the line, never its words."""

    problem = N_("Something went wrong that nobody foresaw: {what}.")
    remedy = N_("Run `presente doctor`. If it happens again, report this line; it names nobody.")


def build() -> typer.Typer:
    """Assemble the command in the language in force; help texts are translated here."""
    from portrait.cli import archive, family, making, media, vault  # noqa: PLC0415 - their help texts are translated on import

    app = typer.Typer(
        name="presente", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )
    for room in (making, media, archive, family, vault):
        room.register(app)
    return app


def main() -> None:
    """Run `presente` with the arguments of this process."""
    logging.basicConfig(level=logging.WARNING)
    stop_in_good_order()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without accents is no reason to stop
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; errors are told, never shown as a traceback."""
    try:
        use_language(Settings().language)
        build()(arguments)
    except SystemExit as finished:  # Typer's own way to end, for --help, --json, wrong usage and Ctrl-C
        if finished.code in (_ABORTED, STOPPED):
            console.say_error(Cancelled())
            return STOPPED
        return finished.code if isinstance(finished.code, int) else 0
    except (KeyboardInterrupt, Cancelled):
        console.say_error(Cancelled())
        return STOPPED
    except Refused as refused:
        console.say_refusal(refused)
        return REFUSED
    except Exception as error:  # noqa: BLE001 - the last to see it; nobody is shown a traceback
        console.say_error(_typed(error))
        return MENDABLE
    return 0


def _typed(error: Exception) -> Exception:
    """Return `error` if it can explain itself, and one that says as much as may be said otherwise."""
    if isinstance(error, StudioError | ArchiveError | SealError):
        return error
    if isinstance(error, OperationalError | ArgumentError):  # a full disk midway; an address that is none
        return StoreUnreachable()
    if isinstance(error, ModuleNotFoundError):
        return MissingPart(part=error.name, command="uv pip install -c constraints.txt -e .")
    if isinstance(error, OSError) and error.strerror:
        return FileTrouble(name=Path(str(error.filename or "")).name or "…", reason=error.strerror)
    return Unforeseen(what=f"{type(error).__name__}, {_place(error)}")


def _place(error: Exception) -> str:
    """Where in our own code it happened. What an error says may name a person; where it happened does not."""
    places = ((Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__))
    ours = [f"{path.relative_to(_ROOT)}:{line}" for path, line in places if _is_ours(path)]
    return ours[-1] if ours else "?"


def _is_ours(path: Path) -> bool:
    return any(_ROOT / package in path.parents for package in ("portrait", "consent", "watermark"))
