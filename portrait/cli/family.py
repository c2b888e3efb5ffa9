"""`presente case | consent`: one missing person's record, and what the family decided."""

from __future__ import annotations

import mimetypes
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from consent import cases, evidence, facts, records, relatives
from consent.archive import Archive
from consent.cases import ChildOpinion, ProtectionOrder
from consent.evidence import EvidenceKind
from consent.facts import Confidence
from consent.records import Method
from consent.relatives import Outcome, Relationship
from consent.terms import Channel, Scope, Terms
from portrait.cli import console, safekeeping, session
from portrait.cli.session import Actor, File
from portrait.i18n import _
from portrait.settings import Settings
from portrait.wording import CASES, CONSENTS, ORDERS, RELATIONSHIPS, SCOPES

Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]


def register(app: typer.Typer) -> None:
    """Add this room's commands to `app`."""
    case = typer.Typer(no_args_is_help=True, help=_("A missing person's record."))
    case.command("open", help=_("Open a case."))(open_case)
    case.command("list", help=_("List the open cases."))(list_cases)
    case.command("show", help=_("Show a case: facts, relatives, consents."))(show_case)
    case.command("photo", help=_("Look at a photograph and keep it in the case."))(keep_photo)
    case.command("script", help=_("Read a script and keep it in the case."))(keep_script)
    case.command("fact", help=_("Record a fact with its source."))(add_fact)
    case.command("verify-fact", help=_("Confirm a fact after checking its source yourself."))(verify_fact)
    case.command("relative", help=_("Record a relative and the proof of the relationship."))(add_relative)
    case.command("verify-relative", help=_("Confirm a relationship after checking its proof."))(
        verify_relative
    )
    case.command("protection-order", help=_("Record what the authority said about protection orders."))(
        check_protection_order
    )
    case.command("approve-minor", help=_("Approve, as coordinator, that a minor's portrait be used."))(
        approve_minor
    )
    case.command("found", help=_("The person was found: freeze the case, stop its videos."))(mark_found)
    case.command("close", help=_("Close the case."))(close_case)
    case.command("erase", help=_("Destroy the keys of the case: nothing in it can be read again."))(
        erase_case
    )
    app.add_typer(case, name="case")

    consent = typer.Typer(no_args_is_help=True, help=_("What the family decided."))
    consent.command("ask", help=_("Put photo, words and motion before a relative."))(ask)
    consent.command("give", help=_("Record a yes."))(give)
    consent.command("refuse", help=_("Record a no."))(refuse)
    consent.command("verify", help=_("Confirm a consent after checking its proof."))(verify)
    consent.command("withdraw", help=_("Take a yes back: stops renders, opens takedowns."))(withdraw)
    consent.command("object", help=_("Record a relative's objection; it blocks until settled."))(object_to)
    consent.command("settle", help=_("Settle an objection, as coordinator."))(settle)
    safekeeping.register(case, consent)
    app.add_typer(consent, name="consent")


def open_case(
    disappeared: Day,
    actor: Actor,
    born: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    minor: Annotated[
        bool | None, typer.Option("--minor/--adult", help=_("When the birth date is unknown."))
    ] = None,
) -> None:
    """Open a case."""
    with session.signed_in(actor) as opened:
        case = cases.open_case(
            opened,
            actor=actor,
            disappeared=disappeared.date(),
            born=born.date() if born else None,
            minor=minor,
        )
    console.say(_("Case {id} is open."), id=case.id)


def list_cases(actor: Actor) -> None:
    """Print the open cases; identifiers only."""
    with session.signed_in(actor) as opened:
        for case_id in cases.list_open(opened, actor=actor):
            console.say("{id}", id=case_id)


def show_case(case: str, actor: Actor) -> None:
    """Print a case."""
    with session.signed_in(actor) as opened:
        found = cases.find(opened, case, actor=actor)
        console.say(
            _("{id}: {status}. {order}."),
            id=found.id, status=_(CASES[found.status]), order=_(ORDERS[found.protection_order]),
        )  # fmt: skip
        console.table(
            (_("Fact"), _("Value"), _("Source"), _("Verified by")),
            [
                (f.key, f.value, f.source, ", ".join(f.verified_by))
                for f in facts.list_facts(opened, case, actor=actor)
            ],
        )
        console.table(
            (_("Relative"), _("Relationship"), _("Verified by")),
            [
                (r.id, _(RELATIONSHIPS[r.relationship]), ", ".join(r.verified_by))
                for r in relatives.list_relatives(opened, case, actor=actor)
            ],
        )
        console.table(
            (_("Consent"), _("State"), _("Until"), _("Scopes"), _("Verified by")),
            [
                (
                    c.id,
                    _(CONSENTS[c.state_at(opened.clock())]),
                    str(c.expires_at.date()),
                    ", ".join(_(SCOPES[scope]) for scope in sorted(c.terms.scopes)),
                    ", ".join(c.verified_by),
                )
                for c in records.list_consents(opened, case, actor=actor)
            ],
        )  # fmt: skip


