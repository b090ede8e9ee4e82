"""Count the visits of a place by day from an index alone.

Revision: 0014
Follows: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MEETS_DUTY = sa.text("superseded_at IS NULL AND state <> 'not_counted'")


def upgrade() -> None:
    op.create_index(
        "ix_check_ins_tally",
        "check_ins",
        ["division_code", "visited_on", "visit"],
        sqlite_where=MEETS_DUTY,
        postgresql_where=MEETS_DUTY,
    )


def downgrade() -> None:
    op.drop_index("ix_check_ins_tally", table_name="check_ins")
