"""Visits: claims of phones, check-ins, their photos, questions and needs, paper visits, what households say to them.

Revision: 0009
Follows: 0008
"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.database import BigInt, UtcDateTime
from portal.trail import triggers

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SMALL = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")
TABLES = ("check_ins", "claims", "needs", "paper_visits", "photos", "visit_answers", "visit_photos", "visit_questions")
#: What is computed from photos may be computed anew: windows of old photos are taken out of the search.
LENIENT = "DO $do$ BEGIN {}; EXCEPTION WHEN insufficient_privilege OR undefined_object THEN RAISE NOTICE '%', SQLERRM; END $do$"


def upgrade() -> None:
    op.create_table('claims',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('claim_id', sa.String(length=36), nullable=False),
    sa.Column('device_id', sa.String(length=36), nullable=False),
    sa.Column('helper_no', sa.String(length=40), nullable=False),
    sa.Column('counter', BigInt, nullable=False),
    sa.Column('previous_sha256', sa.LargeBinary(length=32), nullable=False),
    sa.Column('message_sha256', sa.LargeBinary(length=32), nullable=False),
    sa.Column('body_sha256', sa.LargeBinary(length=32), nullable=False),
    sa.Column('body_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('point_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('signature_ok', sa.Boolean(), nullable=False),
    sa.Column('outcome', sa.String(length=12), nullable=False),
    sa.Column('refusal', sa.String(length=40), nullable=True),
    sa.Column('received_at', UtcDateTime(), nullable=False),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('erased_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_claims'))
    )
    op.create_index('ix_claims_chain', 'claims', ['device_id', 'counter'], unique=False)
    op.create_index('ix_claims_id', 'claims', ['claim_id'], unique=False)
    op.create_index('ix_claims_received', 'claims', ['received_at'], unique=False, sqlite_where=sa.text('erased_at IS NULL'), postgresql_where=sa.text('erased_at IS NULL'))
    op.create_index('uq_claims_accepted', 'claims', ['claim_id'], unique=True, sqlite_where=sa.text("outcome = 'accepted'"), postgresql_where=sa.text("outcome = 'accepted'"))
    op.create_index('uq_claims_message', 'claims', ['message_sha256'], unique=True)
    op.create_table('photo_bands',
    sa.Column('key', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('photo_id', BigInt, autoincrement=False, nullable=False),
    sa.Column('window', SMALL, autoincrement=False, nullable=False),
    sa.Column('hash', BigInt, nullable=False),
    sa.PrimaryKeyConstraint('key', 'photo_id', 'window', name=op.f('pk_photo_bands')),
    sqlite_with_rowid=False
    )
    op.create_table('photo_matches',
    sa.Column('photo_id', BigInt, autoincrement=False, nullable=False),
    sa.Column('earlier_id', BigInt, autoincrement=False, nullable=False),
    sa.Column('bits', SMALL, nullable=False),
    sa.Column('window', SMALL, nullable=False),
    sa.Column('mirrored', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('photo_id', 'earlier_id', name=op.f('pk_photo_matches')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_photo_matches_earlier', 'photo_matches', ['earlier_id'], unique=False)
    op.create_table('photos',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('sha256', sa.LargeBinary(length=32), nullable=False),
    sa.Column('helper_no', sa.String(length=40), nullable=False),
    sa.Column('device_id', sa.String(length=36), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('media_type', sa.String(length=20), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('phash', sa.LargeBinary(length=8), nullable=False),
    sa.Column('exif_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('received_at', UtcDateTime(), nullable=False),
    sa.Column('forgotten_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_photos'))
    )
    op.create_index('ix_photos_exif', 'photos', ['received_at'], unique=False, sqlite_where=sa.text('exif_sealed IS NOT NULL'), postgresql_where=sa.text('exif_sealed IS NOT NULL'))
    op.create_index('ix_photos_forgotten', 'photos', ['forgotten_at'], unique=False, sqlite_where=sa.text('forgotten_at IS NOT NULL'), postgresql_where=sa.text('forgotten_at IS NOT NULL'))
    op.create_index('uq_photos_upload', 'photos', ['sha256', 'device_id'], unique=True)
    op.create_table('photo_windows',
    sa.Column('photo_id', BigInt, autoincrement=False, nullable=False),
    sa.Column('hashes', sa.LargeBinary(), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('done_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['photo_id'], ['photos.id'], name=op.f('fk_photo_windows_photo_id_photos')),
    sa.PrimaryKeyConstraint('photo_id', name=op.f('pk_photo_windows'))
    )
    op.create_index('ix_photo_windows_waiting', 'photo_windows', ['photo_id'], unique=False, sqlite_where=sa.text('hashes IS NULL'), postgresql_where=sa.text('hashes IS NULL'))
    op.create_table('check_ins',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('claim_id', sa.String(length=36), nullable=False),
    sa.Column('source', sa.String(length=4), nullable=False),
    sa.Column('helper_id', BigInt, nullable=False),
    sa.Column('household_id', BigInt, nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('device_id', sa.String(length=36), nullable=True),
    sa.Column('visited_on', sa.Date(), nullable=False),
    sa.Column('captured_at', UtcDateTime(), nullable=False),
    sa.Column('not_before', UtcDateTime(), nullable=True),
    sa.Column('received_at', UtcDateTime(), nullable=False),
    sa.Column('offline', sa.Boolean(), nullable=False),
    sa.Column('visit', sa.String(length=12), nullable=False),
    sa.Column('not_possible_reason', sa.String(length=12), nullable=True),
    sa.Column('activities', sa.JSON(), nullable=False),
    sa.Column('findings', sa.JSON(), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('has_location', sa.Boolean(), nullable=False),
    sa.Column('no_location_reason', sa.String(length=12), nullable=True),
    sa.Column('coarse_lat_e7', sa.Integer(), nullable=True),
    sa.Column('coarse_lng_e7', sa.Integer(), nullable=True),
    sa.Column('accuracy_m', sa.Integer(), nullable=True),
    sa.Column('distance_m', sa.Integer(), nullable=True),
    sa.Column('beyond_m', sa.Integer(), nullable=True),
    sa.Column('travel_kmh', sa.Integer(), nullable=True),
    sa.Column('photo_count', sa.Integer(), nullable=False),
    sa.Column('signals', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('judged_by', sa.String(length=120), nullable=True),
    sa.Column('judged_at', UtcDateTime(), nullable=True),
    sa.Column('judgement', sa.Text(), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.ForeignKeyConstraint(['current_id'], ['check_ins.id'], name=op.f('fk_check_ins_current_id_check_ins')),
    sa.ForeignKeyConstraint(['helper_id'], ['helpers.id'], name=op.f('fk_check_ins_helper_id_helpers')),
    sa.ForeignKeyConstraint(['household_id'], ['households.id'], name=op.f('fk_check_ins_household_id_households')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_check_ins'))
    )
    op.create_index('ix_check_ins_batch', 'check_ins', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_check_ins_day', 'check_ins', ['visited_on', 'id'], unique=False, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_index('ix_check_ins_device', 'check_ins', ['device_id', 'captured_at'], unique=False, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_index('ix_check_ins_ended', 'check_ins', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_check_ins_far', 'check_ins', ['beyond_m', 'visited_on'], unique=False, sqlite_where=sa.text('superseded_at IS NULL AND beyond_m > 0'), postgresql_where=sa.text('superseded_at IS NULL AND beyond_m > 0'))
    op.create_index('ix_check_ins_fast', 'check_ins', ['travel_kmh', 'visited_on'], unique=False, sqlite_where=sa.text('superseded_at IS NULL AND travel_kmh IS NOT NULL'), postgresql_where=sa.text('superseded_at IS NULL AND travel_kmh IS NOT NULL'))
    op.create_index('ix_check_ins_helper', 'check_ins', ['helper_id', 'received_at', 'id'], unique=False, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_index('ix_check_ins_helper_captured', 'check_ins', ['helper_id', 'captured_at'], unique=False, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_index('ix_check_ins_household', 'check_ins', ['household_id', 'captured_at'], unique=False, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_index('ix_check_ins_kept', 'check_ins', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_check_ins_place', 'check_ins', ['division_code', 'visited_on', 'id'], unique=False, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_index('ix_check_ins_waiting', 'check_ins', ['state', 'division_code', 'id'], unique=False, sqlite_where=sa.text("superseded_at IS NULL AND state IN ('asked', 'explained')"), postgresql_where=sa.text("superseded_at IS NULL AND state IN ('asked', 'explained')"))
    op.create_index('uq_check_ins_current', 'check_ins', ['claim_id'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('paper_visits',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=36), nullable=False),
    sa.Column('helper_id', BigInt, nullable=False),
    sa.Column('household_id', BigInt, nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('visited_on', sa.Date(), nullable=False),
    sa.Column('visit', sa.String(length=12), nullable=False),
    sa.Column('not_possible_reason', sa.String(length=12), nullable=True),
    sa.Column('activities', sa.JSON(), nullable=False),
    sa.Column('findings', sa.JSON(), nullable=False),
    sa.Column('needs', sa.JSON(), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
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
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> entered_by', name=op.f('ck_paper_visits_two_persons')),
    sa.ForeignKeyConstraint(['current_id'], ['paper_visits.id'], name=op.f('fk_paper_visits_current_id_paper_visits')),
    sa.ForeignKeyConstraint(['helper_id'], ['helpers.id'], name=op.f('fk_paper_visits_helper_id_helpers')),
    sa.ForeignKeyConstraint(['household_id'], ['households.id'], name=op.f('fk_paper_visits_household_id_households')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_paper_visits'))
    )
    op.create_index('ix_paper_visits_batch', 'paper_visits', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_paper_visits_ended', 'paper_visits', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_paper_visits_household', 'paper_visits', ['household_id', 'visited_on'], unique=False)
    op.create_index('ix_paper_visits_kept', 'paper_visits', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_paper_visits_waiting', 'paper_visits', ['division_code', 'id'], unique=False, sqlite_where=sa.text("superseded_at IS NULL AND state = '待会签'"), postgresql_where=sa.text("superseded_at IS NULL AND state = '待会签'"))
    op.create_index('uq_paper_visits_current', 'paper_visits', ['no'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('needs',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('no', sa.String(length=44), nullable=False),
    sa.Column('household_id', BigInt, nullable=False),
    sa.Column('raised_by', BigInt, nullable=False),
    sa.Column('kind', sa.String(length=4), nullable=False),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('raised_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=4), nullable=False),
    sa.Column('done_by', BigInt, nullable=True),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.ForeignKeyConstraint(['current_id'], ['needs.id'], name=op.f('fk_needs_current_id_needs')),
    sa.ForeignKeyConstraint(['done_by'], ['check_ins.id'], name=op.f('fk_needs_done_by_check_ins')),
    sa.ForeignKeyConstraint(['household_id'], ['households.id'], name=op.f('fk_needs_household_id_households')),
    sa.ForeignKeyConstraint(['raised_by'], ['check_ins.id'], name=op.f('fk_needs_raised_by_check_ins')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_needs'))
    )
    op.create_index('ix_needs_batch', 'needs', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_needs_ended', 'needs', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_needs_household', 'needs', ['household_id'], unique=False)
    op.create_index('ix_needs_kept', 'needs', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_needs_open', 'needs', ['household_id', 'due_on'], unique=False, sqlite_where=sa.text("superseded_at IS NULL AND state = '待办'"), postgresql_where=sa.text("superseded_at IS NULL AND state = '待办'"))
    op.create_index('uq_needs_current', 'needs', ['no'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('visit_answers',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('check_in_id', BigInt, nullable=False),
    sa.Column('household_id', BigInt, nullable=False),
    sa.Column('answer', sa.String(length=4), nullable=False),
    sa.Column('channel', sa.String(length=6), nullable=False),
    sa.Column('said_by', sa.String(length=80), nullable=False),
    sa.Column('taken_by', sa.String(length=120), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('answered_at', UtcDateTime(), nullable=False),
    sa.Column('current_id', BigInt, nullable=True),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.Column('superseded_event_id', sa.String(length=36), nullable=True),
    sa.Column('superseded_batch_id', BigInt, nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.Column('batch_id', BigInt, nullable=True),
    sa.Column('batch_row', BigInt, nullable=True),
    sa.Column('extensions', sa.JSON(none_as_null=True), nullable=True),
    sa.ForeignKeyConstraint(['check_in_id'], ['check_ins.id'], name=op.f('fk_visit_answers_check_in_id_check_ins')),
    sa.ForeignKeyConstraint(['current_id'], ['visit_answers.id'], name=op.f('fk_visit_answers_current_id_visit_answers')),
    sa.ForeignKeyConstraint(['household_id'], ['households.id'], name=op.f('fk_visit_answers_household_id_households')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit_answers'))
    )
    op.create_index('ix_visit_answers_batch', 'visit_answers', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_visit_answers_denied', 'visit_answers', ['answered_at', 'id'], unique=False, sqlite_where=sa.text("superseded_at IS NULL AND answer = '没来过'"), postgresql_where=sa.text("superseded_at IS NULL AND answer = '没来过'"))
    op.create_index('ix_visit_answers_ended', 'visit_answers', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_visit_answers_household', 'visit_answers', ['household_id'], unique=False)
    op.create_index('ix_visit_answers_kept', 'visit_answers', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('uq_visit_answers_current', 'visit_answers', ['check_in_id'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('visit_photos',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('check_in_id', BigInt, nullable=False),
    sa.Column('photo_id', BigInt, nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['check_in_id'], ['check_ins.id'], name=op.f('fk_visit_photos_check_in_id_check_ins')),
    sa.ForeignKeyConstraint(['photo_id'], ['photos.id'], name=op.f('fk_visit_photos_photo_id_photos')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit_photos'))
    )
    op.create_index('ix_visit_photos_photo', 'visit_photos', ['photo_id'], unique=False)
    op.create_index('uq_visit_photos_place', 'visit_photos', ['check_in_id', 'position'], unique=True)
    op.create_table('visit_questions',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('check_in_id', BigInt, nullable=False),
    sa.Column('rule', sa.String(length=16), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('asked_at', UtcDateTime(), nullable=False),
    sa.Column('asked_by', sa.String(length=120), nullable=False),
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
    sa.ForeignKeyConstraint(['check_in_id'], ['check_ins.id'], name=op.f('fk_visit_questions_check_in_id_check_ins')),
    sa.ForeignKeyConstraint(['current_id'], ['visit_questions.id'], name=op.f('fk_visit_questions_current_id_visit_questions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit_questions'))
    )
    op.create_index('ix_visit_questions_batch', 'visit_questions', ['batch_id'], unique=False, sqlite_where=sa.text('batch_id IS NOT NULL'), postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('ix_visit_questions_ended', 'visit_questions', ['superseded_batch_id'], unique=False, sqlite_where=sa.text('superseded_batch_id IS NOT NULL'), postgresql_where=sa.text('superseded_batch_id IS NOT NULL'))
    op.create_index('ix_visit_questions_kept', 'visit_questions', ['current_id'], unique=False, sqlite_where=sa.text('current_id IS NOT NULL'), postgresql_where=sa.text('current_id IS NOT NULL'))
    op.create_index('ix_visit_questions_open', 'visit_questions', ['asked_at', 'id'], unique=False, sqlite_where=sa.text('superseded_at IS NULL AND answered_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL AND answered_at IS NULL'))
    op.create_index('uq_visit_questions_current', 'visit_questions', ['check_in_id', 'rule'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    triggers.install(op.get_bind(), TABLES)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(LENIENT.format("GRANT DELETE ON photo_bands, photo_matches TO yangguang_app"))


def downgrade() -> None:
    op.drop_table("visit_questions")
    op.drop_table("visit_photos")
    op.drop_table("visit_answers")
    op.drop_table("needs")
    op.drop_table("paper_visits")
    op.drop_table("check_ins")
    op.drop_table("photo_windows")
    op.drop_table("photos")
    op.drop_table("photo_matches")
    op.drop_table("photo_bands")
    op.drop_table("claims")