def keep_photo(case: str, file: File, actor: Actor) -> None:
    """Store a photograph after looking at it; one that cannot be moved is not kept."""
    from portrait.photo import media_type_of, open_photo, read_photo  # noqa: PLC0415 - takes seconds to load
    from portrait.quality_report import assess, require_face  # noqa: PLC0415

    original = read_photo(file)
    photo = open_photo(original)
    console.say_quality(assess(photo))
    require_face(photo)
    with session.signed_in(actor) as opened:
        kept = evidence.store(
            opened, case, EvidenceKind.PHOTO, original, media_type=media_type_of(original), actor=actor
        )
    console.say(_("Photograph {id} is kept. Fingerprint {sha256}."), id=kept.id, sha256=photo.sha256)


def keep_script(case: str, file: File, actor: Actor) -> None:
    """Store a script after reading it."""
    from portrait import desk  # noqa: PLC0415 - takes seconds to load
    from portrait.script import parse_script  # noqa: PLC0415

    text = desk.read_script(file)
    script = parse_script(text)
    with session.signed_in(actor) as opened:
        kept = evidence.store(
            opened, case, EvidenceKind.SCRIPT, text.encode(), media_type="text/markdown", actor=actor
        )
    console.say(_("Script {id} is kept: {count} sentences."), id=kept.id, count=len(script.sentences))


def add_fact(
    case: str,
    key: str,
    value: str,
    source: Annotated[str, typer.Option(help=_("Where it comes from."))],
    actor: Actor,
    confidence: Annotated[
        Confidence, typer.Option(help=_("How far the source is trusted; what is low is not said."))
    ] = Confidence.MEDIUM,
    dated: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help=_("Date of the source."))
    ] = None,
) -> None:
    """Record a fact."""
    source_date = dated.date() if dated else None
    with session.signed_in(actor) as opened:
        facts.add_fact(
            opened,
            case,
            key,
            value,
            source=source,
            source_date=source_date,
            confidence=confidence,
            actor=actor,
        )
    console.say(_("The fact “{key}” is recorded; two other people have to verify it."), key=key)


def verify_fact(case: str, key: str, actor: Actor) -> None:
    """Verify a fact."""
    with session.signed_in(actor) as opened:
        fact = facts.verify_fact(opened, case, key, actor=actor)
    console.say(_("Verified by {people}."), people=", ".join(fact.verified_by))


def add_relative(
    case: str,
    name: str,
    relationship: Relationship,
    actor: Actor,
    proof: Annotated[
        Path | None, typer.Option(exists=True, callback=session.only_file, help=_("Scan of the proof."))
    ] = None,
) -> None:
    """Record a relative."""
    with session.signed_in(actor) as opened:
        proof_id = proof and _keep(opened, case, EvidenceKind.RELATIONSHIP, proof, actor)
        relative = relatives.add_relative(opened, case, name, relationship, actor=actor, proof_id=proof_id)
    console.say(_("Relative {id} is recorded; two other people have to verify it."), id=relative.id)


def verify_relative(case: str, relative: str, actor: Actor) -> None:
    """Verify a relationship."""
    with session.signed_in(actor) as opened:
        found = relatives.verify_relative(opened, case, relative, actor=actor)
    console.say(_("Verified by {people}."), people=", ".join(found.verified_by))


def check_protection_order(case: str, found: ProtectionOrder, actor: Actor) -> None:
    """Record the answer about protection orders."""
    with session.signed_in(actor) as opened:
        cases.check_protection_order(opened, case, found, actor=actor)
    console.say(_("Recorded."))


def approve_minor(
    case: str,
    actor: Actor,
    child_opinion: Annotated[
        ChildOpinion, typer.Option(help=_("What the child said, where somebody could ask them."))
    ] = ChildOpinion.NOT_POSSIBLE,
) -> None:
    """Approve the use of a minor's portrait."""
    with session.signed_in(actor) as opened:
        cases.approve_minor(opened, case, actor=actor, child_opinion=child_opinion)
    console.say(_("Recorded."))


