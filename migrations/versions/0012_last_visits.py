"""Find the last visit of a household that meets the duty without reading the others; find who helps a project.

Revision: 0012
Follows: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OF_PROJECTS = sa.text("project_code IS NOT NULL")
MEETS_DUTY = sa.text("superseded_at IS NULL AND state <> 'not_counted'")


def upgrade() -> None:
    op.create_index(
        "ix_check_ins_last",
        "check_ins",
        ["household_id", "visited_on"],
        sqlite_where=MEETS_DUTY,
        postgresql_where=MEETS_DUTY,
    )
    op.create_index(
        "ix_pairings_project", "pairings", ["project_code"], sqlite_where=OF_PROJECTS, postgresql_where=OF_PROJECTS
    )


def downgrade() -> None:
    op.drop_index("ix_pairings_project", table_name="pairings")
    op.drop_index("ix_check_ins_last", table_name="check_ins")
