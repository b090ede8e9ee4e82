"""Search: names by their beginning (heads of households, helpers), incomes by day and kind, returns that failed.

Revision: 0004
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CURRENT = "superseded_at IS NULL"
INDEXES = {
    "ix_persons_name": ("persons", ["name", "relation", "household_id"], CURRENT),
    "ix_helpers_name": ("helpers", ["name", "no"], CURRENT),
    "ix_incomes_day": ("incomes", ["occurred_on", "id"], CURRENT),
    "ix_incomes_category": ("incomes", ["category", "occurred_on", "id"], CURRENT),
    "ix_pairings_village": ("pairings", ["village_code"], "village_code IS NOT NULL"),
    "ix_line_balances_newest": ("line_balances", ["year", "allocation_id"], None),
    "ix_line_balances_unanswered": ("line_balances", ["allocation_id"], "pending_count <> 0"),
    "ix_bank_returns_troubled": ("bank_returns", ["result", "payment_id"], f"{CURRENT} AND result <> '成功'"),
}


def upgrade() -> None:
    for name, (table, columns, where) in INDEXES.items():
        by_beginning = {"name": "varchar_pattern_ops"} if columns[0] == "name" else {}
        op.create_index(
            name,
            table,
            columns,
            unique=False,
            postgresql_ops=by_beginning,
            sqlite_where=sa.text(where) if where else None,
            postgresql_where=sa.text(where) if where else None,
        )


def downgrade() -> None:
    for name, (table, _columns, _where) in INDEXES.items():
        op.drop_index(name, table_name=table)
