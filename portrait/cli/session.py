"""Who is at the keyboard, and the archive they opened."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from consent import accounts
from consent.archive import Archive, open_archive
from portrait.errors import N_, StudioError
from portrait.i18n import _
from portrait.settings import Settings

Actor = Annotated[
    str, typer.Option("--as", metavar="HANDLE", envvar="PRESENTE_ACTOR", help=_("Who is doing this."))
]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]


class PasswordNeeded(StudioError):  # noqa: N818 - reads as what it is
    """There is nobody to ask for a password."""

    problem = N_("The password of {handle} is needed, and there is nobody to ask.")
    remedy = N_("Run this in a terminal, or give it in PRESENTE_PASSWORD.")


@contextmanager
def archive() -> Iterator[Archive]:
    """Open the archive of this machine's settings."""
    settings = Settings()
    with open_archive(settings.home, url=settings.database, passphrase=settings.passphrase) as opened:
        yield opened


@contextmanager
def signed_in(actor: str) -> Iterator[Archive]:
    """Open the archive as `actor`, who proves it with a password (asked for, or PRESENTE_PASSWORD)."""
    with archive() as opened:
        password = os.environ.get("PRESENTE_PASSWORD") or _ask(_("Password of {handle}", handle=actor), actor)
        accounts.authenticate(opened, actor, password)
        yield opened


def new_password(handle: str) -> str:
    """Ask twice for the password of a new account, or take it from PRESENTE_NEW_PASSWORD."""
    given = os.environ.get("PRESENTE_NEW_PASSWORD")
    return given or _ask(_("New password for {handle}", handle=handle), handle, twice=True)


def _ask(prompt: str, handle: str, *, twice: bool = False) -> str:
    if not sys.stdin.isatty():
        raise PasswordNeeded(handle=handle)
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True))
