"""The application's role may delete sums: they are computed anew from protected rows, which it still may not delete.

Revision: 0006
Follows: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SUMS = "line_balances, flow_cells, line_payouts, household_payouts, programme_cells"
LENIENT = "DO $do$ BEGIN {}; EXCEPTION WHEN insufficient_privilege OR undefined_object THEN RAISE NOTICE '%', SQLERRM; END $do$"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(LENIENT.format(f"GRANT DELETE ON {SUMS} TO yangguang_app"))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(LENIENT.format(f"REVOKE DELETE ON {SUMS} FROM yangguang_app"))
