"""The command's entrance: language, sub-commands, and what becomes of an error."""

from __future__ import annotations

import logging
import sys

import typer

from consent.errors import ArchiveError, Refused
from portrait.cli import console
from portrait.errors import Cancelled, StudioError
from portrait.i18n import use_language
from portrait.settings import Settings
from watermark.errors import SealError

MENDABLE, REFUSED, STOPPED = 2, 3, 130


def build() -> typer.Typer:
    """Assemble the command in the language in force; help texts are translated here."""
    from portrait.cli import archive, family, making, media  # noqa: PLC0415 - their help texts are translated on import

    app = typer.Typer(
        name="presente", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )
    for room in (making, media, archive, family):
        room.register(app)
    return app


def main() -> None:
    """Run `presente` with the arguments of this process."""
    logging.basicConfig(level=logging.WARNING)
    use_language(Settings().language)
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; errors are told, never shown as a traceback."""
    try:
        build()(arguments)
    except SystemExit as finished:  # Typer's own way to end, for --help, --json, wrong usage and Ctrl-C
        if finished.code == STOPPED:
            console.say_error(Cancelled())
        return finished.code if isinstance(finished.code, int) else 0
    except Cancelled as stopped:
        console.say_error(stopped)
        return STOPPED
    except Refused as refused:
        console.say_refusal(refused)
        return REFUSED
    except (StudioError, ArchiveError, SealError) as error:
        console.say_error(error)
        return MENDABLE
    return 0
