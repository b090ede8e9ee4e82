"""What was told of complaints in closed quarters: kept as it was told.

Revision: 0031
Follows: 0030
"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.database import BigInt, UtcDateTime
from portal.trail import triggers

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TABLES = ("complaint_counts",)


def upgrade() -> None:
    op.create_table('complaint_counts',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('first_on', sa.Date(), nullable=False),
    sa.Column('last_on', sa.Date(), nullable=False),
    sa.Column('smallest', sa.Integer(), nullable=False),
    sa.Column('lines', sa.JSON(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('published_on', sa.Date(), nullable=False),
    sa.Column('why', sa.Text(), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime, nullable=False),
    sa.Column('superseded_at', UtcDateTime, nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint('(version = 1) = (why IS NULL)', name=op.f('ck_complaint_counts_corrected_for_a_reason')),
    sa.CheckConstraint('first_on < last_on AND last_on < published_on', name=op.f('ck_complaint_counts_closed')),
    sa.ForeignKeyConstraint(['current_id'], ['complaint_counts.id'], name=op.f('fk_complaint_counts_current_id_complaint_counts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint_counts'))
    )
    op.create_index('ix_complaint_counts_batch', 'complaint_counts', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_complaint_counts_ended', 'complaint_counts', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_complaint_counts_kept', 'complaint_counts', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('uq_complaint_counts_current', 'complaint_counts', ['first_on'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    triggers.install(op.get_bind(), TABLES)


def downgrade() -> None:
    op.drop_table("complaint_counts")
