"""Ended income entries are found by their key: an entry from a phone that is sent again stays the one it was.

Revision: 0010
Follows: 0009
"""

from alembic import op
from sqlalchemy import text

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ENDED = text("superseded_at IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_incomes_ended_key", "incomes", ["content_key"], unique=False, sqlite_where=ENDED, postgresql_where=ENDED
    )


def downgrade() -> None:
    op.drop_index("ix_incomes_ended_key", table_name="incomes")
