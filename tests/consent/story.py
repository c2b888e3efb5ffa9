"""One made-up case, told through the public functions, for the tests to begin from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from consent import accounts, cases, contacts, evidence, facts, gate, records, relatives
from consent.accounts import Role
from consent.archive import Archive
from consent.cases import ProtectionOrder
from consent.clearance import ClearanceRequest, Person, ScriptText
from consent.evidence import EvidenceKind
from consent.records import Consent, Method
from consent.relatives import Relationship
from consent.terms import Channel, Scope, Terms

COORDINATOR, VOLUNTEER, SECOND, THIRD = "coord-uno", "vol-uno", "vol-dos", "vol-tres"
PHOTO = b"\xff\xd8 a photograph"
PHOTO_SHA256 = sha256(PHOTO).hexdigest()
MOTION_SHA256 = sha256(b"serena").hexdigest()
SCOPES = frozenset({Scope.HEAD_MOTION, Scope.LIP_MOVEMENT, Scope.NARRATION, Scope.PUBLIC_VERIFY})
CHANNELS = frozenset({Channel.WHATSAPP, Channel.FACEBOOK})
SCRIPT = ScriptText(
    language="es",
    person=Person.THIRD,
    sentences=(
        ("Buscamos a Lucero Ejemplo Prueba.", ("nombre",)),
        ("Desapareció en Guadalajara el 18/05/2021.", ("lugar", "fecha")),
        ("Si tiene información, llame al 33 3668 2100.", ("contacto",)),
        ("Gracias por compartir.", ("-",)),
    ),
)
FACTS = {
    "nombre": "Lucero Ejemplo Prueba",
    "lugar": "Guadalajara, Jalisco",
    "fecha": "2021-05-18",
    "folio": "14120-21-000123",
}


@dataclass
class Clock:
    """A clock the tests turn."""

    moment: datetime = field(default=datetime(2026, 11, 22, 12, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **how_far: float) -> None:
        self.moment += timedelta(**how_far)


@dataclass(frozen=True)
class Story:
    """A case that is ready to be cleared."""

    archive: Archive
    case_id: str
    relative_id: str
    consent_id: str

    def request(self, **changes: object) -> ClearanceRequest:
        request = ClearanceRequest(
            case_id=self.case_id,
            photo_sha256=PHOTO_SHA256,
            script=SCRIPT,
            motion_sha256=MOTION_SHA256,
            scopes=SCOPES,
            channels=CHANNELS,
            languages=frozenset({"es"}),
            requested_by=VOLUNTEER,
        )
        return replace(request, **changes)

    def codes(self, **changes: object) -> set[str]:
        return {reason.code for reason in gate.evaluate(self.archive, self.request(**changes)).reasons}


def people(archive: Archive) -> None:
    accounts.create(archive, COORDINATOR, Role.COORDINATOR)
    for handle in (VOLUNTEER, SECOND, THIRD):
        accounts.create(archive, handle, Role.VOLUNTEER, actor=COORDINATOR)


def new_case(archive: Archive, *, born: date = date(1990, 1, 1)) -> str:
    """A case with verified facts, its photograph and no protection order. Every case has its own folio."""
    earlier = len(cases.list_open(archive, actor=VOLUNTEER))
    told = {**FACTS, "folio": FACTS["folio"] if not earlier else f"14120-21-{900 + earlier:06d}"}
    case = cases.open_case(archive, actor=VOLUNTEER, disappeared=date(2021, 5, 18), born=born)
    cases.check_protection_order(archive, case.id, ProtectionOrder.NONE, actor=COORDINATOR)
    for key, value in told.items():
        facts.add_fact(archive, case.id, key, value, source="Ficha oficial", actor=VOLUNTEER)
        for verifier in (SECOND, THIRD):
            facts.verify_fact(archive, case.id, key, actor=verifier)
    evidence.store(archive, case.id, EvidenceKind.PHOTO, PHOTO, media_type="image/jpeg", actor=VOLUNTEER)
    return case.id


def hotline(archive: Archive) -> None:
    line = contacts.add_line(
        archive,
        "Comisión de Búsqueda de Personas del Estado",
        "33 3668 2100",
        source="Sitio oficial",
        checked_on=archive.clock().date(),
        actor=VOLUNTEER,
    )
    for verifier in (SECOND, THIRD):
        contacts.verify_line(archive, line.id, actor=verifier)


def new_relative(archive: Archive, case_id: str, relationship: Relationship = Relationship.MOTHER) -> str:
    relative = relatives.add_relative(archive, case_id, "Una Madre Ejemplo", relationship, actor=VOLUNTEER)
    for verifier in (SECOND, THIRD):
        relatives.verify_relative(archive, case_id, relative.id, actor=verifier)
    return relative.id


def ask(archive: Archive, case_id: str, relative_id: str, terms: Terms | None = None) -> Consent:
    now = archive.clock()
    return records.request(
        archive,
        case_id,
        relative_id,
        terms or usual_terms(),
        notice_language="es",
        method=Method.IN_PERSON,
        expires_at=now + timedelta(days=365),
        erase_at=now + timedelta(days=730),
        actor=VOLUNTEER,
    )


def usual_terms() -> Terms:
    return Terms(
        scopes=SCOPES,
        channels=CHANNELS,
        languages=frozenset({"es"}),
        photo_sha256=PHOTO_SHA256,
        script_sha256=SCRIPT.sha256,
        motion_sha256=MOTION_SHA256,
    )


def new_consent(archive: Archive, case_id: str, relative_id: str, terms: Terms | None = None) -> str:
    consent = ask(archive, case_id, relative_id, terms)
    records.give(archive, consent.id, actor=VOLUNTEER)
    for verifier in (SECOND, THIRD):
        records.verify(archive, consent.id, actor=verifier)
    return consent.id


def tell(archive: Archive, *, born: date = date(1990, 1, 1)) -> Story:
    """Everything up to the moment before asking the gate."""
    people(archive)
    case_id = new_case(archive, born=born)
    hotline(archive)
    relative_id = new_relative(archive, case_id)
    return Story(archive, case_id, relative_id, new_consent(archive, case_id, relative_id))
