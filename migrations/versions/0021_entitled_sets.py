"""Find the leads and reconfirmations of a household, and list whom policies have not reached, without reading the others.

Revision: 0021
Follows: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

CURRENT = sa.text("superseded_at IS NULL")
OPEN = sa.text("superseded_at IS NULL AND state = '待跟进'")
OF_A_HOUSEHOLD = sa.text("household_no IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_leads_household", "leads", ["household_no"], sqlite_where=OF_A_HOUSEHOLD, postgresql_where=OF_A_HOUSEHOLD
    )
    op.create_index("ix_reconfirmations_household", "reconfirmations", ["household_id", "id"])
    op.drop_index("ix_unreached_open", table_name="unreached")
    op.drop_index("ix_unreached_policy", table_name="unreached")
    for name, columns in (
        ("ix_unreached_due", ["state", "due_on", "id", "division_code"]),
        ("ix_unreached_policy", ["policy", "state", "due_on", "id", "division_code"]),
    ):
        op.create_index(name, "unreached", columns, sqlite_where=CURRENT, postgresql_where=CURRENT)


def downgrade() -> None:
    op.drop_index("ix_unreached_policy", table_name="unreached")
    op.drop_index("ix_unreached_due", table_name="unreached")
    op.create_index("ix_unreached_policy", "unreached", ["policy", "state", "due_on", "id"])
    op.create_index(
        "ix_unreached_open", "unreached", ["division_code", "due_on", "id"], sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.drop_index("ix_reconfirmations_household", table_name="reconfirmations")
    op.drop_index("ix_leads_household", table_name="leads")
