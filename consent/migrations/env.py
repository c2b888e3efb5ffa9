"""Alembic's entry: runs inside the transaction that `consent.db.upgrade` opened."""

from alembic import context

from consent.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
