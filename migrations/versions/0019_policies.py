"""Policies with who is entitled, runs over the register and whom they found unreached, and requests for help.

Revision: 0019
Follows: 0018
"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.database import BigInt, UtcDateTime
from portal.trail import triggers

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

LENIENT = "DO $do$ BEGIN {}; EXCEPTION WHEN insufficient_privilege OR undefined_object THEN RAISE NOTICE '%', SQLERRM; END $do$"
TABLES = ("help_requests", "policies", "reach_runs", "unreached")


def upgrade() -> None:
    op.create_table('policies',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('slug', sa.String(length=60), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('document', sa.String(length=200), nullable=False),
    sa.Column('document_no', sa.String(length=120), nullable=False),
    sa.Column('issuer', sa.String(length=120), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('topic', sa.String(length=8), nullable=False),
    sa.Column('about', sa.String(length=2), nullable=False),
    sa.Column('card', sa.Text(), nullable=False),
    sa.Column('amount', sa.Text(), nullable=False),
    sa.Column('apply_how', sa.Text(), nullable=False),
    sa.Column('call', sa.String(length=200), nullable=False),
    sa.Column('programmes', sa.JSON(), nullable=False),
    sa.Column('conditions', sa.JSON(), nullable=False),
    sa.Column('reached', sa.JSON(), nullable=True),
    sa.Column('is_followed', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('drafted_by', sa.String(length=120), nullable=False),
    sa.Column('drafted_at', UtcDateTime(), nullable=False),
    sa.Column('decided_by', sa.String(length=120), nullable=True),
    sa.Column('decided_at', UtcDateTime(), nullable=True),
    sa.Column('decided_why', sa.Text(), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint("state NOT IN ('已发布', '已有新版本', '已废止') OR decided_by IS NOT NULL", name=op.f('ck_policies_checked')),
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> drafted_by', name=op.f('ck_policies_two_persons')),
    sa.ForeignKeyConstraint(['current_id'], ['policies.id'], name=op.f('fk_policies_current_id_policies')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_policies'))
    )
    op.create_index('ix_policies_batch', 'policies', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_policies_ended', 'policies', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_policies_kept', 'policies', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('uq_policies_current', 'policies', ['slug', 'version'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_index('uq_policies_published', 'policies', ['slug'], unique=True, sqlite_where=sa.text("superseded_at IS NULL AND state = '已发布'"), postgresql_where=sa.text("superseded_at IS NULL AND state = '已发布'"))
    op.create_table('reach_runs',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('no', sa.String(length=24), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('ran_by', sa.String(length=120), nullable=False),
    sa.Column('started_at', UtcDateTime(), nullable=False),
    sa.Column('ended_at', UtcDateTime(), nullable=False),
    sa.Column('households', sa.Integer(), nullable=False),
    sa.Column('results', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reach_runs')),
    sa.UniqueConstraint('no', name=op.f('uq_reach_runs_no'))
    )
    op.create_index('ix_reach_runs_day', 'reach_runs', ['as_of', 'id'], unique=False)
    op.create_table('spent_challenges',
    sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_spent_challenges'))
    )
    op.create_index(op.f('ix_spent_challenges_expires_at'), 'spent_challenges', ['expires_at'], unique=False)
    op.create_table('help_requests',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=8), nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('household_id', BigInt, nullable=True),
    sa.Column('linked_to', BigInt, nullable=True),
    sa.Column('channel', sa.String(length=12), nullable=False),
    sa.Column('name_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('id_index', sa.LargeBinary(length=16), nullable=True),
    sa.Column('phone_index', sa.LargeBinary(length=16), nullable=True),
    sa.Column('code_hash', sa.String(length=120), nullable=True),
    sa.Column('asked_at', UtcDateTime(), nullable=False),
    sa.Column('shown_from', UtcDateTime(), nullable=False),
    sa.Column('visit_due_on', sa.Date(), nullable=False),
    sa.Column('done_due_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('visited_on', sa.Date(), nullable=True),
    sa.Column('first_visitor', sa.String(length=80), nullable=True),
    sa.Column('second_visitor', sa.String(length=80), nullable=True),
    sa.Column('found_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('answer_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('procedure_no', sa.String(length=40), nullable=True),
    sa.Column('handled_by', sa.String(length=120), nullable=True),
    sa.Column('handled_at', UtcDateTime(), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint('second_visitor IS NULL OR second_visitor <> first_visitor', name=op.f('ck_help_requests_two_visitors')),
    sa.ForeignKeyConstraint(['current_id'], ['help_requests.id'], name=op.f('fk_help_requests_current_id_help_requests')),
    sa.ForeignKeyConstraint(['household_id'], ['households.id'], name=op.f('fk_help_requests_household_id_households')),
    sa.ForeignKeyConstraint(['linked_to'], ['help_requests.id'], name=op.f('fk_help_requests_linked_to_help_requests')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_help_requests'))
    )
    op.create_index('ix_help_requests_batch', 'help_requests', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_help_requests_ended', 'help_requests', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_help_requests_household', 'help_requests', ['household_id'], unique=False)
    op.create_index('ix_help_requests_id_index', 'help_requests', ['id_index'], unique=False)
    op.create_index('ix_help_requests_kept', 'help_requests', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_help_requests_linked', 'help_requests', ['linked_to'], unique=False)
    op.create_index('ix_help_requests_open', 'help_requests', ['division_code', 'due_on', 'id'], unique=False, sqlite_where=sa.text("superseded_at IS NULL AND state IN ('待入户', '已入户')"), postgresql_where=sa.text("superseded_at IS NULL AND state IN ('待入户', '已入户')"))
    op.create_index('ix_help_requests_phone', 'help_requests', ['phone_index'], unique=False)
    op.create_index('ix_help_requests_place', 'help_requests', ['division_code', 'due_on', 'id'], unique=False)
    op.create_index('uq_help_requests_current', 'help_requests', ['no'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('unreached',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('policy', sa.String(length=60), nullable=False),
    sa.Column('policy_version', sa.Integer(), nullable=False),
    sa.Column('household_id', BigInt, nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('persons', sa.Integer(), nullable=False),
    sa.Column('first_seen', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('note_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('handled_by', sa.String(length=120), nullable=True),
    sa.Column('handled_at', UtcDateTime(), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.ForeignKeyConstraint(['current_id'], ['unreached.id'], name=op.f('fk_unreached_current_id_unreached')),
    sa.ForeignKeyConstraint(['household_id'], ['households.id'], name=op.f('fk_unreached_household_id_households')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unreached'))
    )
    op.create_index('ix_unreached_batch', 'unreached', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_unreached_ended', 'unreached', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_unreached_household', 'unreached', ['household_id'], unique=False)
    op.create_index('ix_unreached_kept', 'unreached', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_unreached_open', 'unreached', ['division_code', 'due_on', 'id'], unique=False, sqlite_where=sa.text("superseded_at IS NULL AND state = '待跟进'"), postgresql_where=sa.text("superseded_at IS NULL AND state = '待跟进'"))
    op.create_index('ix_unreached_policy', 'unreached', ['policy', 'state', 'due_on', 'id'], unique=False)
    op.create_index('uq_unreached_current', 'unreached', ['policy', 'household_id'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    triggers.install(op.get_bind(), TABLES)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(LENIENT.format("GRANT DELETE ON spent_challenges TO yangguang_app"))


def downgrade() -> None:
    op.drop_table("unreached")
    op.drop_table("reach_runs")
    op.drop_table("policies")
    op.drop_table("help_requests")
    op.drop_table("spent_challenges")
