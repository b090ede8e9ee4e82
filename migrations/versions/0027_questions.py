"""Public questions and their answers.

Revision: 0027
Follows: 0026
"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.database import BigInt, UtcDateTime
from portal.trail import triggers

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TABLES = ("public_questions",)


def upgrade() -> None:
    op.create_table('public_questions',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=20), nullable=False),
    sa.Column('locator', sa.String(length=8), nullable=False),
    sa.Column('code_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('code_salt', sa.LargeBinary(length=16), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('subject_kind', sa.String(length=24), nullable=True),
    sa.Column('subject_no', sa.String(length=80), nullable=True),
    sa.Column('words_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('asked_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=4), nullable=False),
    sa.Column('proposal', sa.String(length=8), nullable=True),
    sa.Column('question', sa.Text(), nullable=True),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.Column('unit', sa.String(length=60), nullable=True),
    sa.Column('merged_into', sa.String(length=20), nullable=True),
    sa.Column('answered_by', sa.String(length=120), nullable=True),
    sa.Column('answered_at', UtcDateTime(), nullable=True),
    sa.Column('checked_by', sa.String(length=120), nullable=True),
    sa.Column('checked_at', UtcDateTime(), nullable=True),
    sa.Column('checked_why', sa.String(length=400), nullable=True),
    sa.Column('published_on', sa.Date(), nullable=True),
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
    sa.CheckConstraint('checked_by IS NULL OR checked_by <> answered_by', name=op.f('ck_public_questions_two_persons')),
    sa.CheckConstraint('published_on IS NULL OR checked_by IS NOT NULL', name=op.f('ck_public_questions_published_is_checked')),
    sa.ForeignKeyConstraint(['current_id'], ['public_questions.id'], name=op.f('fk_public_questions_current_id_public_questions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_public_questions'))
    )
    op.create_index('ix_public_questions_batch', 'public_questions', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_public_questions_ended', 'public_questions', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_public_questions_kept', 'public_questions', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_public_questions_locator', 'public_questions', ['locator'], unique=False)
    op.create_index('ix_public_questions_open', 'public_questions', ['due_on', 'id'], unique=False, sqlite_where=sa.text("superseded_at IS NULL AND state IN ('待答复', '待审核')"), postgresql_where=sa.text("superseded_at IS NULL AND state IN ('待答复', '待审核')"))
    op.create_index('ix_public_questions_public', 'public_questions', ['published_on', 'id'], unique=False, sqlite_where=sa.text('superseded_at IS NULL AND published_on IS NOT NULL'), postgresql_where=sa.text('superseded_at IS NULL AND published_on IS NOT NULL'))
    op.create_index('uq_public_questions_current', 'public_questions', ['no'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('question_joined',
    sa.Column('question_id', BigInt, autoincrement=False, nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('question_id', name=op.f('pk_question_joined'))
    )
    triggers.install(op.get_bind(), TABLES)


def downgrade() -> None:
    op.drop_table("question_joined")
    op.drop_table("public_questions")
