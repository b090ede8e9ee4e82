"""A second hand for income entries, and what is computed from them.

Revision: 0016
Follows: 0015
"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.database import BigInt, UtcDateTime
from portal.trail import triggers

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = ("income_adjustments", "second_hands", "support_obligors")


def upgrade() -> None:
    op.create_table('second_hands',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('row_id', BigInt, nullable=False),
    sa.Column('version', sa.String(length=36), nullable=False),
    sa.Column('recorded_by', sa.String(length=120), nullable=False),
    sa.Column('confirmed_by', sa.String(length=120), nullable=False),
    sa.Column('confirmed_at', UtcDateTime(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.CheckConstraint('confirmed_by <> recorded_by', name=op.f('ck_second_hands_two_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_second_hands'))
    )
    op.create_index('uq_second_hands_version', 'second_hands', ['kind', 'row_id', 'version'], unique=True)
    op.create_table('support_obligors',
    *_kept_id(),
    sa.Column('household_id', BigInt, nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('relation', sa.String(length=20), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('members', sa.Integer(), nullable=False),
    sa.Column('monthly_income_fen', BigInt, nullable=False),
    sa.Column('supports', sa.Integer(), nullable=False),
    sa.Column('supports_here', sa.Integer(), nullable=False),
    sa.Column('ruled_fen', BigInt, nullable=True),
    sa.Column('paid_fen', BigInt, nullable=True),
    sa.Column('evidence', sa.String(length=200), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    *_keeping('support_obligors'),
    sa.CheckConstraint('members >= 1', name=op.f('ck_support_obligors_members')),
    sa.CheckConstraint('supports >= 1 AND supports_here >= 1 AND supports_here <= supports', name=op.f('ck_support_obligors_supports')),
    )
    _keep_indexes('support_obligors', 'household_id', 'name', 'since')
    op.create_index('ix_support_obligors_household', 'support_obligors', ['household_id'], unique=False)
    op.create_table('income_adjustments',
    *_kept_id(),
    sa.Column('household_id', BigInt, nullable=False),
    sa.Column('person_id', BigInt, nullable=True),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('amount_fen', BigInt, nullable=True),
    sa.Column('evidence', sa.String(length=200), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    *_keeping('income_adjustments'),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_income_adjustments_person_id_persons')),
    )
    _keep_indexes('income_adjustments', 'household_id', 'kind', 'person_id', 'since')
    op.create_index('ix_income_adjustments_household', 'income_adjustments', ['household_id'], unique=False)
    triggers.install(op.get_bind(), TABLES)


def _kept_id():
    return (sa.Column('id', BigInt, autoincrement=False, nullable=False),)


def _keeping(table):
    return (
        sa.Column('current_id', BigInt, nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False),
        sa.Column('superseded_at', UtcDateTime(), nullable=True),
        sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
        sa.Column('superseded_batch_id', BigInt, nullable=True),
        sa.Column('event_id', sa.String(length=36), nullable=True),
        sa.Column('batch_id', BigInt, nullable=True),
        sa.Column('batch_row', BigInt, nullable=True),
        sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(['current_id'], [f'{table}.id'], name=op.f(f'fk_{table}_current_id_{table}')),
        sa.ForeignKeyConstraint(['household_id'], ['households.id'], name=op.f(f'fk_{table}_household_id_households')),
        sa.PrimaryKeyConstraint('id', name=op.f(f'pk_{table}')),
    )


def _keep_indexes(table, *key):
    current, kept = sa.text('superseded_at IS NULL'), sa.text('current_id IS NOT NULL')
    by_file, ended = sa.text('batch_id IS NOT NULL'), sa.text('superseded_batch_id IS NOT NULL')
    op.create_index(f'uq_{table}_current', table, list(key), unique=True, sqlite_where=current, postgresql_where=current)
    op.create_index(f'ix_{table}_kept', table, ['current_id'], unique=False, sqlite_where=kept, postgresql_where=kept)
    op.create_index(f'ix_{table}_batch', table, ['batch_id'], unique=False, sqlite_where=by_file, postgresql_where=by_file)
    op.create_index(f'ix_{table}_ended', table, ['superseded_batch_id'], unique=False, sqlite_where=ended, postgresql_where=ended)


def downgrade() -> None:
    op.drop_table("income_adjustments")
    op.drop_table("support_obligors")
    op.drop_table("second_hands")
