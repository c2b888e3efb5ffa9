"""Who is at the keyboard, and the archive they opened."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from consent import accounts
from consent.archive import Archive, open_archive
from portrait.i18n import _
from portrait.settings import Settings

Actor = Annotated[
    str, typer.Option("--as", metavar="HANDLE", envvar="PRESENTE_ACTOR", help=_("Who is doing this."))
]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]


@contextmanager
def archive() -> Iterator[Archive]:
    """Open the archive of this machine's settings.

    A passphrase in PRESENTE_PASSPHRASE opens an archive whose master key is not kept in a file.
    """
    settings = Settings()
    passphrase = os.environ.get("PRESENTE_PASSPHRASE")
    with open_archive(
        settings.home, url=settings.database, passphrase=passphrase.encode() if passphrase else None
    ) as opened:
        yield opened


@contextmanager
def signed_in(actor: str) -> Iterator[Archive]:
    """Open the archive as `actor`, who proves it with a password (asked for, or PRESENTE_PASSWORD)."""
    with archive() as opened:
        password = os.environ.get("PRESENTE_PASSWORD") or typer.prompt(
            _("Password of {handle}", handle=actor), hide_input=True, err=True
        )
        accounts.authenticate(opened, actor, password)
        yield opened


def new_password(handle: str) -> str:
    """Ask twice for the password of a new account, or take it from PRESENTE_NEW_PASSWORD."""
    given = os.environ.get("PRESENTE_NEW_PASSWORD")
    return given or typer.prompt(
        _("New password for {handle}", handle=handle), hide_input=True, confirmation_prompt=True, err=True
    )
