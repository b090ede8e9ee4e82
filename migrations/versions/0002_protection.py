"""Protection: triggers on every protected table, the database's roles, the row that SQLite's triggers read.

Revision: 0002
Follows: 0001
"""

from alembic import op
from sqlalchemy import text

from portal.trail import triggers

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    "allocations",
    "asset_distributions",
    "assets",
    "bank_returns",
    "calendar_days",
    "check_runs",
    "divisions",
    "grants",
    "helpers",
    "households",
    "incomes",
    "leads",
    "one_time_codes",
    "pairings",
    "parameters",
    "payments",
    "persons",
    "printed_gaps",
    "programmes",
    "projects",
    "units",
    "user_roles",
    "user_scopes",
    "users",
    "weak_villages",
)


def upgrade() -> None:
    triggers.install(op.get_bind(), TABLES)


def downgrade() -> None:
    connection = op.get_bind()
    for statement in triggers.drop_trigger_statements(connection.dialect.name, TABLES):
        connection.execute(text(statement))
