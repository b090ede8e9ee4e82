"""Cases, supervision orders, outcomes and exposure.

Revision: 0025
Follows: 0024
"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.database import BigInt, UtcDateTime
from portal.trail import triggers

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLES = (
    "cases", "case_members", "case_links", "case_bars", "case_notes", "case_dispositions", "supervision_orders",
    "order_tasks", "order_replies", "problems", "sanctions", "recoveries", "exposures",
)


def upgrade() -> None:
    op.create_table('cases',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=20), nullable=False),
    sa.Column('origin', sa.String(length=4), nullable=False),
    sa.Column('origin_no', sa.String(length=60), nullable=True),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('title_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.String(length=4), nullable=False),
    sa.Column('disposition', sa.String(length=4), nullable=True),
    sa.Column('opened_by', sa.String(length=120), nullable=False),
    sa.Column('opened_on', sa.Date(), nullable=False),
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
    sa.ForeignKeyConstraint(['current_id'], ['cases.id'], name=op.f('fk_cases_current_id_cases')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cases'))
    )
    op.create_index('ix_cases_batch', 'cases', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_cases_ended', 'cases', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_cases_kept', 'cases', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_cases_place', 'cases', ['division_code'], unique=False, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_index('ix_cases_state', 'cases', ['state', 'opened_on', 'id'], unique=False, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_index('uq_cases_current', 'cases', ['no'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('case_members',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('case_id', BigInt, nullable=False),
    sa.Column('username', sa.String(length=64), nullable=False),
    sa.Column('added_by', sa.String(length=120), nullable=False),
    sa.Column('added_at', UtcDateTime(), nullable=False),
    sa.Column('removed_by', sa.String(length=120), nullable=True),
    sa.Column('removed_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_members_case_id_cases')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_members'))
    )
    op.create_index('ix_case_members_user', 'case_members', ['username'], unique=False)
    op.create_index('uq_case_members_now', 'case_members', ['case_id', 'username'], unique=True, sqlite_where=sa.text('removed_at IS NULL'), postgresql_where=sa.text('removed_at IS NULL'))
    op.create_table('case_links',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('case_id', BigInt, nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('no', sa.String(length=80), nullable=False),
    sa.Column('is_accused', sa.Boolean(), nullable=False),
    sa.Column('added_by', sa.String(length=120), nullable=False),
    sa.Column('added_at', UtcDateTime(), nullable=False),
    sa.Column('removed_by', sa.String(length=120), nullable=True),
    sa.Column('removed_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_links_case_id_cases')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_links'))
    )
    op.create_index('ix_case_links_thing', 'case_links', ['kind', 'no'], unique=False)
    op.create_index('uq_case_links_now', 'case_links', ['case_id', 'kind', 'no'], unique=True, sqlite_where=sa.text('removed_at IS NULL'), postgresql_where=sa.text('removed_at IS NULL'))
    op.create_table('case_bars',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('case_id', BigInt, nullable=False),
    sa.Column('mark', sa.LargeBinary(length=32), nullable=False),
    sa.Column('added_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_bars_case_id_cases')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_bars'))
    )
    op.create_index('ix_case_bars_mark', 'case_bars', ['mark'], unique=False)
    op.create_index('uq_case_bars', 'case_bars', ['case_id', 'mark'], unique=True)
    op.create_table('case_notes',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('case_id', BigInt, nullable=False),
    sa.Column('text_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('written_by', sa.String(length=120), nullable=False),
    sa.Column('written_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_notes_case_id_cases')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_notes'))
    )
    op.create_index('ix_case_notes_case', 'case_notes', ['case_id', 'id'], unique=False)
    op.create_table('case_dispositions',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('case_id', BigInt, nullable=False),
    sa.Column('disposition', sa.String(length=4), nullable=False),
    sa.Column('studied_on', sa.Date(), nullable=False),
    sa.Column('present', sa.Integer(), nullable=False),
    sa.Column('study_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('proposed_by', sa.String(length=120), nullable=False),
    sa.Column('proposed_at', UtcDateTime(), nullable=False),
    sa.Column('decision', sa.String(length=2), nullable=True),
    sa.Column('decided_by', sa.String(length=120), nullable=True),
    sa.Column('decided_at', UtcDateTime(), nullable=True),
    sa.Column('why_sealed', sa.LargeBinary(), nullable=True),
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> proposed_by', name=op.f('ck_case_dispositions_two_persons')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_dispositions_case_id_cases')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_dispositions'))
    )
    op.create_index('ix_case_dispositions_case', 'case_dispositions', ['case_id', 'id'], unique=False)
    op.create_index('uq_case_dispositions_waiting', 'case_dispositions', ['case_id'], unique=True, sqlite_where=sa.text('decision IS NULL'), postgresql_where=sa.text('decision IS NULL'))
    op.create_table('supervision_orders',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=20), nullable=False),
    sa.Column('case_id', BigInt, nullable=False),
    sa.Column('follows_no', sa.String(length=20), nullable=True),
    sa.Column('is_listed', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(length=4), nullable=False),
    sa.Column('issuer', sa.String(length=120), nullable=False),
    sa.Column('title_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('body_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.String(length=4), nullable=False),
    sa.Column('drafted_by', sa.String(length=120), nullable=False),
    sa.Column('drafted_at', UtcDateTime(), nullable=False),
    sa.Column('issued_by', sa.String(length=120), nullable=True),
    sa.Column('issued_on', sa.Date(), nullable=True),
    sa.Column('issue_event', sa.String(length=36), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_supervision_orders_case_id_cases')),
    sa.ForeignKeyConstraint(['current_id'], ['supervision_orders.id'], name=op.f('fk_supervision_orders_current_id_supervision_orders')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_supervision_orders'))
    )
    op.create_index('ix_supervision_orders_batch', 'supervision_orders', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_supervision_orders_case', 'supervision_orders', ['case_id'], unique=False)
    op.create_index('ix_supervision_orders_ended', 'supervision_orders', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_supervision_orders_kept', 'supervision_orders', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_supervision_orders_state', 'supervision_orders', ['state', 'id'], unique=False, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_index('uq_supervision_orders_current', 'supervision_orders', ['no'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('order_tasks',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('order_id', BigInt, nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('unit_code', sa.String(length=40), nullable=False),
    sa.Column('unit_division', sa.String(length=12), nullable=True),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('demand_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.String(length=4), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('reminded_at', UtcDateTime(), nullable=True),
    sa.Column('overdue_at', UtcDateTime(), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.ForeignKeyConstraint(['current_id'], ['order_tasks.id'], name=op.f('fk_order_tasks_current_id_order_tasks')),
    sa.ForeignKeyConstraint(['order_id'], ['supervision_orders.id'], name=op.f('fk_order_tasks_order_id_supervision_orders')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_tasks'))
    )
    op.create_index('ix_order_tasks_batch', 'order_tasks', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_order_tasks_due', 'order_tasks', ['due_on', 'id'], unique=False, sqlite_where=sa.text("superseded_at IS NULL AND state IN ('待签收', '承办中', '退回重办')"), postgresql_where=sa.text("superseded_at IS NULL AND state IN ('待签收', '承办中', '退回重办')"))
    op.create_index('ix_order_tasks_ended', 'order_tasks', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_order_tasks_kept', 'order_tasks', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_order_tasks_unit', 'order_tasks', ['unit_code', 'due_on', 'id'], unique=False, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_index('uq_order_tasks_current', 'order_tasks', ['order_id', 'n'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('order_replies',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('task_id', BigInt, nullable=False),
    sa.Column('kind', sa.String(length=2), nullable=False),
    sa.Column('result', sa.String(length=4), nullable=False),
    sa.Column('text_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('file_sha256', sa.String(length=64), nullable=True),
    sa.Column('file_type', sa.String(length=20), nullable=True),
    sa.Column('file_bytes', sa.Integer(), nullable=True),
    sa.Column('said_by', sa.String(length=120), nullable=False),
    sa.Column('said_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['task_id'], ['order_tasks.id'], name=op.f('fk_order_replies_task_id_order_tasks')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_replies'))
    )
    op.create_index('ix_order_replies_task', 'order_replies', ['task_id', 'id'], unique=False)
    op.create_table('problems',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('case_id', BigInt, nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('found_on', sa.Date(), nullable=False),
    sa.Column('text_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('corrects_id', BigInt, nullable=True),
    sa.Column('entered_by', sa.String(length=120), nullable=False),
    sa.Column('entered_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_problems_case_id_cases')),
    sa.ForeignKeyConstraint(['corrects_id'], ['problems.id'], name=op.f('fk_problems_corrects_id_problems')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_problems'))
    )
    op.create_index('ix_problems_case', 'problems', ['case_id'], unique=False)
    op.create_index('ix_problems_place', 'problems', ['division_code', 'found_on'], unique=False)
    op.create_table('sanctions',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('case_id', BigInt, nullable=False),
    sa.Column('person_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('person_mark', sa.LargeBinary(length=32), nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('standing', sa.String(length=12), nullable=False),
    sa.Column('is_member', sa.Boolean(), nullable=False),
    sa.Column('form', sa.String(length=5), nullable=False),
    sa.Column('party', sa.String(length=6), nullable=True),
    sa.Column('admin', sa.String(length=3), nullable=True),
    sa.Column('measure', sa.String(length=4), nullable=True),
    sa.Column('organ', sa.String(length=120), nullable=False),
    sa.Column('document_no', sa.String(length=120), nullable=False),
    sa.Column('imposed_on', sa.Date(), nullable=False),
    sa.Column('party_months', sa.Integer(), nullable=True),
    sa.Column('admin_months', sa.Integer(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('corrects_id', BigInt, nullable=True),
    sa.Column('entered_by', sa.String(length=120), nullable=False),
    sa.Column('entered_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_sanctions_case_id_cases')),
    sa.ForeignKeyConstraint(['corrects_id'], ['sanctions.id'], name=op.f('fk_sanctions_corrects_id_sanctions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sanctions'))
    )
    op.create_index('ix_sanctions_case', 'sanctions', ['case_id'], unique=False)
    op.create_index('ix_sanctions_place', 'sanctions', ['division_code', 'imposed_on'], unique=False)
    op.create_table('recoveries',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('case_id', BigInt, nullable=False),
    sa.Column('payment_id', BigInt, nullable=False),
    sa.Column('programme_code', sa.String(length=60), nullable=False),
    sa.Column('household_id', BigInt, nullable=True),
    sa.Column('division_code', sa.String(length=12), nullable=True),
    sa.Column('amount_fen', BigInt, nullable=False),
    sa.Column('recovered_on', sa.Date(), nullable=False),
    sa.Column('into_account', sa.String(length=120), nullable=False),
    sa.Column('document_no', sa.String(length=120), nullable=False),
    sa.Column('corrects_id', BigInt, nullable=True),
    sa.Column('entered_by', sa.String(length=120), nullable=False),
    sa.Column('entered_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_recoveries_case_id_cases')),
    sa.ForeignKeyConstraint(['corrects_id'], ['recoveries.id'], name=op.f('fk_recoveries_corrects_id_recoveries')),
    sa.ForeignKeyConstraint(['payment_id'], ['payments.id'], name=op.f('fk_recoveries_payment_id_payments')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recoveries'))
    )
    op.create_index('ix_recoveries_case', 'recoveries', ['case_id'], unique=False)
    op.create_index('ix_recoveries_payment', 'recoveries', ['payment_id'], unique=False)
    op.create_index('ix_recoveries_place', 'recoveries', ['division_code', 'recovered_on'], unique=False)
    op.create_table('exposures',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=20), nullable=False),
    sa.Column('case_id', BigInt, nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('organ', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('title_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('body_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('withdraw_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=4), nullable=False),
    sa.Column('drafted_by', sa.String(length=120), nullable=False),
    sa.Column('drafted_at', UtcDateTime(), nullable=False),
    sa.Column('checked_by', sa.String(length=120), nullable=True),
    sa.Column('checked_at', UtcDateTime(), nullable=True),
    sa.Column('checked_why', sa.String(length=400), nullable=True),
    sa.Column('published_on', sa.Date(), nullable=True),
    sa.Column('publication_event', sa.String(length=36), nullable=True),
    sa.Column('content_sha256', sa.String(length=64), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint('checked_by IS NULL OR checked_by <> drafted_by', name=op.f('ck_exposures_two_persons')),
    sa.CheckConstraint('published_on IS NULL OR checked_by IS NOT NULL', name=op.f('ck_exposures_published_is_checked')),
    sa.CheckConstraint('published_on IS NULL OR withdraw_on > published_on', name=op.f('ck_exposures_ends')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_exposures_case_id_cases')),
    sa.ForeignKeyConstraint(['current_id'], ['exposures.id'], name=op.f('fk_exposures_current_id_exposures')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exposures'))
    )
    op.create_index('ix_exposures_batch', 'exposures', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_exposures_ended', 'exposures', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_exposures_kept', 'exposures', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_exposures_public', 'exposures', ['published_on', 'id'], unique=False, sqlite_where=sa.text('superseded_at IS NULL AND published_on IS NOT NULL'), postgresql_where=sa.text('superseded_at IS NULL AND published_on IS NOT NULL'))
    op.create_index('uq_exposures_current', 'exposures', ['no'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    triggers.install(op.get_bind(), TABLES)


def downgrade() -> None:
    op.drop_table("exposures")
    op.drop_table("recoveries")
    op.drop_table("sanctions")
    op.drop_table("problems")
    op.drop_table("order_replies")
    op.drop_table("order_tasks")
    op.drop_table("supervision_orders")
    op.drop_table("case_dispositions")
    op.drop_table("case_notes")
    op.drop_table("case_bars")
    op.drop_table("case_links")
    op.drop_table("case_members")
    op.drop_table("cases")
