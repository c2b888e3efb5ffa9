"""`presente consent receipt | renew | pause | release` and `presente case public-figure`."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from consent import cases, pauses, records
from consent.pauses import COOLING_OFF, Worry
from consent.receipt import receipt as receipt_of
from consent.receipt_pdf import as_pdf
from portrait.cli import console, session
from portrait.cli.session import Actor
from portrait.i18n import _

_AS_BYTES = {
    ".json": lambda receipt: json.dumps(receipt, ensure_ascii=False, indent=2).encode(),
    ".pdf": as_pdf,
}


def register(case: typer.Typer, consent: typer.Typer) -> None:
    """Add these commands to those of a case and of a consent."""
    case.command(
        "public-figure", help=_("Declare that the person is a public figure; nothing is made then.")
    )(public_figure)
    consent.command("receipt", help=_("Write the family's receipt, as PDF or JSON."))(receipt)
    consent.command("renew", help=_("Record that the same yes was given again."))(renew)
    consent.command("pause", help=_("Somebody may be threatened: stop everything of this consent at once."))(
        pause
    )
    consent.command("release", help=_("Let a paused consent count again, as a second person."))(release)


def public_figure(
    case: str,
    actor: Actor,
    lift: Annotated[
        bool, typer.Option("--lift", help=_("It was a mistake: take the declaration of somebody else back."))
    ] = False,
) -> None:
    """Declare a public figure, or take a declaration back."""
    decide = cases.lift_public_figure if lift else cases.declare_public_figure
    with session.signed_in(actor) as opened:
        decide(opened, case, actor=actor)
    console.say(_("Recorded."))


def _receipt_file(path: Path) -> Path:
    if path.suffix.lower() not in _AS_BYTES:
        raise typer.BadParameter(_("a receipt is a .pdf or a .json file"))
    return path


def receipt(
    consent: str, actor: Actor, out: Annotated[Path, typer.Option(dir_okay=False, callback=_receipt_file)]
) -> None:
    """Write a receipt."""
    with session.signed_in(actor) as opened:
        content = _AS_BYTES[out.suffix.lower()](receipt_of(opened, consent, actor=actor))
    unfinished = out.with_name(f".{out.name}.part")
    unfinished.write_bytes(content)
    unfinished.replace(out)
    console.say(
        _("The receipt is in {name}. It names the relative: hand it to them and to nobody else."), name=out
    )


def renew(
    consent: str,
    actor: Actor,
    days: Annotated[int, typer.Option(min=1, max=730, help=_("How long the permission lasts."))] = 365,
) -> None:
    """Record a renewal."""
    with session.signed_in(actor) as opened:
        ends = opened.clock() + timedelta(days=days)
        records.renew(opened, consent, expires_at=ends, erase_at=ends, actor=actor)
    console.say(_("The yes is recorded; two other people have to verify it."))


def pause(
    consent: str,
    actor: Actor,
    words: Annotated[str, typer.Option(help=_("What was said or seen. Only coordinators can read it."))],
    worry: Annotated[
        Worry, typer.Option(help=_("What you fear has happened."))
    ] = Worry.WITHDRAWN_UNDER_THREAT,
) -> None:
    """Pause a consent."""
    with session.signed_in(actor) as opened:
        pauses.pause(opened, consent, worry, words, actor=actor)
    console.say(
        _("Paused. Its videos are no longer active, and why is said to nobody. {hours} hours have to pass."),
        hours=COOLING_OFF // timedelta(hours=1),
    )


def release(consent: str, actor: Actor) -> None:
    """Release a paused consent."""
    with session.signed_in(actor) as opened:
        pauses.release(opened, consent, actor=actor)
    console.say(_("Released. What was published before stays inactive; new videos can be asked for."))
