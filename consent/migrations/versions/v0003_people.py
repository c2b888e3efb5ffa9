"""How people come in: sessions, links, second factors, recoveries, viewers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "throttles",
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.create_table(
        "second_factors",
        sa.Column("handle", sa.String(80), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("pending", sa.LargeBinary(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["handle"],
            ["accounts.handle"],
        ),
        sa.PrimaryKeyConstraint("handle"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("handle", sa.String(80), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["handle"],
            ["accounts.handle"],
        ),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index(op.f("ix_recovery_codes_handle"), "recovery_codes", ["handle"], unique=False)
    op.create_table(
        "links",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("case_id", sa.String(80), nullable=False),
        sa.Column("relative_id", sa.String(80), nullable=False),
        sa.Column("consent_id", sa.String(80), nullable=False),
        sa.Column("purposes", sa.String(80), nullable=False),
        sa.Column("issued_by", sa.String(80), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
        ),
        sa.ForeignKeyConstraint(
            ["relative_id"],
            ["relatives.id"],
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"],
            ["consents.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index(op.f("ix_links_case_id"), "links", ["case_id"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("handle", sa.String(80), nullable=False),
        sa.Column("link_id", sa.String(80), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["handle"],
            ["accounts.handle"],
        ),
        sa.ForeignKeyConstraint(
            ["link_id"],
            ["links.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index(op.f("ix_sessions_handle"), "sessions", ["handle"], unique=False)
    op.create_table(
        "recoveries",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("handle", sa.String(80), nullable=False),
        sa.Column("begun_by", sa.String(80), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.String(80), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.String(80), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["handle"],
            ["accounts.handle"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index(op.f("ix_recoveries_handle"), "recoveries", ["handle"], unique=False)
    op.create_table(
        "viewers",
        sa.Column("handle", sa.String(80), nullable=False),
        sa.Column("case_id", sa.String(80), nullable=False),
        sa.Column("relative_id", sa.String(80), nullable=False),
        sa.Column("named_by", sa.String(80), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["handle"],
            ["accounts.handle"],
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
        ),
        sa.ForeignKeyConstraint(
            ["relative_id"],
            ["relatives.id"],
        ),
        sa.PrimaryKeyConstraint("handle"),
    )
    op.create_index(op.f("ix_viewers_case_id"), "viewers", ["case_id"], unique=False)
