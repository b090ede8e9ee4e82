"""The index that the numbers of the inbox are counted along: in the order of their groups, severity behind them.

Revision: 0030
Follows: 0029
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

NAME = "ix_leads_counts"
NOW = ["status", "rule", "division_code", "assigned_to", "snoozed_until", "severity", "due_on", "trend"]
BEFORE = ["status", "rule", "severity", "division_code", "assigned_to", "snoozed_until", "due_on", "trend"]


def upgrade() -> None:
    op.drop_index(NAME, table_name="leads")
    op.create_index(NAME, "leads", NOW, unique=False)


def downgrade() -> None:
    op.drop_index(NAME, table_name="leads")
    op.create_index(NAME, "leads", BEFORE, unique=False)
