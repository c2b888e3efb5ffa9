"""The tables of people coming in: sessions, links, second factors, recoveries, viewers.

What a person could use to come in is kept as a digest, or sealed with the archive's master key.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from consent.models import Base


class ThrottleRow(Base):
    """How often somebody failed. `subject` is a keyed digest of what was tried, for it may be anything."""

    __tablename__ = "throttles"

    subject: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]
    blocked_until: Mapped[datetime]


class SecondFactorRow(Base):
    """The secret an account shares with a telephone. `pending` waits for its first code.

    last_step: the 30-second step of the last code that was accepted; no code up to it is accepted again.
    """

    __tablename__ = "second_factors"

    handle: Mapped[str] = mapped_column(ForeignKey("accounts.handle"), primary_key=True)
    sealed: Mapped[bytes | None]
    pending: Mapped[bytes | None]
    last_step: Mapped[int] = mapped_column(BigInteger)


class RecoveryCodeRow(Base):
    """A code on paper that stands in once for the telephone."""

    __tablename__ = "recovery_codes"

    digest: Mapped[str] = mapped_column(primary_key=True)
    handle: Mapped[str] = mapped_column(ForeignKey("accounts.handle"), index=True)
    used_at: Mapped[datetime | None]


class LinkRow(Base):
    """A one-time link for a relative. `purposes` are words with spaces between them."""

    __tablename__ = "links"

    id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    relative_id: Mapped[str] = mapped_column(ForeignKey("relatives.id"))
    consent_id: Mapped[str] = mapped_column(ForeignKey("consents.id"))
    purposes: Mapped[str]
    issued_by: Mapped[str]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    redeemed_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SessionRow(Base):
    """Somebody who came in. link_id: the link, when it was not a password that let them in."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    handle: Mapped[str] = mapped_column(ForeignKey("accounts.handle"), index=True)
    link_id: Mapped[str | None] = mapped_column(ForeignKey("links.id"))
    opened_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RecoveryRow(Base):
    """Two coordinators letting a third person back in. `digest` is of the word they hand over."""

    __tablename__ = "recoveries"

    id: Mapped[str] = mapped_column(primary_key=True)
    handle: Mapped[str] = mapped_column(ForeignKey("accounts.handle"), index=True)
    begun_by: Mapped[str]
    begun_at: Mapped[datetime]
    approved_by: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    digest: Mapped[str | None] = mapped_column(unique=True)
    ended_at: Mapped[datetime | None]


class ViewerRow(Base):
    """Whom a relative named to look at pictures and video in their place."""

    __tablename__ = "viewers"

    handle: Mapped[str] = mapped_column(ForeignKey("accounts.handle"), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    relative_id: Mapped[str] = mapped_column(ForeignKey("relatives.id"))
    named_by: Mapped[str]
    named_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
