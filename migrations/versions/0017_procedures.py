"""Procedures of entry, monitoring, exit and 低保, and changes of households.

Revision: 0017
Follows: 0016
"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.database import BigInt, UtcDateTime
from portal.trail import triggers

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLES = (
    "credit_records", "household_changes", "procedure_draws", "procedure_files", "procedure_objections",
    "procedure_steps", "procedures", "reconfirmations",
)


def upgrade() -> None:
    op.create_table('procedure_draws',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('no', sa.String(length=24), nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('population', sa.Integer(), nullable=False),
    sa.Column('population_sha256', sa.String(length=64), nullable=False),
    sa.Column('members', sa.JSON(), nullable=False),
    sa.Column('per_cent', sa.String(length=12), nullable=False),
    sa.Column('seed', sa.String(length=64), nullable=False),
    sa.Column('drawn', sa.Integer(), nullable=False),
    sa.Column('related', sa.Integer(), nullable=False),
    sa.Column('drawn_by', sa.String(length=120), nullable=False),
    sa.Column('drawn_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_procedure_draws')),
    sa.UniqueConstraint('no', name=op.f('uq_procedure_draws_no'))
    )
    op.create_index('ix_procedure_draws_place', 'procedure_draws', ['division_code', 'month'], unique=False)
    op.create_table('procedures',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=24), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('household_id', BigInt, nullable=True),
    sa.Column('applicant', sa.String(length=80), nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('source', sa.String(length=8), nullable=False),
    sa.Column('request_no', sa.String(length=40), nullable=True),
    sa.Column('opened_by', sa.String(length=120), nullable=False),
    sa.Column('opened_on', sa.Date(), nullable=False),
    sa.Column('proposal', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('state_since', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('whole_due_on', sa.Date(), nullable=True),
    sa.Column('page_agreed', sa.Boolean(), nullable=True),
    sa.Column('page_agreed_through', sa.String(length=8), nullable=True),
    sa.Column('page_agreed_at', UtcDateTime(), nullable=True),
    sa.Column('draw_no', sa.String(length=24), nullable=True),
    sa.Column('is_sampled', sa.Boolean(), nullable=True),
    sa.Column('sample_reason', sa.String(length=8), nullable=True),
    sa.Column('outcome', sa.String(length=8), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('decided_by', sa.String(length=120), nullable=True),
    sa.Column('document', sa.String(length=120), nullable=True),
    sa.Column('reason_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('how_to_object', sa.Text(), nullable=True),
    sa.Column('amount_fen', BigInt, nullable=True),
    sa.Column('effect_until', sa.Date(), nullable=True),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> opened_by', name=op.f('ck_procedures_two_persons')),
    sa.ForeignKeyConstraint(['current_id'], ['procedures.id'], name=op.f('fk_procedures_current_id_procedures')),
    sa.ForeignKeyConstraint(['household_id'], ['households.id'], name=op.f('fk_procedures_household_id_households')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_procedures'))
    )
    op.create_index('ix_procedures_batch', 'procedures', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_procedures_due', 'procedures', ['due_on', 'id'], unique=False, sqlite_where=sa.text('superseded_at IS NULL AND closed_on IS NULL'), postgresql_where=sa.text('superseded_at IS NULL AND closed_on IS NULL'))
    op.create_index('ix_procedures_ended', 'procedures', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_procedures_household', 'procedures', ['household_id', 'id'], unique=False, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_index('ix_procedures_kept', 'procedures', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_procedures_place', 'procedures', ['division_code', 'id'], unique=False, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_index('uq_procedures_current', 'procedures', ['no'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_index('uq_procedures_open', 'procedures', ['household_id', 'kind'], unique=True, sqlite_where=sa.text('superseded_at IS NULL AND closed_on IS NULL'), postgresql_where=sa.text('superseded_at IS NULL AND closed_on IS NULL'))
    op.create_index('uq_procedures_request', 'procedures', ['request_no'], unique=True, sqlite_where=sa.text('superseded_at IS NULL AND request_no IS NOT NULL'), postgresql_where=sa.text('superseded_at IS NULL AND request_no IS NOT NULL'))
    op.create_table('reconfirmations',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=24), nullable=False),
    sa.Column('household_id', BigInt, nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('subject_kind', sa.String(length=20), nullable=False),
    sa.Column('subject_no', sa.String(length=80), nullable=False),
    sa.Column('difference_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('asked_by', sa.String(length=120), nullable=False),
    sa.Column('asked_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('response', sa.String(length=8), nullable=True),
    sa.Column('response_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('response_through', sa.String(length=8), nullable=True),
    sa.Column('responded_on', sa.Date(), nullable=True),
    sa.Column('conclusion', sa.String(length=8), nullable=True),
    sa.Column('conclusion_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('concluded_by', sa.String(length=120), nullable=True),
    sa.Column('concluded_on', sa.Date(), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint('concluded_by IS NULL OR concluded_by <> asked_by', name=op.f('ck_reconfirmations_two_persons')),
    sa.ForeignKeyConstraint(['current_id'], ['reconfirmations.id'], name=op.f('fk_reconfirmations_current_id_reconfirmations')),
    sa.ForeignKeyConstraint(['household_id'], ['households.id'], name=op.f('fk_reconfirmations_household_id_households')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reconfirmations'))
    )
    op.create_index('ix_reconfirmations_batch', 'reconfirmations', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_reconfirmations_ended', 'reconfirmations', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_reconfirmations_kept', 'reconfirmations', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_reconfirmations_place', 'reconfirmations', ['division_code', 'due_on', 'id'], unique=False)
    op.create_index('uq_reconfirmations_current', 'reconfirmations', ['no'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_index('uq_reconfirmations_open', 'reconfirmations', ['household_id'], unique=True, sqlite_where=sa.text("superseded_at IS NULL AND state <> '已有结论'"), postgresql_where=sa.text("superseded_at IS NULL AND state <> '已有结论'"))
    op.create_table('credit_records',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('household_id', BigInt, nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('reconfirmation_id', BigInt, nullable=False),
    sa.Column('recorded_by', sa.String(length=120), nullable=False),
    sa.Column('recorded_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['household_id'], ['households.id'], name=op.f('fk_credit_records_household_id_households')),
    sa.ForeignKeyConstraint(['reconfirmation_id'], ['reconfirmations.id'], name=op.f('fk_credit_records_reconfirmation_id_reconfirmations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credit_records')),
    sa.UniqueConstraint('reconfirmation_id', name=op.f('uq_credit_records_reconfirmation_id'))
    )
    op.create_index('ix_credit_records_place', 'credit_records', ['division_code', 'id'], unique=False)
    op.create_table('household_changes',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('household_id', BigInt, nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=4), nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('happened_on', sa.Date(), nullable=False),
    sa.Column('person_id', BigInt, nullable=True),
    sa.Column('other_household_id', BigInt, nullable=True),
    sa.Column('values_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('people', sa.Integer(), nullable=True),
    sa.Column('basis', sa.String(length=120), nullable=False),
    sa.Column('entered_by', sa.String(length=120), nullable=False),
    sa.Column('entered_at', UtcDateTime(), nullable=False),
    sa.Column('state', sa.String(length=4), nullable=False),
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
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> entered_by', name=op.f('ck_household_changes_two_persons')),
    sa.ForeignKeyConstraint(['current_id'], ['household_changes.id'], name=op.f('fk_household_changes_current_id_household_changes')),
    sa.ForeignKeyConstraint(['household_id'], ['households.id'], name=op.f('fk_household_changes_household_id_households')),
    sa.ForeignKeyConstraint(['other_household_id'], ['households.id'], name=op.f('fk_household_changes_other_household_id_households')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_household_changes_person_id_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_household_changes'))
    )
    op.create_index('ix_household_changes_batch', 'household_changes', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_household_changes_ended', 'household_changes', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_household_changes_kept', 'household_changes', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_household_changes_other', 'household_changes', ['other_household_id'], unique=False)
    op.create_index('ix_household_changes_waiting', 'household_changes', ['division_code', 'id'], unique=False, sqlite_where=sa.text("superseded_at IS NULL AND state = '待确认'"), postgresql_where=sa.text("superseded_at IS NULL AND state = '待确认'"))
    op.create_index('uq_household_changes_current', 'household_changes', ['household_id', 'n'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('procedure_files',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('procedure_id', BigInt, nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('sha256', sa.LargeBinary(length=32), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('media_type', sa.String(length=20), nullable=False),
    sa.Column('added_by', sa.String(length=120), nullable=False),
    sa.Column('added_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['procedure_id'], ['procedures.id'], name=op.f('fk_procedure_files_procedure_id_procedures')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_procedure_files'))
    )
    op.create_index('uq_procedure_files_content', 'procedure_files', ['procedure_id', 'kind', 'sha256'], unique=True)
    op.create_table('procedure_objections',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=36), nullable=False),
    sa.Column('procedure_id', BigInt, nullable=False),
    sa.Column('step', sa.String(length=8), nullable=False),
    sa.Column('objector', sa.String(length=8), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('text_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('entered_by', sa.String(length=120), nullable=False),
    sa.Column('is_upheld', sa.Boolean(), nullable=True),
    sa.Column('answer_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('answered_by', sa.String(length=120), nullable=True),
    sa.Column('answered_at', UtcDateTime(), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.ForeignKeyConstraint(['current_id'], ['procedure_objections.id'], name=op.f('fk_procedure_objections_current_id_procedure_objections')),
    sa.ForeignKeyConstraint(['procedure_id'], ['procedures.id'], name=op.f('fk_procedure_objections_procedure_id_procedures')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_procedure_objections'))
    )
    op.create_index('ix_procedure_objections_batch', 'procedure_objections', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_procedure_objections_ended', 'procedure_objections', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_procedure_objections_kept', 'procedure_objections', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_procedure_objections_procedure', 'procedure_objections', ['procedure_id'], unique=False)
    op.create_index('uq_procedure_objections_current', 'procedure_objections', ['no'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('procedure_steps',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('procedure_id', BigInt, nullable=False),
    sa.Column('step', sa.String(length=8), nullable=False),
    sa.Column('verdict', sa.String(length=8), nullable=False),
    sa.Column('happened_on', sa.Date(), nullable=False),
    sa.Column('done_by', sa.String(length=120), nullable=False),
    sa.Column('done_at', UtcDateTime(), nullable=False),
    sa.Column('held', sa.JSON(), nullable=False),
    sa.Column('note_sealed', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['procedure_id'], ['procedures.id'], name=op.f('fk_procedure_steps_procedure_id_procedures')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_procedure_steps'))
    )
    op.create_index('ix_procedure_steps_person', 'procedure_steps', ['done_by', 'done_at'], unique=False)
    op.create_index('ix_procedure_steps_procedure', 'procedure_steps', ['procedure_id', 'id'], unique=False)
    triggers.install(op.get_bind(), TABLES)


def downgrade() -> None:
    op.drop_table("procedure_steps")
    op.drop_table("procedure_objections")
    op.drop_table("procedure_files")
    op.drop_table("household_changes")
    op.drop_table("credit_records")
    op.drop_table("reconfirmations")
    op.drop_table("procedures")
    op.drop_table("procedure_draws")
