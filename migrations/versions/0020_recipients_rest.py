"""What was left of the register in motion.

How long silence keeps a dispute open; what a decision changed, so that it can be revoked; the second visitor of a visit;
the code of an objection's receipt.

Revision: 0020
Follows: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

OPEN_INDEXES = {
    "ix_household_disputes_open": ["due_on", "id"],
    "ix_household_disputes_subject": ["subject_kind", "subject_no"],
}
MAY_BE_OPEN = "superseded_at IS NULL AND state IN ('待办', '已答复', '仍不认可')"
WAS_OPEN = "superseded_at IS NULL AND (state IN ('待办', '仍不认可') OR (state = '已答复' AND finding = '查不清'))"


def upgrade() -> None:
    op.add_column("household_disputes", sa.Column("answered_version", sa.String(length=80), nullable=True))
    op.add_column("household_disputes", sa.Column("objects_until", sa.Date(), nullable=True))
    _index_again(MAY_BE_OPEN)
    op.add_column("help_requests", sa.Column("second_account", sa.String(length=64), nullable=True))
    op.add_column("help_requests", sa.Column("second_unit", sa.String(length=200), nullable=True))
    op.add_column("help_requests", sa.Column("second_sheet", sa.String(length=64), nullable=True))
    op.add_column("notice_objections", sa.Column("code_hash", sa.String(length=120), nullable=True))
    op.add_column("procedures", sa.Column("status_before", sa.String(length=8), nullable=True))
    op.add_column("procedures", sa.Column("category_before", sa.String(length=20), nullable=True))


def downgrade() -> None:
    op.drop_column("procedures", "category_before")
    op.drop_column("procedures", "status_before")
    op.drop_column("notice_objections", "code_hash")
    for name in ("second_sheet", "second_unit", "second_account"):
        op.drop_column("help_requests", name)
    _index_again(WAS_OPEN)
    op.drop_column("household_disputes", "objects_until")
    op.drop_column("household_disputes", "answered_version")


def _index_again(condition: str) -> None:
    for name, columns in OPEN_INDEXES.items():
        op.drop_index(name, "household_disputes")
        where = sa.text(condition)
        op.create_index(name, "household_disputes", columns, unique=False, sqlite_where=where, postgresql_where=where)
