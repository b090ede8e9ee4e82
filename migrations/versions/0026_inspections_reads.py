"""Random inspections, and reads bound to a case; a search over the trail.

Of an event's subjects the first is marked, so that a search walks one entry an event, and each knows whether its event
is sealed, so that what only some may find is told apart without opening anything.

Revision: 0026
Follows: 0025
"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.database import BigInt, UtcDateTime
from portal.trail import triggers

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TABLES = (
    "bound_reads",
    "inspections",
    "inspection_items",
    "inspection_photos",
    "inspection_reviews",
    "inspection_strata",
    "inspection_supervisors",
)
SEARCHED = {
    "actor": ["actor", "recorded_at", "id", "type", "division", "sealed", "kind"],
    "type": ["type", "recorded_at", "id", "actor", "division", "sealed", "kind"],
    "division": ["division", "recorded_at", "id", "type", "actor", "sealed", "kind"],
    "recorded": ["recorded_at", "id", "type", "division", "sealed", "kind", "actor"],
}
FIRST = """
UPDATE trail_subjects SET is_first = {true} WHERE id IN (SELECT min(id) FROM trail_subjects GROUP BY event_id)
"""
SEALED = """
UPDATE trail_subjects SET sealed = {true} WHERE event_id IN (SELECT event_id FROM trail_events WHERE sealed = {true})
"""


def upgrade() -> None:
    for name in SEARCHED:
        op.drop_index(f"ix_trail_subjects_{name}", "trail_subjects")
    op.add_column("trail_subjects", sa.Column("is_first", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("trail_subjects", sa.Column("sealed", sa.Boolean(), nullable=False, server_default=sa.false()))
    true = "1" if op.get_bind().dialect.name == "sqlite" else "true"
    op.execute(FIRST.format(true=true))
    op.execute(SEALED.format(true=true))
    where = {"sqlite_where": sa.text("is_first = 1"), "postgresql_where": sa.text("is_first")}
    for name, columns in SEARCHED.items():
        op.create_index(f"ix_trail_subjects_{name}", "trail_subjects", columns, unique=False, **where)
    upgrade_registers()
    triggers.install(op.get_bind(), TABLES)


def upgrade_registers() -> None:
    op.create_table('bound_reads',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=24), nullable=False),
    sa.Column('reader', sa.String(length=120), nullable=False),
    sa.Column('organ', sa.String(length=8), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('subject_no', sa.String(length=120), nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=True),
    sa.Column('basis', sa.String(length=4), nullable=False),
    sa.Column('case_no', sa.String(length=40), nullable=True),
    sa.Column('lead_no', sa.String(length=24), nullable=True),
    sa.Column('why_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('opened_at', UtcDateTime(), nullable=False),
    sa.Column('valid_until', UtcDateTime(), nullable=False),
    sa.Column('week', sa.Date(), nullable=False),
    sa.Column('verdict', sa.String(length=8), nullable=True),
    sa.Column('verdict_note', sa.Text(), nullable=True),
    sa.Column('reviewed_by', sa.String(length=120), nullable=True),
    sa.Column('reviewed_at', UtcDateTime(), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint("(basis = '案件' AND case_no IS NOT NULL) OR (basis = '疑点' AND lead_no IS NOT NULL) OR (basis = '无案件' AND why_sealed IS NOT NULL)", name=op.f('ck_bound_reads_has_basis')),
    sa.CheckConstraint('reviewed_by IS NULL OR reviewed_by <> reader', name=op.f('ck_bound_reads_by_another')),
    sa.ForeignKeyConstraint(['current_id'], ['bound_reads.id'], name=op.f('fk_bound_reads_current_id_bound_reads')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bound_reads'))
    )
    op.create_index('ix_bound_reads_batch', 'bound_reads', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_bound_reads_ended', 'bound_reads', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_bound_reads_kept', 'bound_reads', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_bound_reads_reader', 'bound_reads', ['reader', 'kind', 'subject_no', 'valid_until'], unique=False)
    op.create_index('ix_bound_reads_waiting', 'bound_reads', ['week'], unique=False, sqlite_where=sa.text("superseded_at IS NULL AND basis = '无案件' AND verdict IS NULL"), postgresql_where=sa.text("superseded_at IS NULL AND basis = '无案件' AND verdict IS NULL"))
    op.create_index('ix_bound_reads_week', 'bound_reads', ['week', 'id'], unique=False, sqlite_where=sa.text("superseded_at IS NULL AND basis = '无案件'"), postgresql_where=sa.text("superseded_at IS NULL AND basis = '无案件'"))
    op.create_index('uq_bound_reads_current', 'bound_reads', ['no'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('inspection_photos',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('item_no', sa.String(length=32), nullable=False),
    sa.Column('sha256', sa.LargeBinary(length=32), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('kept_by', sa.String(length=120), nullable=False),
    sa.Column('kept_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inspection_photos'))
    )
    op.create_index('uq_inspection_photos_item', 'inspection_photos', ['item_no', 'sha256'], unique=True)
    op.create_table('inspection_reviews',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('figures', sa.JSON(), nullable=False),
    sa.Column('conclusion', sa.Text(), nullable=False),
    sa.Column('written_by', sa.String(length=120), nullable=False),
    sa.Column('written_at', UtcDateTime(), nullable=False),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.ForeignKeyConstraint(['current_id'], ['inspection_reviews.id'], name=op.f('fk_inspection_reviews_current_id_inspection_reviews')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inspection_reviews'))
    )
    op.create_index('ix_inspection_reviews_batch', 'inspection_reviews', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_inspection_reviews_ended', 'inspection_reviews', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_inspection_reviews_kept', 'inspection_reviews', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('uq_inspection_reviews_current', 'inspection_reviews', ['year', 'division_code'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('inspections',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=24), nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('new_since', sa.Date(), nullable=False),
    sa.Column('shares', sa.JSON(), nullable=False),
    sa.Column('commitment', sa.String(length=64), nullable=False),
    sa.Column('seed_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('key_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('seed', sa.String(length=64), nullable=True),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('committed_by', sa.String(length=120), nullable=False),
    sa.Column('committed_at', UtcDateTime(), nullable=False),
    sa.Column('commit_event', sa.String(length=36), nullable=False),
    sa.Column('drawn_by', sa.String(length=120), nullable=True),
    sa.Column('drawn_at', UtcDateTime(), nullable=True),
    sa.Column('draw_event', sa.String(length=36), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint("state = '种子已承诺' OR seed IS NOT NULL", name=op.f('ck_inspections_revealed')),
    sa.ForeignKeyConstraint(['current_id'], ['inspections.id'], name=op.f('fk_inspections_current_id_inspections')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inspections'))
    )
    op.create_index('ix_inspections_batch', 'inspections', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_inspections_ended', 'inspections', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_inspections_kept', 'inspections', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_inspections_place', 'inspections', ['division_code', 'committed_at'], unique=False)
    op.create_index('uq_inspections_current', 'inspections', ['no'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('inspection_items',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=32), nullable=False),
    sa.Column('inspection_id', BigInt, nullable=False),
    sa.Column('stratum', sa.String(length=8), nullable=False),
    sa.Column('token', sa.String(length=32), nullable=False),
    sa.Column('household_no', sa.String(length=40), nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('outcome', sa.String(length=8), nullable=True),
    sa.Column('visited_on', sa.Date(), nullable=True),
    sa.Column('first_inspector', sa.String(length=120), nullable=True),
    sa.Column('second_inspector', sa.String(length=120), nullable=True),
    sa.Column('findings_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('lead_no', sa.String(length=24), nullable=True),
    sa.Column('reported_by', sa.String(length=120), nullable=True),
    sa.Column('reported_at', UtcDateTime(), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint('second_inspector IS NULL OR second_inspector <> first_inspector', name=op.f('ck_inspection_items_two_inspectors')),
    sa.ForeignKeyConstraint(['current_id'], ['inspection_items.id'], name=op.f('fk_inspection_items_current_id_inspection_items')),
    sa.ForeignKeyConstraint(['inspection_id'], ['inspections.id'], name=op.f('fk_inspection_items_inspection_id_inspections')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inspection_items'))
    )
    op.create_index('ix_inspection_items_batch', 'inspection_items', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_inspection_items_draw', 'inspection_items', ['inspection_id', 'id'], unique=False)
    op.create_index('ix_inspection_items_ended', 'inspection_items', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_inspection_items_household', 'inspection_items', ['household_no'], unique=False)
    op.create_index('ix_inspection_items_kept', 'inspection_items', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_inspection_items_waiting', 'inspection_items', ['division_code', 'due_on', 'id'], unique=False, sqlite_where=sa.text("superseded_at IS NULL AND state = '待入户'"), postgresql_where=sa.text("superseded_at IS NULL AND state = '待入户'"))
    op.create_index('uq_inspection_items_current', 'inspection_items', ['no'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('inspection_strata',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('inspection_id', BigInt, nullable=False),
    sa.Column('stratum', sa.String(length=8), nullable=False),
    sa.Column('per_cent', sa.String(length=12), nullable=False),
    sa.Column('population', sa.Integer(), nullable=False),
    sa.Column('population_sha256', sa.String(length=64), nullable=False),
    sa.Column('drawn', sa.Integer(), nullable=False),
    sa.Column('sample_sha256', sa.String(length=64), nullable=False),
    sa.Column('tokens', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['inspection_id'], ['inspections.id'], name=op.f('fk_inspection_strata_inspection_id_inspections')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inspection_strata'))
    )
    op.create_index('uq_inspection_strata_stratum', 'inspection_strata', ['inspection_id', 'stratum'], unique=True)
    op.create_table('inspection_supervisors',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('inspection_id', BigInt, nullable=False),
    sa.Column('username', sa.String(length=64), nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('organisation', sa.String(length=120), nullable=False),
    sa.Column('named_by', sa.String(length=120), nullable=False),
    sa.Column('named_at', UtcDateTime(), nullable=False),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.ForeignKeyConstraint(['current_id'], ['inspection_supervisors.id'], name=op.f('fk_inspection_supervisors_current_id_inspection_supervisors')),
    sa.ForeignKeyConstraint(['inspection_id'], ['inspections.id'], name=op.f('fk_inspection_supervisors_inspection_id_inspections')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inspection_supervisors'))
    )
    op.create_index('ix_inspection_supervisors_account', 'inspection_supervisors', ['username', 'inspection_id'], unique=False)
    op.create_index('ix_inspection_supervisors_batch', 'inspection_supervisors', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_inspection_supervisors_ended', 'inspection_supervisors', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_inspection_supervisors_kept', 'inspection_supervisors', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('uq_inspection_supervisors_current', 'inspection_supervisors', ['inspection_id', 'username', 'division_code'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))


def downgrade() -> None:
    for table in (
        "inspection_supervisors",
        "inspection_strata",
        "inspection_reviews",
        "inspection_photos",
        "inspection_items",
        "inspections",
        "bound_reads",
    ):
        op.drop_table(table)
    for name in SEARCHED:
        op.drop_index(f"ix_trail_subjects_{name}", "trail_subjects")
    op.drop_column("trail_subjects", "sealed")
    op.drop_column("trail_subjects", "is_first")
    for name, columns in SEARCHED.items():
        op.create_index(f"ix_trail_subjects_{name}", "trail_subjects", columns[: 1 if name == "recorded" else 2])
