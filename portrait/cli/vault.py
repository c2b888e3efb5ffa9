"""`presente vault`: backups that an erasure reaches, and keys. `presente audit prove`: proofs to hand out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from consent import backup, proofs, restore, rotation
from portrait.cli import console, session
from portrait.cli.session import Actor
from portrait.i18n import _
from portrait.settings import Settings

Folder = Annotated[Path, typer.Argument(exists=True, file_okay=False, writable=True)]


def register(app: typer.Typer) -> None:
    """Add this room's commands to `app`."""
    vault = typer.Typer(no_args_is_help=True, help=_("Backups and keys."))
    vault.command("backup", help=_("Write a sealed backup, and the keyring beside it."))(back_up)
    vault.command("restore", help=_("Put a backup back where there is no archive yet."))(put_back)
    vault.command("places", help=_("List where keyrings lie, and which erasures they owe."))(list_places)
    vault.command("recovery-key", help=_("Show the recovery key, to be written down."))(show_recovery_key)
    vault.command("rotate", help=_("Make a new master key, of a passphrase or in a file."))(rotate)
    app.add_typer(vault, name="vault")


def back_up(folder: Folder, actor: Actor) -> None:
    """Write a backup into a folder, preferably on another disk."""
    with session.signed_in(actor) as opened:
        made = backup.back_up(opened, folder, actor=actor)
    console.say(
        _("{entries} entries and everything beside them are in {path}."), entries=made.entries, path=made.path
    )
    console.say(_("Keep the recovery key on paper: without it the backup is worth nothing."))


def put_back(
    file: session.File,
    keyring: session.File,
    key: Annotated[
        str,
        typer.Option(
            "--key", envvar="PRESENTE_RECOVERY_KEY", prompt=True, hide_input=True, help=_("The recovery key.")
        ),
    ],
) -> None:
    """Restore into this machine's settings."""
    settings = Settings()
    with restore.restore(
        file, keyring, key, settings.home, url=settings.database, passphrase=settings.passphrase
    ):
        console.say(_("The archive is back, as it was when the backup was made."))
    console.say(
        _("Ask the families before anything is made from it: they may have changed their minds since.")
    )


def list_places(actor: Actor) -> None:
    """List the keyrings' places; what can be caught up is caught up on opening."""
    with session.signed_in(actor) as opened:
        rows = [(str(folder), str(len(cases))) for folder, cases in opened.vault.keyrings.owing.items()]
    console.table((_("Place"), _("Erasures owed")), rows)


def show_recovery_key(actor: Actor) -> None:
    """Show the recovery key; that it was shown is an entry."""
    with session.signed_in(actor) as opened:
        console.say_exactly(backup.recovery_key(opened, actor=actor))


def rotate(
    actor: Actor,
    key_file: Annotated[
        bool, typer.Option("--key-file", help=_("Keep the new key in a file, without a passphrase."))
    ] = False,
) -> None:
    """Change the master key."""
    with session.signed_in(actor) as opened:
        passphrase = None if key_file else _new_passphrase()
        rotation.rotate(opened, passphrase=passphrase, actor=actor)
    console.say(_("The archive opens with the new key from now on. The old one opens nothing."))


def prove(
    entry: Annotated[int | None, typer.Argument(min=0, help=_("The number of an entry."))] = None,
    growth: Annotated[
        int | None,
        typer.Option(min=1, help=_("Prove instead that the log only grew since it had this size.")),
    ] = None,
) -> None:
    """Print a proof as JSON; tools/verify_bundle.py checks it anywhere."""
    if (entry is None) == (growth is None):
        raise typer.BadParameter(_("Give the number of an entry, or --growth."))
    with session.archive() as opened:
        if growth is not None:
            console.say_json(proofs.prove_growth(opened, growth).as_json())
        elif entry is not None:
            console.say_json(proofs.prove_entry(opened, entry).as_json())


def _new_passphrase() -> bytes:
    given = os.environ.get("PRESENTE_NEW_PASSPHRASE")
    typed = given or typer.prompt(_("New passphrase"), hide_input=True, confirmation_prompt=True, err=True)
    return str(typed).encode()
