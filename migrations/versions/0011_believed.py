"""Whether visits can be believed: hearings and findings of leads, pauses of rules, draws of visits and their queue.

Revision: 0011
Follows: 0010
"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.database import BigInt, UtcDateTime
from portal.trail import triggers

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("lead_findings", "lead_hearings", "rule_pauses", "sample_items", "visit_draws")


def upgrade() -> None:
    op.create_table('rule_pauses',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('rule', sa.String(length=8), nullable=False),
    sa.Column('rule_version', sa.Integer(), nullable=False),
    sa.Column('closed', sa.Integer(), nullable=False),
    sa.Column('confirmed', sa.Integer(), nullable=False),
    sa.Column('paused_at', UtcDateTime(), nullable=False),
    sa.Column('resumed_at', UtcDateTime(), nullable=True),
    sa.Column('resumed_by', sa.String(length=120), nullable=True),
    sa.Column('resumed_why', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rule_pauses'))
    )
    op.create_index('ix_rule_pauses_rule', 'rule_pauses', ['rule', 'resumed_at'], unique=False)
    op.create_index('uq_rule_pauses_lasting', 'rule_pauses', ['rule'], unique=True, sqlite_where=sa.text('resumed_at IS NULL'), postgresql_where=sa.text('resumed_at IS NULL'))
    op.create_table('visit_draws',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('no', sa.String(length=24), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('received_before', UtcDateTime(), nullable=False),
    sa.Column('population', sa.Integer(), nullable=False),
    sa.Column('population_sha256', sa.String(length=64), nullable=False),
    sa.Column('per_cent', sa.String(length=12), nullable=False),
    sa.Column('seed', sa.String(length=64), nullable=False),
    sa.Column('drawn', sa.Integer(), nullable=False),
    sa.Column('drawn_by', sa.String(length=120), nullable=False),
    sa.Column('drawn_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit_draws')),
    sa.UniqueConstraint('no', name=op.f('uq_visit_draws_no'))
    )
    op.create_index('uq_visit_draws_month', 'visit_draws', ['kind', 'division_code', 'month'], unique=True)
    op.create_table('lead_findings',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('lead_id', BigInt, nullable=False),
    sa.Column('rule', sa.String(length=8), nullable=False),
    sa.Column('rule_version', sa.Integer(), nullable=False),
    sa.Column('finding', sa.String(length=8), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('found_by', sa.String(length=120), nullable=False),
    sa.Column('found_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['lead_id'], ['leads.id'], name=op.f('fk_lead_findings_lead_id_leads')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lead_findings'))
    )
    op.create_index('ix_lead_findings_lead', 'lead_findings', ['lead_id', 'id'], unique=False)
    op.create_index('ix_lead_findings_rule', 'lead_findings', ['rule', 'found_at'], unique=False)
    op.create_table('lead_hearings',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('lead_id', BigInt, nullable=False),
    sa.Column('answer_by', sa.Date(), nullable=True),
    sa.Column('over_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['lead_id'], ['leads.id'], name=op.f('fk_lead_hearings_lead_id_leads')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lead_hearings')),
    sa.UniqueConstraint('lead_id', name=op.f('uq_lead_hearings_lead_id'))
    )
    op.create_table('sample_items',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=60), nullable=False),
    sa.Column('draw_id', BigInt, nullable=True),
    sa.Column('reason', sa.String(length=8), nullable=False),
    sa.Column('claim_id', sa.String(length=36), nullable=False),
    sa.Column('household_id', BigInt, nullable=False),
    sa.Column('helper_id', BigInt, nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('by_telephone', sa.Boolean(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=4), nullable=False),
    sa.Column('outcome', sa.String(length=8), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('done_by', sa.String(length=120), nullable=True),
    sa.Column('done_at', UtcDateTime(), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.ForeignKeyConstraint(['current_id'], ['sample_items.id'], name=op.f('fk_sample_items_current_id_sample_items')),
    sa.ForeignKeyConstraint(['draw_id'], ['visit_draws.id'], name=op.f('fk_sample_items_draw_id_visit_draws')),
    sa.ForeignKeyConstraint(['helper_id'], ['helpers.id'], name=op.f('fk_sample_items_helper_id_helpers')),
    sa.ForeignKeyConstraint(['household_id'], ['households.id'], name=op.f('fk_sample_items_household_id_households')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sample_items'))
    )
    op.create_index('ix_sample_items_batch', 'sample_items', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_sample_items_draw', 'sample_items', ['draw_id'], unique=False)
    op.create_index('ix_sample_items_ended', 'sample_items', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_sample_items_household', 'sample_items', ['household_id'], unique=False)
    op.create_index('ix_sample_items_kept', 'sample_items', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_sample_items_waiting', 'sample_items', ['division_code', 'due_on', 'id'], unique=False, sqlite_where=sa.text("superseded_at IS NULL AND state = '待办'"), postgresql_where=sa.text("superseded_at IS NULL AND state = '待办'"))
    op.create_index('uq_sample_items_current', 'sample_items', ['no'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_index('ix_check_ins_received', 'check_ins', ['received_at', 'id'], unique=False, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    triggers.install(op.get_bind(), TABLES)


def downgrade() -> None:
    op.drop_index("ix_check_ins_received", "check_ins")
    op.drop_table("sample_items")
    op.drop_table("visit_draws")
    op.drop_table("rule_pauses")
    op.drop_table("lead_hearings")
    op.drop_table("lead_findings")
