"""The tables. Rows never leave this package: each noun's module hands out frozen values instead.

Columns named `sealed` hold JSON under the case's key (see `consent.vault`). Times are UTC.
Identifiers are random; nothing here but sealed columns says who a case is about.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import BigInteger, DateTime, Dialect, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; a datetime without a zone is a mistake."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back where the database (SQLite) has none."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Registry of all tables."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own declaration
        datetime: UtcDateTime,
        str: String(80),
        bytes: LargeBinary,
    }


class IdentityRow(Base):
    """One row: which archive this is and which keys open it."""

    __tablename__ = "identity"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    archive_id: Mapped[str]
    key_check: Mapped[bytes]
    public_key: Mapped[bytes]
    created_at: Mapped[datetime]


class AccountRow(Base):
    """Somebody who acts, by handle."""

    __tablename__ = "accounts"

    handle: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class CaseRow(Base):
    """One missing person, or one demonstration."""

    __tablename__ = "cases"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    status: Mapped[str]
    protection_order: Mapped[str]
    sealed: Mapped[bytes]
    opened_by: Mapped[str]
    opened_at: Mapped[datetime]
    minor_approved_by: Mapped[str | None]
    child_opinion: Mapped[str | None]
    public_figure_by: Mapped[str | None]


class FactRow(Base):
    """Something known about the person, as one source tells it. A new telling supersedes the old row.

    mark: of a folio, a keyed digest by which the same folio is recognised in another case.
    """

    __tablename__ = "facts"
    __table_args__ = (Index("ix_facts_case_key", "case_id", "key"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    key: Mapped[str]
    sealed: Mapped[bytes]
    added_by: Mapped[str]
    added_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]
    mark: Mapped[str | None] = mapped_column(index=True)


class VerificationRow(Base):
    """One person's word that one thing is so. `target` is the identifier of a row of that kind."""

    __tablename__ = "verifications"

    kind: Mapped[str] = mapped_column(primary_key=True)
    target: Mapped[str] = mapped_column(primary_key=True)
    verifier: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class RelativeRow(Base):
    """A person of the family, or the missing person, or whoever stands for them in law."""

    __tablename__ = "relatives"

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    relationship: Mapped[str]
    sealed: Mapped[bytes]
    proof_id: Mapped[str | None] = mapped_column(ForeignKey("evidence.id"))
    added_by: Mapped[str]
    added_at: Mapped[datetime]


class ObjectionRow(Base):
    """A relative's no, and how a coordinator settled it."""

    __tablename__ = "objections"

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    relative_id: Mapped[str] = mapped_column(ForeignKey("relatives.id"))
    sealed: Mapped[bytes]
    raised_by: Mapped[str]
    raised_at: Mapped[datetime]
    outcome: Mapped[str | None]
    settled_by: Mapped[str | None]
    settled_at: Mapped[datetime | None]


class ContactRow(Base):
    """A public line people may call, as an institution publishes it."""

    __tablename__ = "contacts"

    id: Mapped[str] = mapped_column(primary_key=True)
    institution: Mapped[str] = mapped_column(String(200))
    number: Mapped[str]
    source: Mapped[str] = mapped_column(Text)
    checked_on: Mapped[date]
    added_by: Mapped[str]
    added_at: Mapped[datetime]


class EvidenceRow(Base):
    """A file in the vault; the file itself is never written again."""

    __tablename__ = "evidence"
    __table_args__ = (Index("ix_evidence_case_sha256", "case_id", "sha256"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str | None]
    stored_by: Mapped[str]
    stored_at: Mapped[datetime]


class NoticeRow(Base):
    """The exact words a person was shown before answering."""

    __tablename__ = "notices"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str]
    version: Mapped[str]
    text: Mapped[str] = mapped_column(Text)


class ConsentRow(Base):
    """One consent record. `terms` is canonical JSON of `consent.records.Terms`."""

    __tablename__ = "consents"

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    relative_id: Mapped[str] = mapped_column(ForeignKey("relatives.id"))
    notice_sha256: Mapped[str] = mapped_column(ForeignKey("notices.sha256"))
    method: Mapped[str]
    terms: Mapped[str] = mapped_column(Text)
    state: Mapped[str]
    round: Mapped[int]
    expires_at: Mapped[datetime]
    erase_at: Mapped[datetime]
    collected_by: Mapped[str]
    proof_id: Mapped[str | None] = mapped_column(ForeignKey("evidence.id"))
    erased_at: Mapped[datetime | None]


class PauseRow(Base):
    """A consent set aside because somebody may have been threatened; sealed: why, and in whose words."""

    __tablename__ = "pauses"

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    consent_id: Mapped[str] = mapped_column(ForeignKey("consents.id"), index=True)
    sealed: Mapped[bytes]
    paused_by: Mapped[str]
    paused_at: Mapped[datetime]
    released_by: Mapped[str | None]
    released_at: Mapped[datetime | None]


class ConsentEventRow(Base):
    """One step in the life of a consent record."""

    __tablename__ = "consent_events"

    consent_id: Mapped[str] = mapped_column(ForeignKey("consents.id"), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]


class ClearanceRow(Base):
    """A clearance that was given, with the request it answered, and the one render that used it."""

    __tablename__ = "clearances"

    nonce: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    consent_id: Mapped[str] = mapped_column(ForeignKey("consents.id"))
    sealed: Mapped[bytes]
    requested_by: Mapped[str]
    issued_at: Mapped[datetime]
    render_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)


class RenderRow(Base):
    """One video or poster, known by the id that its watermark carries."""

    __tablename__ = "renders"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    consent_id: Mapped[str] = mapped_column(ForeignKey("consents.id"), index=True)
    nonce: Mapped[str] = mapped_column(ForeignKey("clearances.nonce"), unique=True)
    channels: Mapped[str] = mapped_column(Text)
    state: Mapped[str]
    opened_at: Mapped[datetime]
    sha256: Mapped[str | None]
    published_at: Mapped[datetime | None]
    ledger_index: Mapped[int | None] = mapped_column(BigInteger)


class ManifestRow(Base):
    """The signed manifest of a published file, for copies that lost theirs on the way."""

    __tablename__ = "manifests"

    render_id: Mapped[int] = mapped_column(ForeignKey("renders.id"), primary_key=True, autoincrement=False)
    manifest: Mapped[bytes]


class TakedownRow(Base):
    """A published render that should come down from one channel."""

    __tablename__ = "takedowns"

    render_id: Mapped[int] = mapped_column(ForeignKey("renders.id"), primary_key=True, autoincrement=False)
    channel: Mapped[str] = mapped_column(primary_key=True)
    opened_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None]


class LedgerRow(Base):
    """One entry of the log. `body` is what is hashed; `opening` are the private words of its commitment."""

    __tablename__ = "ledger"

    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    body: Mapped[str] = mapped_column(Text)
    leaf_hash: Mapped[str]
    opening: Mapped[bytes | None]


class LedgerHeadRow(Base):
    """One row that every writer locks: the size of the log, its frontier and its latest signed checkpoint."""

    __tablename__ = "ledger_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger)
    peaks: Mapped[str] = mapped_column(Text)
    checkpoint: Mapped[str] = mapped_column(Text)


class CheckpointRow(Base):
    """A signed checkpoint that was handed out."""

    __tablename__ = "checkpoints"

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    note: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
