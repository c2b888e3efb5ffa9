"""`presente people | contact | audit | db`: the archive itself."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from consent import accounts, archive, contacts
from consent import audit as ledger
from consent.accounts import Role
from consent.bundle import verify_bundle
from portrait.cli import console, session, vault
from portrait.cli.media import VERIFICATION_FAILED
from portrait.cli.people import extend
from portrait.cli.session import Actor
from portrait.i18n import _
from portrait.settings import Settings
from portrait.wording import ROLES

Bundle = Annotated[
    Path | None,
    typer.Argument(
        exists=True, callback=session.only_file, help=_("An exported log; this archive's own when left out.")
    ),
]
Checkpoints = Annotated[
    list[Path] | None,
    typer.Option(exists=True, dir_okay=False, help=_("A checkpoint kept elsewhere; repeat for several.")),
]


def register(app: typer.Typer) -> None:
    """Add this room's commands to `app`."""
    people = typer.Typer(no_args_is_help=True, help=_("Accounts: who may do what."))
    people.command("add", help=_("Create an account; the first one becomes coordinator."))(add_person)
    people.command("list", help=_("List the accounts."))(list_people)
    people.command("revoke", help=_("Close an account at once."))(revoke_person)
    extend(people)
    app.add_typer(people, name="people")

    contact = typer.Typer(no_args_is_help=True, help=_("Official contact lines, dated and verified twice."))
    contact.command("add", help=_("Enter a line as an institution publishes it."))(add_contact)
    contact.command("verify", help=_("Confirm that you, too, saw this line published."))(verify_contact)
    contact.command("list", help=_("List the directory."))(list_contacts)
    app.add_typer(contact, name="contact")

    audit = typer.Typer(no_args_is_help=True, help=_("The log that proves itself."))
    audit.command("verify", help=_("Check every entry of the log, or of an exported bundle."))(verify_log)
    audit.command("export", help=_("Write the log as a bundle that anyone can check without us."))(export_log)
    audit.command("checkpoint", help=_("Print a signed checkpoint to keep elsewhere."))(print_checkpoint)
    audit.command("prove", help=_("Prove one entry, or that the log only grew, as JSON."))(vault.prove)
    app.add_typer(audit, name="audit")

    db = typer.Typer(no_args_is_help=True, help=_("The database."))
    db.command("upgrade", help=_("Bring the database up to date."))(upgrade_database)
    app.add_typer(db, name="db")


def add_person(
    handle: str,
    role: Role,
    actor: Annotated[str | None, typer.Option("--as", metavar="HANDLE", envvar="PRESENTE_ACTOR")] = None,
    case: Annotated[str | None, typer.Option(help=_("The case of a family account."))] = None,
) -> None:
    """Create an account with a password."""
    with session.archive() as opened:
        founding = not accounts.list_all(opened)
    if not founding and not actor:
        raise typer.BadParameter(_("Say who you are with --as HANDLE."))
    with session.archive() if founding else session.signed_in(actor or "") as opened:
        made = accounts.create(
            opened,
            handle,
            role,
            actor=None if founding else actor,
            case_id=case,
            password=session.new_password(handle),
        )
    console.say(_("Account {handle} ({role}) exists now."), handle=made.handle, role=_(ROLES[made.role]))


def list_people(actor: Actor) -> None:
    """Print the accounts."""
    with session.signed_in(actor) as opened:
        rows = [
            (
                person.handle,
                _(ROLES[person.role]),
                person.case_id or "",
                _("active") if person.active else _("closed"),
            )
            for person in accounts.list_all(opened)
        ]
    console.table((_("Handle"), _("Role"), _("Case"), _("State")), rows)


def revoke_person(handle: str, actor: Actor) -> None:
    """Close an account."""
    with session.signed_in(actor) as opened:
        accounts.revoke(opened, handle, actor=actor)
    console.say(_("Account {handle} is closed."), handle=handle)


def add_contact(
    institution: str,
    number: str,
    source: Annotated[str, typer.Option(help=_("Where the institution publishes it."))],
    checked_on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help=_("The day you saw it."))],
    actor: Actor,
) -> None:
    """Enter a contact line."""
    with session.signed_in(actor) as opened:
        line = contacts.add_line(
            opened, institution, number, source=source, checked_on=checked_on.date(), actor=actor
        )
    console.say(_("Line {id} is entered; two other people have to verify it."), id=line.id)


def verify_contact(contact: str, actor: Actor) -> None:
    """Verify a contact line."""
    with session.signed_in(actor) as opened:
        line = contacts.verify_line(opened, contact, actor=actor)
    console.say(_("Verified by {people}."), people=", ".join(line.verified_by))


def list_contacts(actor: Actor) -> None:
    """Print the directory."""
    with session.signed_in(actor) as opened:
        today = opened.clock().date()
        rows = [
            (
                line.id,
                line.institution,
                line.number,
                str(line.checked_on),
                _("yes") if line.usable(today) else _("no"),
            )
            for line in contacts.directory(opened)
        ]
    console.table((_("Line"), _("Institution"), _("Number"), _("Seen on"), _("Usable")), rows)


def upgrade_database() -> None:
    """Upgrade the schema."""
    settings = Settings()
    changed = archive.upgrade(settings.home, url=settings.database)
    console.say(_("The database was brought up to date.") if changed else _("The database was up to date."))


def verify_log(
    bundle: Bundle = None,
    key: Annotated[str | None, typer.Option(help=_("The archive's published verifier key."))] = None,
    checkpoint: Checkpoints = None,
) -> None:
    """Check a log; exit code 4 names the first bad record."""
    notes = [path.read_text(encoding="utf-8", errors="replace").strip() + "\n" for path in checkpoint or ()]
    if bundle is not None:
        report = verify_bundle(bundle, key=key, checkpoints=notes)
    else:
        with session.archive() as opened:
            report = ledger.verify(opened, checkpoints=notes)
            console.say_exactly(_("Verifier key: {key}", key=ledger.public_key(opened)))
    if report.fault is not None:
        console.say(_("The log is not sound. First bad record: {record}. {what}"),
                    record=report.fault.record, what=_(report.fault.what))  # fmt: skip
        raise typer.Exit(VERIFICATION_FAILED)
    console.say(_("The log is sound: {size} entries, root {root}."), size=report.size, root=report.root)


def export_log(file: Path, actor: Actor) -> None:
    """Write a bundle."""
    with session.signed_in(actor) as opened:
        report = ledger.export(opened, file, actor=actor)
    console.say(_("{size} entries are exported. Keep the file, or its root, elsewhere: {root}"),
                size=report.size, root=report.root)  # fmt: skip


def print_checkpoint(actor: Actor) -> None:
    """Print a signed checkpoint to keep elsewhere, on paper if need be."""
    with session.signed_in(actor) as opened:
        console.say_exactly(ledger.issue_checkpoint(opened, actor=actor))
