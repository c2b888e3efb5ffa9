"""Who is at the keyboard, and the archive they opened."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from consent import accounts, retention
from consent.archive import Archive, open_archive
from consent.errors import CodeNeeded
from portrait.cli import console
from portrait.errors import N_, StudioError
from portrait.i18n import _
from portrait.settings import Settings

Actor = Annotated[
    str, typer.Option("--as", metavar="HANDLE", envvar="PRESENTE_ACTOR", help=_("Who is doing this."))
]


def only_file(path: Path | None) -> Path | None:
    """Accept a regular file, or none: a pipe or a device may never end."""
    if path is not None and not path.is_file():
        raise typer.BadParameter(_("{name} is not a file.", name=console.printable(path.name)))
    return path


File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, callback=only_file)]


class PasswordNeeded(StudioError):  # noqa: N818 - reads as what it is
    """There is nobody to ask for a password."""

    problem = N_("The password of {handle} is needed, and there is nobody to ask.")
    remedy = N_("Run this in a terminal, or give it in PRESENTE_PASSWORD.")


class CodeMissing(StudioError):  # noqa: N818
    """There is nobody to ask for a code."""

    problem = N_("The code of {handle} is needed, and there is nobody to ask.")
    remedy = N_("Run this in a terminal, or give it in PRESENTE_TOTP.")


@contextmanager
def archive() -> Iterator[Archive]:
    """Open the archive of this machine's settings."""
    settings = Settings()
    with open_archive(settings.home, url=settings.database, passphrase=settings.passphrase) as opened:
        retention.enforce(opened)
        yield opened


@contextmanager
def signed_in(actor: str) -> Iterator[Archive]:
    """Open the archive as `actor`, who proves it with a password (asked for, or PRESENTE_PASSWORD)."""
    with archive() as opened:
        password = os.environ.get("PRESENTE_PASSWORD") or _ask(_("Password of {handle}", handle=actor), actor)
        _authenticate(opened, actor, password)
        yield opened


def new_password(handle: str) -> str:
    """Ask twice for the password of a new account, or take it from PRESENTE_NEW_PASSWORD."""
    given = os.environ.get("PRESENTE_NEW_PASSWORD")
    return given or _ask(_("New password for {handle}", handle=handle), handle, twice=True)


def another_code(handle: str) -> str:
    """Ask for a code of the telephone in force that was not used yet."""
    return _ask_code(_("Another code of {handle}, or a recovery code", handle=handle), handle)


def recovery_word() -> str:
    """Ask for the word that two coordinators gave."""
    return _ask_code(_("The word that two coordinators gave you"), _("your account"))


def _authenticate(opened: Archive, actor: str, password: str) -> None:
    """Check the password, and the code where the account has a telephone (asked for, or PRESENTE_TOTP)."""
    try:
        accounts.authenticate(opened, actor, password, os.environ.get("PRESENTE_TOTP"))
    except CodeNeeded:
        code = _ask_code(_("Code of {handle}", handle=actor), actor)
        accounts.authenticate(opened, actor, password, code)


def _ask_code(prompt: str, handle: str) -> str:
    if not sys.stdin.isatty():
        raise CodeMissing(handle=handle)
    return str(typer.prompt(prompt, hide_input=True, err=True))


def _ask(prompt: str, handle: str, *, twice: bool = False) -> str:
    if not sys.stdin.isatty():
        raise PasswordNeeded(handle=handle)
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True))
