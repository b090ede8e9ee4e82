"""The household's own word: cards, sign-ins, answers.

Revision: 0015
Follows: 0014
"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.database import BigInt, UtcDateTime
from portal.trail import triggers

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

LENIENT = "DO $do$ BEGIN {}; EXCEPTION WHEN insufficient_privilege OR undefined_object THEN RAISE NOTICE '%', SQLERRM; END $do$"
TABLES = ("household_disputes", "household_answers", "household_cards")
STANDS = "household_answers_stand"
REFUSAL = "a household's answer is never changed"
ON_SQLITE = (
    f"CREATE TRIGGER {STANDS} BEFORE UPDATE ON household_answers"
    f" BEGIN SELECT RAISE(ABORT, '{REFUSAL.replace(chr(39), chr(39) * 2)}'); END",
)
ON_POSTGRESQL = (
    f"CREATE OR REPLACE FUNCTION {STANDS}() RETURNS trigger LANGUAGE plpgsql AS $$"
    f" BEGIN RAISE EXCEPTION '{REFUSAL.replace(chr(39), chr(39) * 2)}'; END $$",
    f"CREATE TRIGGER {STANDS} BEFORE UPDATE ON household_answers"
    f" FOR EACH STATEMENT EXECUTE FUNCTION {STANDS}()",
    f"ALTER TABLE household_answers ENABLE ALWAYS TRIGGER {STANDS}",
)


def upgrade() -> None:
    op.create_table('household_cards',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=16), nullable=False),
    sa.Column('household_id', BigInt, nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('token_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('digits', sa.JSON(), nullable=False),
    sa.Column('printed_by', sa.String(length=120), nullable=False),
    sa.Column('printed_at', UtcDateTime(), nullable=False),
    sa.Column('revoked_at', UtcDateTime(), nullable=True),
    sa.Column('revoked_by', sa.String(length=120), nullable=True),
    sa.Column('why', sa.Text(), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint('(revoked_at IS NULL) = (revoked_by IS NULL)', name=op.f('ck_household_cards_revoked_by_somebody')),
    sa.CheckConstraint('revoked_at IS NULL OR why IS NOT NULL', name=op.f('ck_household_cards_revoked_for_a_reason')),
    sa.ForeignKeyConstraint(['current_id'], ['household_cards.id'], name=op.f('fk_household_cards_current_id_household_cards')),
    sa.ForeignKeyConstraint(['household_id'], ['households.id'], name=op.f('fk_household_cards_household_id_households')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_household_cards'))
    )
    op.create_index('ix_household_cards_batch', 'household_cards', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_household_cards_ended', 'household_cards', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_household_cards_household', 'household_cards', ['household_id', 'id'], unique=False)
    op.create_index('ix_household_cards_kept', 'household_cards', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('uq_household_cards_current', 'household_cards', ['no'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_index('uq_household_cards_living', 'household_cards', ['household_id'], unique=True, sqlite_where=sa.text('superseded_at IS NULL AND revoked_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL AND revoked_at IS NULL'))
    op.create_index('uq_household_cards_token', 'household_cards', ['token_hash'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('household_sign_ins',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('cookie_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('card_id', BigInt, nullable=False),
    sa.Column('csrf_secret', sa.LargeBinary(length=32), nullable=False),
    sa.Column('opened_at', UtcDateTime(), nullable=False),
    sa.Column('last_seen_at', UtcDateTime(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.Column('ended_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['card_id'], ['household_cards.id'], name=op.f('fk_household_sign_ins_card_id_household_cards')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_household_sign_ins')),
    sa.UniqueConstraint('cookie_hash', name=op.f('uq_household_sign_ins_cookie_hash'))
    )
    op.create_index('ix_household_sign_ins_card', 'household_sign_ins', ['card_id'], unique=False)
    op.create_table('household_card_tries',
    sa.Column('card_key', sa.String(length=40), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('last_failed_at', UtcDateTime(), nullable=True),
    sa.Column('blocked_until', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('card_key', name=op.f('pk_household_card_tries'))
    )
    op.create_table('household_answers',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=16), nullable=False),
    sa.Column('household_id', BigInt, nullable=False),
    sa.Column('subject_kind', sa.String(length=8), nullable=False),
    sa.Column('subject_no', sa.String(length=80), nullable=False),
    sa.Column('subject_version', sa.String(length=80), nullable=False),
    sa.Column('amount_fen', BigInt, nullable=False),
    sa.Column('answer', sa.String(length=4), nullable=False),
    sa.Column('what', sa.String(length=4), nullable=True),
    sa.Column('card_id', BigInt, nullable=False),
    sa.Column('printed_by', sa.String(length=120), nullable=False),
    sa.Column('recorded_by', sa.String(length=120), nullable=True),
    sa.Column('approved_by', sa.String(length=120), nullable=True),
    sa.Column('counts', sa.Boolean(), nullable=False),
    sa.Column('answered_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint("what IS NULL OR answer = '不对'", name=op.f('ck_household_answers_what_is_wrong')),
    sa.CheckConstraint('NOT counts OR (recorded_by IS NOT NULL AND printed_by <> recorded_by AND (approved_by IS NULL OR (printed_by <> approved_by AND recorded_by <> approved_by)))', name=op.f('ck_household_answers_three_persons')),
    sa.ForeignKeyConstraint(['card_id'], ['household_cards.id'], name=op.f('fk_household_answers_card_id_household_cards')),
    sa.ForeignKeyConstraint(['household_id'], ['households.id'], name=op.f('fk_household_answers_household_id_households')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_household_answers')),
    sa.UniqueConstraint('no', name=op.f('uq_household_answers_no'))
    )
    op.create_index('ix_household_answers_household', 'household_answers', ['household_id', 'id'], unique=False)
    op.create_index('ix_household_answers_subject', 'household_answers', ['subject_kind', 'subject_no', 'id'], unique=False)
    op.create_table('household_disputes',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=16), nullable=False),
    sa.Column('answer_id', BigInt, nullable=False),
    sa.Column('household_id', BigInt, nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('subject_kind', sa.String(length=8), nullable=False),
    sa.Column('subject_no', sa.String(length=80), nullable=False),
    sa.Column('recorded_by', sa.String(length=120), nullable=True),
    sa.Column('approved_by', sa.String(length=120), nullable=True),
    sa.Column('opened_at', UtcDateTime(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=4), nullable=False),
    sa.Column('answered_by', sa.String(length=120), nullable=True),
    sa.Column('answered_at', UtcDateTime(), nullable=True),
    sa.Column('finding', sa.String(length=4), nullable=True),
    sa.Column('text_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('closed_at', UtcDateTime(), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint('(answered_by IS NULL) = (finding IS NULL)', name=op.f('ck_household_disputes_answered_with_finding')),
    sa.CheckConstraint('answered_by IS NULL OR ((recorded_by IS NULL OR answered_by <> recorded_by) AND (approved_by IS NULL OR answered_by <> approved_by))', name=op.f('ck_household_disputes_not_by_who_recorded')),
    sa.ForeignKeyConstraint(['answer_id'], ['household_answers.id'], name=op.f('fk_household_disputes_answer_id_household_answers')),
    sa.ForeignKeyConstraint(['current_id'], ['household_disputes.id'], name=op.f('fk_household_disputes_current_id_household_disputes')),
    sa.ForeignKeyConstraint(['household_id'], ['households.id'], name=op.f('fk_household_disputes_household_id_households')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_household_disputes'))
    )
    op.create_index('ix_household_disputes_batch', 'household_disputes', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_household_disputes_ended', 'household_disputes', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_household_disputes_household', 'household_disputes', ['household_id', 'id'], unique=False)
    op.create_index('ix_household_disputes_kept', 'household_disputes', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_household_disputes_open', 'household_disputes', ['due_on', 'id'], unique=False, sqlite_where=sa.text("superseded_at IS NULL AND (state IN ('待办', '仍不认可') OR (state = '已答复' AND finding = '查不清'))"), postgresql_where=sa.text("superseded_at IS NULL AND (state IN ('待办', '仍不认可') OR (state = '已答复' AND finding = '查不清'))"))
    op.create_index('ix_household_disputes_subject', 'household_disputes', ['subject_kind', 'subject_no'], unique=False, sqlite_where=sa.text("superseded_at IS NULL AND (state IN ('待办', '仍不认可') OR (state = '已答复' AND finding = '查不清'))"), postgresql_where=sa.text("superseded_at IS NULL AND (state IN ('待办', '仍不认可') OR (state = '已答复' AND finding = '查不清'))"))
    op.create_index('uq_household_disputes_current', 'household_disputes', ['no'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    triggers.install(op.get_bind(), TABLES)
    for statement in ON_SQLITE if op.get_bind().dialect.name == "sqlite" else ON_POSTGRESQL:
        op.execute(statement)
    if op.get_bind().dialect.name == "postgresql":  # sessions that are long over are taken away
        op.execute(LENIENT.format("GRANT DELETE ON household_sign_ins TO yangguang_app"))


def downgrade() -> None:
    for table in ("household_disputes", "household_answers", "household_sign_ins", "household_card_tries", "household_cards"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION IF EXISTS {STANDS}()")
