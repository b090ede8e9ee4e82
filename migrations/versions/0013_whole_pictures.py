"""File whole pictures apart from the windows: a new photo looks for thousands of keys among the whole ones alone.

Revision: 0013
Follows: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

APART = 1 << 24  # above every key of a window


def upgrade() -> None:
    op.execute(f"UPDATE photo_bands SET key = key + {APART} WHERE \"window\" = 0 AND key < {APART}")


def downgrade() -> None:
    op.execute(f"UPDATE photo_bands SET key = key - {APART} WHERE \"window\" = 0 AND key >= {APART}")
