"""The log, its checkpoints and the notices only grow: the database refuses anything else."""

from alembic import op

from consent import append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    append_only.install(op.get_bind())
