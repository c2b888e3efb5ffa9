"""The whole story of one case, on both databases, and at its end a stranger checks the log.

open → facts verified → consent by telephone → clear → render → objection by a second relative → blocked →
settled → withdrawn under threat → the public page says so → erased → the log still verifies, offline.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from consent import (
    accounts,
    audit,
    cases,
    contacts,
    evidence,
    facts,
    gate,
    links,
    own_phone,
    pauses,
    records,
    registry,
    relatives,
)
from consent.accounts import Role
from consent.archive import Archive
from consent.cases import ProtectionOrder
from consent.clearance import ClearanceRequest, Person, ScriptText, Stage
from consent.errors import CoolingOff, Erased, Refused
from consent.evidence import EvidenceKind
from consent.facts import Confidence
from consent.links import Purpose
from consent.pauses import Worry
from consent.receipt import receipt
from consent.receipt_pdf import as_pdf
from consent.records import Method, State
from consent.registry import PublicStatus
from consent.relatives import Outcome, Relationship
from consent.terms import Channel, Scope, Terms
from tests.consent.story import Clock

VERIFIER = Path(__file__).resolve().parents[2] / "tools" / "verify_bundle.py"
PHOTO, FILM = b"the bytes of the photograph", b"the bytes of the finished video"
FACTS = {
    "folio": "14120-21-000123",
    "nombre": "Lucero Ejemplo Prueba",
    "fecha": "18 de mayo de 2021",
    "lugar": "Guadalajara, Jalisco",
    "señas": "Cicatriz en la ceja izquierda",
}
SCRIPT = ScriptText(
    language="es",
    person=Person.THIRD,
    sentences=(
        ("Buscamos a Lucero Ejemplo Prueba.", ("nombre",)),
        ("Fue vista por última vez en Guadalajara el 18 de mayo de 2021.", ("lugar", "fecha")),
        ("Tiene una cicatriz en la ceja izquierda.", ("señas",)),
        ("Si sabe algo, llame al 800 028 7783.", ("contacto",)),
    ),
)
TERMS = Terms(
    scopes=frozenset({Scope.HEAD_MOTION, Scope.LIP_MOVEMENT, Scope.NARRATION}),
    channels=frozenset({Channel.WHATSAPP}),
    languages=frozenset({"es"}),
    photo_sha256=sha256(PHOTO).hexdigest(),
    script_sha256=SCRIPT.sha256,
    motion_sha256=sha256(b"serena").hexdigest(),
)
NAMES = ("Lucero", "Rosa Ejemplo", "Julián Ejemplo", "cicatriz", "amenaz")
CHECKERS = ("revisora", "coordina")


def open_with_verified_facts(archive: Archive) -> str:
    accounts.create(archive, "coordina", Role.COORDINATOR)
    for handle, role in (
        ("voluntaria", Role.VOLUNTEER),
        ("revisora", Role.VOLUNTEER),
        ("segunda", Role.COORDINATOR),
        ("auditora", Role.AUDITOR),
    ):
        accounts.create(archive, handle, role, actor="coordina")
    case_id = cases.open_case(
        archive, actor="voluntaria", disappeared=date(2021, 5, 18), born=date(1999, 2, 3)
    ).id
    cases.check_protection_order(archive, case_id, ProtectionOrder.NONE, actor="coordina")
    for key, value in FACTS.items():
        facts.add_fact(
            archive,
            case_id,
            key,
            value,
            source="Ficha oficial",
            source_date=date(2021, 5, 20),
            confidence=Confidence.HIGH,
            actor="voluntaria",
        )
        for checker in CHECKERS:
            facts.verify_fact(archive, case_id, key, actor=checker)
    line = contacts.add_line(
        archive,
        "Comisión Nacional de Búsqueda",
        "800 028 7783",
        source="Sitio oficial",
        checked_on=archive.clock().date(),
        actor="voluntaria",
    )
    for checker in CHECKERS:
        contacts.verify_line(archive, line.id, actor=checker)
    evidence.store(archive, case_id, EvidenceKind.PHOTO, PHOTO, media_type="image/jpeg", actor="voluntaria")
    return case_id


def verified_relative(archive: Archive, case_id: str, name: str, relationship: Relationship) -> str:
    relative = relatives.add_relative(archive, case_id, name, relationship, actor="voluntaria")
    for checker in CHECKERS:
        relatives.verify_relative(archive, case_id, relative.id, actor=checker)
    return relative.id


def consent_on_her_own_phone(archive: Archive, case_id: str, relative_id: str, clock: Clock) -> str:
    until = clock()
    asked = records.request(
        archive,
        case_id,
        relative_id,
        TERMS,
        notice_language="es",
        method=Method.OWN_PHONE,
        expires_at=until.replace(year=until.year + 1),
        erase_at=until.replace(year=until.year + 2),
        actor="voluntaria",
    )
    token, _ = links.issue(
        archive, case_id, relative_id, asked.id, {Purpose.ANSWER}, hours=1, actor="voluntaria"
    )
    visit, _ = links.redeem(archive, token, client="203.0.113.7")
    assert "fotografía" in own_phone.read(archive, visit).notice
    assert own_phone.give(archive, visit).state is State.GIVEN
    for checker in CHECKERS:
        records.verify(archive, asked.id, actor=checker)
    return asked.id


def request(case_id: str) -> ClearanceRequest:
    return ClearanceRequest(
        case_id=case_id,
        photo_sha256=TERMS.photo_sha256,
        script=SCRIPT,
        motion_sha256=TERMS.motion_sha256,
        scopes=TERMS.scopes,
        channels=TERMS.channels,
        languages=TERMS.languages,
        requested_by="voluntaria",
    )


def published(archive: Archive, case_id: str) -> int:
    clearance = gate.clear(archive, request(case_id))
    render_id = registry.open_render(archive, clearance).render_id
    gate.confirm(
        archive,
        clearance,
        render_id=render_id,
        photo_sha256=TERMS.photo_sha256,
        script_sha256=TERMS.script_sha256,
        motion_sha256=TERMS.motion_sha256,
        stage=Stage.SIGN,
    )
    digest = sha256(FILM).hexdigest()
    registry.publish(archive, render_id, sha256=digest, manifest=b"manifest", clearance=clearance)
    return render_id


def refused_for(archive: Archive, case_id: str) -> set[str]:
    with pytest.raises(Refused) as refusal:
        gate.clear(archive, request(case_id))
    return {reason.code for reason in refusal.value.reasons}


def test_the_story(archive: Archive, clock: Clock, tmp_path: Path) -> None:
    case_id = open_with_verified_facts(archive)
    mother = verified_relative(archive, case_id, "Rosa Ejemplo", Relationship.MOTHER)
    assert refused_for(archive, case_id) == {"no-consent"}
    consent_id = consent_on_her_own_phone(archive, case_id, mother, clock)
    assert as_pdf(receipt(archive, consent_id, actor="voluntaria")).startswith(b"%PDF-")

    # Cleared, rendered, out.
    render_id = published(archive, case_id)
    assert registry.status(archive, render_id) is PublicStatus.ACTIVE

    # A brother objects: nothing more is made until a coordinator has settled it with the family.
    brother = verified_relative(archive, case_id, "Julián Ejemplo", Relationship.SIBLING)
    objection = relatives.object_to(archive, case_id, brother, "No quiero que hable.", actor="voluntaria")
    assert refused_for(archive, case_id) == {"objection-open"}
    relatives.settle_objection(
        archive, case_id, objection.id, Outcome.LIFTED, reason="Lo hablaron.", actor="coordina"
    )
    gate.clear(archive, request(case_id))

    # The mother withdraws under threat. Outside it looks like any ending; inside somebody can help.
    pauses.pause(
        archive,
        consent_id,
        Worry.WITHDRAWN_UNDER_THREAT,
        "La amenazaron para que lo retire.",
        actor="voluntaria",
    )
    assert registry.status(archive, render_id) is PublicStatus.INACTIVE
    assert refused_for(archive, case_id) == {"consent-paused"}
    (due,) = registry.takedowns(archive, actor="voluntaria")
    assert (due.render_id, due.channel) == (render_id, Channel.WHATSAPP)
    with pytest.raises(CoolingOff):
        pauses.release(archive, consent_id, actor="segunda")
    clock.forward(hours=73)
    assert records.withdraw(archive, consent_id, actor="coordina").state is State.WITHDRAWN
    assert registry.status(archive, render_id) is PublicStatus.INACTIVE

    # The family asks for everything to be erased.
    held = audit.issue_checkpoint(archive, actor="auditora")
    cases.erase(archive, case_id, actor="coordina")
    with pytest.raises(Erased):
        gate.evaluate(archive, request(case_id))
    assert registry.status(archive, render_id) is PublicStatus.INACTIVE
    assert audit.verify(archive, checkpoints=[held]).sound

    # And a stranger checks the exported log with one file and Python alone.
    log, kept = tmp_path / "log.jsonl", tmp_path / "checkpoint"
    audit.export(archive, log, actor="auditora")
    kept.write_text(held, encoding="utf-8")
    assert verified_offline(log, kept, audit.public_key(archive)) == 0
    assert not names_in(NAMES, [log, *(path for path in archive.home.rglob("*") if path.is_file())])
    log.write_bytes(log.read_bytes().replace(b"consent-paused", b"consent-erased"))
    assert verified_offline(log, kept, audit.public_key(archive)) == 1


def verified_offline(log: Path, checkpoint: Path, key: str) -> int:
    command = [sys.executable, "-I", VERIFIER, log, "--key", key, "--checkpoint", checkpoint]
    return subprocess.run(command, check=False, capture_output=True, cwd=log.parent).returncode


def names_in(names: Iterable[str], files: Iterable[Path]) -> list[str]:
    """Names that stand readable in a file."""
    contents = [path.read_bytes() for path in files]
    return [name for name in names if any(name.encode() in content for content in contents)]