def mark_found(case: str, actor: Actor) -> None:
    """Freeze the case of a person who was found."""
    with session.signed_in(actor) as opened:
        cases.mark_found(opened, case, actor=actor)
    console.say(_("The case is frozen and its videos are no longer active."))


def close_case(case: str, actor: Actor) -> None:
    """Close a case."""
    with session.signed_in(actor) as opened:
        cases.close(opened, case, actor=actor)
    console.say(_("The case is frozen and its videos are no longer active."))


def erase_case(case: str, actor: Actor) -> None:
    """Erase a case for good."""
    typer.confirm(_("Everything in this case becomes unreadable for ever. Go on?"), abort=True, err=True)
    with session.signed_in(actor) as opened:
        cases.erase(opened, case, actor=actor)
    console.say(_("The keys of the case are destroyed."))


def ask(
    case: str,
    relative: str,
    actor: Actor,
    scope: Annotated[list[Scope], typer.Option(help=_("What may be done; repeat for several."))],
    channel: Annotated[list[Channel], typer.Option(help=_("Where it may be seen; repeat for several."))],
    driving: Annotated[Path | None, typer.Option(exists=True, dir_okay=False)] = None,
    template: str | None = None,
    method: Method = Method.IN_PERSON,
    days: Annotated[int, typer.Option(min=1, max=730, help=_("How long the permission lasts."))] = 365,
) -> None:
    """Record what is put before a relative: this photo, these words, this motion."""
    from portrait import desk  # noqa: PLC0415 - takes seconds to load
    from portrait.reference import choose_reference  # noqa: PLC0415

    own = Settings().templates
    reference = choose_reference(driving=driving, template=template, own_templates=own)
    with session.signed_in(actor) as opened:
        material = desk.material_of(opened, case, actor=actor)
        ends = opened.clock() + timedelta(days=days)
        consent = records.request(
            opened,
            case,
            relative,
            Terms(
                scopes=frozenset(scope),
                channels=frozenset(channel),
                languages=frozenset({material.script.language.value}),
                photo_sha256=material.photo.sha256,
                script_sha256=material.script_text.sha256,
                motion_sha256=reference.sha256,
            ),
            notice_language=material.script.language.value,
            method=method,
            expires_at=ends,
            erase_at=ends,
            actor=actor,
        )
    console.say(
        _("Consent {id} is requested. Read the notice to the person before they answer."), id=consent.id
    )


def give(
    consent: str,
    actor: Actor,
    proof: Annotated[
        Path | None,
        typer.Option(exists=True, callback=session.only_file, help=_("Signed paper or recording.")),
    ] = None,
) -> None:
    """Record a yes."""
    with session.signed_in(actor) as opened:
        case = records.find(opened, consent, actor=actor).case_id
        proof_id = proof and _keep(opened, case, EvidenceKind.CONSENT, proof, actor)
        records.give(opened, consent, actor=actor, proof_id=proof_id)
    console.say(_("The yes is recorded; two other people have to verify it."))


def refuse(consent: str, actor: Actor) -> None:
    """Record a no."""
    with session.signed_in(actor) as opened:
        records.refuse(opened, consent, actor=actor)
    console.say(_("The no is recorded. Nothing will be made."))


def verify(consent: str, actor: Actor) -> None:
    """Verify a consent."""
    with session.signed_in(actor) as opened:
        found = records.verify(opened, consent, actor=actor)
    console.say(_("Verified by {people}."), people=", ".join(found.verified_by))


def withdraw(consent: str, actor: Actor) -> None:
    """Take a yes back."""
    with session.signed_in(actor) as opened:
        records.withdraw(opened, consent, actor=actor)
    console.say(
        _("The permission is withdrawn. Its videos are no longer active, and a list of takedowns is open.")
    )


def object_to(case: str, relative: str, words: str, actor: Actor) -> None:
    """Record an objection."""
    with session.signed_in(actor) as opened:
        objection = relatives.object_to(opened, case, relative, words, actor=actor)
    console.say(_("Objection {id} is recorded; nothing is made until it is settled."), id=objection.id)


def settle(case: str, objection: str, outcome: Outcome, actor: Actor, reason: str) -> None:
    """Settle an objection."""
    with session.signed_in(actor) as opened:
        relatives.settle_objection(opened, case, objection, outcome, reason=reason, actor=actor)
    console.say(_("Recorded."))


def _keep(opened: Archive, case: str, kind: EvidenceKind, file: Path, actor: str) -> str:
    """Store a paper or a recording and return its id."""
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return evidence.store(opened, case, kind, file.read_bytes(), media_type=media_type, actor=actor).id
