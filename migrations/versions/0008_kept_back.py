"""Keep with each line whom it reached and whether its own sums are public; until it is decided, they are not shown.

Revision: 0008
Follows: 0007
"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.database import BigInt

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("line_payouts", sa.Column("households", BigInt, nullable=False, server_default="0"))
    op.add_column("line_balances", sa.Column("kept_back", sa.Boolean, nullable=False, server_default=sa.true()))


def downgrade() -> None:
    op.drop_column("line_balances", "kept_back")
    op.drop_column("line_payouts", "households")
