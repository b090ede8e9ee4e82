"""Changes of dated parameters that wait for a second person.

Revision: 0029
Follows: 0028
"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.database import BigInt, UtcDateTime
from portal.trail import triggers

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TABLES = ("parameter_proposals",)


def upgrade() -> None:
    op.create_table('parameter_proposals',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=20), nullable=False),
    sa.Column('doing', sa.String(length=4), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('parameter_id', BigInt, nullable=True),
    sa.Column('wanted', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('stood', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('version', sa.String(length=80), nullable=True),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('proposed_by', sa.String(length=120), nullable=False),
    sa.Column('proposed_at', UtcDateTime, nullable=False),
    sa.Column('state', sa.String(length=4), nullable=False),
    sa.Column('decided_by', sa.String(length=120), nullable=True),
    sa.Column('decided_at', UtcDateTime, nullable=True),
    sa.Column('decided_why', sa.Text(), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime, nullable=False),
    sa.Column('superseded_at', UtcDateTime, nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint("(decided_by IS NULL) = (state = '待复核')", name=op.f('ck_parameter_proposals_decided_by_somebody')),
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> proposed_by', name=op.f('ck_parameter_proposals_two_persons')),
    sa.ForeignKeyConstraint(['current_id'], ['parameter_proposals.id'], name=op.f('fk_parameter_proposals_current_id_parameter_proposals')),
    sa.ForeignKeyConstraint(['parameter_id'], ['parameters.id'], name=op.f('fk_parameter_proposals_parameter_id_parameters')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_parameter_proposals'))
    )
    op.create_index('ix_parameter_proposals_batch', 'parameter_proposals', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_parameter_proposals_ended', 'parameter_proposals', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_parameter_proposals_kept', 'parameter_proposals', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_parameter_proposals_waiting', 'parameter_proposals', ['division_code', 'id'], unique=False, sqlite_where=sa.text("superseded_at IS NULL AND state = '待复核'"), postgresql_where=sa.text("superseded_at IS NULL AND state = '待复核'"))
    op.create_index('uq_parameter_proposals_current', 'parameter_proposals', ['no'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    triggers.install(op.get_bind(), TABLES)


def downgrade() -> None:
    op.drop_table("parameter_proposals")
