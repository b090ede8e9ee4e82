"""How complaints are handled: routing by postings and relatives, steps, clocks, who opened what, opened rooms.

Revision: 0023
Follows: 0022
"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.database import BigInt, UtcDateTime
from portal.trail import triggers

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

LENIENT = "DO $do$ BEGIN {}; EXCEPTION WHEN insufficient_privilege OR undefined_object THEN RAISE NOTICE '%', SQLERRM; END $do$"
TABLES = ("complaint_handlings", "complaint_openings", "complaint_steps", "kinships", "tenures")


def upgrade() -> None:
    op.create_table('kinships',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('username', sa.String(length=64), nullable=False),
    sa.Column('name_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('relation', sa.String(length=20), nullable=False),
    sa.Column('unit_code', sa.String(length=40), nullable=True),
    sa.Column('mark', sa.LargeBinary(length=16), nullable=False),
    sa.Column('name_mark', sa.LargeBinary(length=16), nullable=False),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.ForeignKeyConstraint(['current_id'], ['kinships.id'], name=op.f('fk_kinships_current_id_kinships')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kinships'))
    )
    op.create_index('ix_kinships_batch', 'kinships', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_kinships_ended', 'kinships', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_kinships_kept', 'kinships', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_kinships_mark', 'kinships', ['mark'], unique=False)
    op.create_index('uq_kinships_current', 'kinships', ['username', 'mark'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('tenures',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('username', sa.String(length=64), nullable=False),
    sa.Column('unit_code', sa.String(length=40), nullable=False),
    sa.Column('duty', sa.String(length=60), nullable=False),
    sa.Column('is_head', sa.Boolean(), nullable=False),
    sa.Column('superior', sa.String(length=64), nullable=True),
    sa.Column('since_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.ForeignKeyConstraint(['current_id'], ['tenures.id'], name=op.f('fk_tenures_current_id_tenures')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tenures'))
    )
    op.create_index('ix_tenures_batch', 'tenures', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_tenures_ended', 'tenures', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_tenures_kept', 'tenures', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_tenures_superior', 'tenures', ['superior'], unique=False)
    op.create_index('ix_tenures_unit', 'tenures', ['unit_code'], unique=False)
    op.create_index('uq_tenures_current', 'tenures', ['username', 'unit_code', 'since_on'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('complaint_handlings',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('complaint_id', BigInt, nullable=False),
    sa.Column('steps', sa.Integer(), nullable=False),
    sa.Column('matter', sa.String(length=8), nullable=False),
    sa.Column('since_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('clock', sa.String(length=40), nullable=True),
    sa.Column('remind_on', sa.Date(), nullable=True),
    sa.Column('reminded_on', sa.Date(), nullable=True),
    sa.Column('silent_on', sa.Date(), nullable=True),
    sa.Column('raised', sa.Integer(), nullable=False),
    sa.Column('raised_on', sa.Date(), nullable=True),
    sa.Column('alarm', sa.Boolean(), nullable=False),
    sa.Column('told_organ', sa.String(length=12), nullable=True),
    sa.Column('assigned_to', sa.String(length=120), nullable=True),
    sa.Column('proposed', sa.String(length=12), nullable=True),
    sa.Column('proposed_by', sa.String(length=120), nullable=True),
    sa.Column('proposed_from', sa.String(length=8), nullable=True),
    sa.Column('studied_by', sa.JSON(), nullable=True),
    sa.Column('decided_by', sa.String(length=120), nullable=True),
    sa.Column('disposal', sa.String(length=12), nullable=True),
    sa.Column('evidence', sa.JSON(), nullable=True),
    sa.Column('longer_days', sa.Integer(), nullable=True),
    sa.Column('longer_asked_by', sa.String(length=120), nullable=True),
    sa.Column('longer_by', sa.String(length=120), nullable=True),
    sa.Column('linked_to', sa.BigInteger(), nullable=True),
    sa.Column('malicious_by', sa.String(length=120), nullable=True),
    sa.Column('malicious_with', sa.String(length=120), nullable=True),
    sa.Column('satisfaction', sa.String(length=8), nullable=True),
    sa.Column('appeals', sa.Integer(), nullable=False),
    sa.Column('ask_again_on', sa.Date(), nullable=True),
    sa.Column('solved', sa.Boolean(), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> proposed_by', name=op.f('ck_complaint_handlings_two_persons')),
    sa.CheckConstraint('malicious_with IS NULL OR malicious_with <> malicious_by', name=op.f('ck_complaint_handlings_two_marked')),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaints.id'], name=op.f('fk_complaint_handlings_complaint_id_complaints')),
    sa.ForeignKeyConstraint(['current_id'], ['complaint_handlings.id'], name=op.f('fk_complaint_handlings_current_id_complaint_handlings')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint_handlings'))
    )
    op.create_index('ix_complaint_handlings_batch', 'complaint_handlings', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_complaint_handlings_due', 'complaint_handlings', ['due_on'], unique=False)
    op.create_index('ix_complaint_handlings_ended', 'complaint_handlings', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_complaint_handlings_kept', 'complaint_handlings', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_complaint_handlings_silent', 'complaint_handlings', ['silent_on'], unique=False)
    op.create_index('ix_complaint_handlings_told', 'complaint_handlings', ['told_organ'], unique=False)
    op.create_index('uq_complaint_handlings_current', 'complaint_handlings', ['complaint_id'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('complaint_openings',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('complaint_id', BigInt, nullable=False),
    sa.Column('why', sa.String(length=400), nullable=False),
    sa.Column('asked_by', sa.String(length=120), nullable=False),
    sa.Column('asked_on', sa.Date(), nullable=False),
    sa.Column('agreed_by', sa.String(length=120), nullable=True),
    sa.Column('agreed_on', sa.Date(), nullable=True),
    sa.Column('opened_on', sa.Date(), nullable=True),
    sa.CheckConstraint('agreed_by IS NULL OR agreed_by <> asked_by', name=op.f('ck_complaint_openings_two_opened')),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaints.id'], name=op.f('fk_complaint_openings_complaint_id_complaints')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint_openings'))
    )
    op.create_index('ix_complaint_openings_complaint', 'complaint_openings', ['complaint_id'], unique=False)
    op.create_table('complaint_steps',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('complaint_id', BigInt, nullable=False),
    sa.Column('step', sa.String(length=12), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('organ', sa.String(length=12), nullable=False),
    sa.Column('actor', sa.String(length=120), nullable=False),
    sa.Column('done_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('is_public', sa.Boolean(), nullable=False),
    sa.Column('note_box', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaints.id'], name=op.f('fk_complaint_steps_complaint_id_complaints')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint_steps'))
    )
    op.create_index('ix_complaint_steps_complaint', 'complaint_steps', ['complaint_id', 'n'], unique=True)
    op.create_table('case_rooms',
    sa.Column('session_id', BigInt, autoincrement=False, nullable=False),
    sa.Column('blob', sa.LargeBinary(), nullable=False),
    sa.Column('used_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['session_id'], ['login_sessions.id'], name=op.f('fk_case_rooms_session_id_login_sessions')),
    sa.PrimaryKeyConstraint('session_id', name=op.f('pk_case_rooms'))
    )
    triggers.install(op.get_bind(), TABLES)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(LENIENT.format("GRANT DELETE ON case_rooms TO yangguang_app"))


def downgrade() -> None:
    op.drop_table("case_rooms")
    op.drop_table("complaint_openings")
    op.drop_table("complaint_steps")
    op.drop_table("complaint_handlings")
    op.drop_table("kinships")
    op.drop_table("tenures")
