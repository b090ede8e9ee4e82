"""Who lived in a household on a past day: its former members by their own index.

Revision: 0028
Follows: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

PAST = sa.text("superseded_at IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_persons_past", "persons", ["household_id"], sqlite_where=PAST, postgresql_where=PAST)


def downgrade() -> None:
    op.drop_index("ix_persons_past", "persons")
