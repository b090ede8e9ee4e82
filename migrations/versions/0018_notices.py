"""Notices 公示 and 公告, their sealed texts, and the objections to them.

Revision: 0018
Follows: 0017
"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.database import BigInt, UtcDateTime
from portal.trail import triggers

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = ("notice_objections", "notice_texts", "notices")


def upgrade() -> None:
    op.create_table('notices',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=20), nullable=False),
    sa.Column('kind', sa.String(length=4), nullable=False),
    sa.Column('pattern', sa.String(length=24), nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('issuer', sa.String(length=80), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('procedure_no', sa.String(length=40), nullable=True),
    sa.Column('source', sa.String(length=80), nullable=True),
    sa.Column('days', sa.Integer(), nullable=True),
    sa.Column('day_unit', sa.String(length=4), nullable=True),
    sa.Column('days_basis', sa.String(length=120), nullable=True),
    sa.Column('totals', sa.JSON(), nullable=False),
    sa.Column('drafted_by', sa.String(length=120), nullable=False),
    sa.Column('drafted_at', UtcDateTime(), nullable=False),
    sa.Column('checked_by', sa.String(length=120), nullable=True),
    sa.Column('checked_at', UtcDateTime(), nullable=True),
    sa.Column('returned_why', sa.Text(), nullable=True),
    sa.Column('published_on', sa.Date(), nullable=True),
    sa.Column('publication_event', sa.String(length=36), nullable=True),
    sa.Column('content_sha256', sa.String(length=64), nullable=True),
    sa.Column('a4_sha256', sa.String(length=64), nullable=True),
    sa.Column('a3_sha256', sa.String(length=64), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('photo_sha256', sa.String(length=64), nullable=True),
    sa.Column('posted_by', sa.String(length=120), nullable=True),
    sa.Column('conclusion', sa.String(length=8), nullable=True),
    sa.Column('conclusion_text', sa.Text(), nullable=True),
    sa.Column('concluded_by', sa.String(length=120), nullable=True),
    sa.Column('concluded_on', sa.Date(), nullable=True),
    sa.Column('replaces_no', sa.String(length=20), nullable=True),
    sa.Column('replaced_by_no', sa.String(length=20), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint('checked_by IS NULL OR checked_by <> drafted_by', name=op.f('ck_notices_maker_not_checker')),
    sa.CheckConstraint('concluded_by IS NULL OR concluded_by <> drafted_by', name=op.f('ck_notices_maker_not_concluder')),
    sa.CheckConstraint('published_on IS NULL OR checked_by IS NOT NULL', name=op.f('ck_notices_published_is_checked')),
    sa.ForeignKeyConstraint(['current_id'], ['notices.id'], name=op.f('fk_notices_current_id_notices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notices'))
    )
    op.create_index('ix_notices_batch', 'notices', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_notices_ended', 'notices', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_notices_kept', 'notices', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_notices_place', 'notices', ['division_code', 'id'], unique=False, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_index('ix_notices_procedure', 'notices', ['procedure_no'], unique=False, sqlite_where=sa.text('superseded_at IS NULL AND procedure_no IS NOT NULL'), postgresql_where=sa.text('superseded_at IS NULL AND procedure_no IS NOT NULL'))
    op.create_index('ix_notices_public', 'notices', ['published_on', 'id'], unique=False, sqlite_where=sa.text('superseded_at IS NULL AND published_on IS NOT NULL'), postgresql_where=sa.text('superseded_at IS NULL AND published_on IS NOT NULL'))
    op.create_index('ix_notices_state', 'notices', ['state', 'ends_on'], unique=False, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_index('uq_notices_current', 'notices', ['no'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('notice_texts',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('notice_id', BigInt, nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('source_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('public_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('made_by', sa.String(length=120), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['notice_id'], ['notices.id'], name=op.f('fk_notice_texts_notice_id_notices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice_texts'))
    )
    op.create_index('uq_notice_texts_n', 'notice_texts', ['notice_id', 'n'], unique=True)
    op.create_table('notice_objections',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=16), nullable=False),
    sa.Column('notice_id', BigInt, nullable=False),
    sa.Column('text_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('contact_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('through', sa.String(length=8), nullable=False),
    sa.Column('received_at', UtcDateTime(), nullable=False),
    sa.Column('state', sa.String(length=4), nullable=False),
    sa.Column('handled_by', sa.String(length=120), nullable=True),
    sa.Column('answer', sa.Text(), nullable=True),
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
    sa.ForeignKeyConstraint(['current_id'], ['notice_objections.id'], name=op.f('fk_notice_objections_current_id_notice_objections')),
    sa.ForeignKeyConstraint(['notice_id'], ['notices.id'], name=op.f('fk_notice_objections_notice_id_notices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice_objections'))
    )
    op.create_index('ix_notice_objections_batch', 'notice_objections', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_notice_objections_ended', 'notice_objections', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_notice_objections_kept', 'notice_objections', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_notice_objections_notice', 'notice_objections', ['notice_id', 'id'], unique=False)
    op.create_index('ix_notice_objections_open', 'notice_objections', ['notice_id'], unique=False, sqlite_where=sa.text("superseded_at IS NULL AND state IN ('收到', '核查中')"), postgresql_where=sa.text("superseded_at IS NULL AND state IN ('收到', '核查中')"))
    op.create_index('uq_notice_objections_current', 'notice_objections', ['no'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    triggers.install(op.get_bind(), TABLES)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
