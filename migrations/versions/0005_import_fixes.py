"""Cells corrected on screen, saved import profiles, and the upload that a preview keeps.

Revision: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.database import BigInt, UtcDateTime
from portal.trail import triggers

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("import_fixes", "import_profiles")


def upgrade() -> None:
    op.add_column("import_batches", sa.Column("source_file", sa.String(length=80), nullable=True))
    op.create_table('import_fixes',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('import_id', BigInt, nullable=False),
    sa.Column('row', sa.Integer(), nullable=False),
    sa.Column('column', sa.String(length=80), nullable=False),
    sa.Column('before', sa.String(length=200), nullable=False),
    sa.Column('after', sa.String(length=200), nullable=False),
    sa.Column('before_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('after_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('made_by', sa.String(length=120), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['import_id'], ['import_batches.id'], name=op.f('fk_import_fixes_import_id_import_batches')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_fixes'))
    )
    op.create_index('ix_import_fixes_import', 'import_fixes', ['import_id', 'row'], unique=False)
    op.create_table('import_profiles',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('made_by', sa.String(length=120), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.Column('ended_by', sa.String(length=120), nullable=True),
    sa.Column('ended_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_profiles'))
    )
    op.create_index('ix_import_profiles_kind', 'import_profiles', ['kind'], unique=False)
    op.create_index('ix_import_profiles_name', 'import_profiles', ['name'], unique=False)
    triggers.install(op.get_bind(), TABLES)


def downgrade() -> None:
    op.drop_table("import_profiles")
    op.drop_table("import_fixes")
    with op.batch_alter_table("import_batches") as batch:
        batch.drop_column("source_file")
