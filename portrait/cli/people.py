"""`presente people totp | recover | reset | link | viewer`: how people come in, and come back in."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import segno
import typer

from consent import links, recovery, totp, viewers
from consent.links import LINK_PATH, Purpose
from portrait.cli import console, session
from portrait.cli.session import Actor
from portrait.i18n import _

Site = Annotated[
    str,
    typer.Option(
        envvar="PRESENTE_SITE",
        help=_("Address under which telephones reach the front desk, for the QR code."),
    ),
]


def extend(people: typer.Typer) -> None:
    """Add these commands to `presente people`."""
    people.command("totp", help=_("Enrol your telephone as second step of logging in."))(enrol_telephone)
    people.command("recover", help=_("Let somebody back in; it takes two coordinators."))(recover_account)
    people.command("reset", help=_("Set a new password with the word that two coordinators gave you."))(
        reset_password
    )
    people.command("link", help=_("Make a one-time link for a relative's own telephone."))(make_link)
    people.command("viewer", help=_("Record whom a relative named to look in their place."))(name_viewer)


def enrol_telephone(
    actor: Actor,
    code: Annotated[
        str | None,
        typer.Option(help=_("The first code that the new telephone shows, once it knows the secret.")),
    ] = None,
) -> None:
    """Show the secret of a new telephone, then put it in force with its first code."""
    with session.signed_in(actor) as opened:
        if code is None:
            in_force = session.another_code(actor) if totp.is_enrolled(opened, actor) else None
            enrolment = totp.begin(opened, actor=actor, code=in_force)
            _show_qr(enrolment.uri)
            console.say_exactly(enrolment.uri)
            if not sys.stdin.isatty():
                console.say(_("Give the telephone's first code with --code."))
                return
            code = str(typer.prompt(_("First code of the new telephone"), err=True))
        codes = totp.confirm(opened, code, actor=actor)
    console.say(_("From now on {handle} needs a code to log in."), handle=actor)
    console.say(_("Recovery codes, each good once. Write them on paper; they are not shown again:"))
    for spare in codes:
        console.say_exactly(spare)


def recover_account(handle: str, actor: Actor) -> None:
    """Begin a recovery as first coordinator, or approve one as second."""
    with session.signed_in(actor) as opened:
        if recovery.pending(opened, handle, actor=actor) is None:
            recovery.begin(opened, handle, actor=actor)
            console.say(_("A second coordinator has to run the same command within a day."))
            return
        word = recovery.approve(opened, handle, actor=actor)
    console.say(_("Hand this word to {handle}; it is good for an hour and once:"), handle=handle)
    console.say_exactly(word)


def reset_password() -> None:
    """Set a new password with the word of a recovery (asked for, or PRESENTE_RECOVERY)."""
    with session.archive() as opened:
        word = os.environ.get("PRESENTE_RECOVERY") or session.recovery_word()
        handle = recovery.finish(opened, word.strip(), session.new_password(_("your account")))
    console.say(
        _("{handle} has a new password, and needs no code until a telephone is enrolled."), handle=handle
    )


def make_link(
    case: str,
    relative: str,
    consent: str,
    actor: Actor,
    site: Site = "",
    hours: Annotated[int, typer.Option(help=_("How long it can be opened."))] = 24,
    purpose: Annotated[
        list[Purpose] | None, typer.Option(help=_("What it is for; all when left out."))
    ] = None,
) -> None:
    """Print a link once, as text and, where telephones know the way, as a QR code."""
    with session.signed_in(actor) as opened:
        token, link = links.issue(
            opened, case, relative, consent, purpose or links.EVERYTHING, hours=hours, actor=actor
        )
    address = site.rstrip("/") + LINK_PATH.format(token=token)
    if site:
        _show_qr(address)
    console.say_exactly(address)
    console.say(_("{id} opens once, within {hours} hours. It is not shown again."), id=link.id, hours=hours)


def name_viewer(case: str, relative: str, handle: str, actor: Actor) -> None:
    """Make the account of somebody who looks in a relative's place."""
    with session.signed_in(actor) as opened:
        viewers.name(opened, case, relative, handle, password=session.new_password(handle), actor=actor)
    console.say(
        _("{handle} may look at the pictures and videos of this case, and nothing else."), handle=handle
    )


def _show_qr(text: str) -> None:
    """Draw a QR code with blocks of text."""
    segno.make(text, error="m").terminal(out=sys.stdout, border=2, compact=True)
