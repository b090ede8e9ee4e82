"""Guards: days of reveals, emergency grants with reviews, reinstatements, exports that need approval, watched rows.

Revision: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.database import BigInt, UtcDateTime
from portal.trail import triggers

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = (
    "canaries",
    "canary_sightings",
    "emergency_grants",
    "emergency_reviews",
    "export_requests",
    "reinstatements",
)
#: Old sessions are deleted by the worker; everything else of the application's is kept.
PURGED = """
DO $do$ BEGIN GRANT DELETE ON login_sessions TO yangguang_app;
EXCEPTION WHEN insufficient_privilege OR undefined_object THEN RAISE NOTICE '%', SQLERRM; END $do$
"""


def upgrade() -> None:
    op.create_table('canaries',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('planted_by', sa.String(length=120), nullable=False),
    sa.Column('planted_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_canaries'))
    )
    op.create_table('export_requests',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('no', sa.String(length=24), nullable=False),
    sa.Column('list_name', sa.String(length=40), nullable=False),
    sa.Column('filters', sa.JSON(), nullable=False),
    sa.Column('suffix', sa.String(length=4), nullable=False),
    sa.Column('scopes', sa.JSON(), nullable=False),
    sa.Column('counted', sa.Integer(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('asked_by', sa.String(length=120), nullable=False),
    sa.Column('asked_at', UtcDateTime(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('decided_by', sa.String(length=120), nullable=True),
    sa.Column('decided_at', UtcDateTime(), nullable=True),
    sa.Column('refusal', sa.Text(), nullable=True),
    sa.Column('expires_at', UtcDateTime(), nullable=True),
    sa.Column('made_at', UtcDateTime(), nullable=True),
    sa.Column('rows', sa.Integer(), nullable=True),
    sa.Column('rows_sha256', sa.String(length=64), nullable=True),
    sa.Column('file_sha256', sa.String(length=64), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_export_requests')),
    sa.UniqueConstraint('no', name=op.f('uq_export_requests_no'))
    )
    op.create_index('ix_export_requests_asked_by', 'export_requests', ['asked_by', 'id'], unique=False)
    op.create_index('ix_export_requests_state', 'export_requests', ['state', 'id'], unique=False)
    op.create_table('reveal_days',
    sa.Column('actor', sa.String(length=120), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('shown', sa.Integer(), nullable=False),
    sa.Column('over', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('actor', 'day', name=op.f('pk_reveal_days'))
    )
    op.create_table('canary_sightings',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('canary_id', BigInt, nullable=False),
    sa.Column('how', sa.String(length=16), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('seen_at', UtcDateTime(), nullable=False),
    sa.Column('seen_by', sa.String(length=120), nullable=False),
    sa.Column('request_no', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['canary_id'], ['canaries.id'], name=op.f('fk_canary_sightings_canary_id_canaries')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_canary_sightings'))
    )
    op.create_index('ix_canary_sightings_canary', 'canary_sightings', ['canary_id'], unique=False)
    op.create_table('emergency_grants',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('user_id', BigInt, nullable=False),
    sa.Column('role', sa.String(length=24), nullable=False),
    sa.Column('scopes', sa.JSON(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('taken_at', UtcDateTime(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.Column('ended_at', UtcDateTime(), nullable=True),
    sa.Column('ended_by', sa.String(length=120), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_emergency_grants_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_emergency_grants'))
    )
    op.create_index('ix_emergency_grants_user', 'emergency_grants', ['user_id'], unique=False)
    op.create_table('export_parts',
    sa.Column('request_id', BigInt, nullable=False),
    sa.Column('part', sa.Integer(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['request_id'], ['export_requests.id'], name=op.f('fk_export_parts_request_id_export_requests')),
    sa.PrimaryKeyConstraint('request_id', 'part', name=op.f('pk_export_parts'))
    )
    op.create_table('reinstatements',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('user_id', BigInt, nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('proposed_by', sa.String(length=120), nullable=False),
    sa.Column('proposed_at', UtcDateTime(), nullable=False),
    sa.Column('decided_by', sa.String(length=120), nullable=True),
    sa.Column('decided_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_reinstatements_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reinstatements'))
    )
    op.create_index('ix_reinstatements_state', 'reinstatements', ['state'], unique=False)
    op.create_index('ix_reinstatements_user', 'reinstatements', ['user_id'], unique=False)
    op.create_table('emergency_reviews',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('emergency_id', BigInt, nullable=False),
    sa.Column('reviewer', sa.String(length=120), nullable=False),
    sa.Column('verdict', sa.String(length=8), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('reviewed_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['emergency_id'], ['emergency_grants.id'], name=op.f('fk_emergency_reviews_emergency_id_emergency_grants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_emergency_reviews'))
    )
    op.create_index('uq_emergency_reviews_reviewer', 'emergency_reviews', ['emergency_id', 'reviewer'], unique=True)
    op.drop_table('reveal_counts')
    triggers.install(op.get_bind(), TABLES)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(PURGED)


def downgrade() -> None:
    op.create_table('reveal_counts',
    sa.Column('user_id', BigInt, nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_reveal_counts_user_id_users')),
    sa.PrimaryKeyConstraint('user_id', 'day', name=op.f('pk_reveal_counts'))
    )
    for table in (
        "emergency_reviews", "emergency_grants", "reinstatements", "export_parts", "export_requests",
        "canary_sightings", "canaries", "reveal_days",
    ):  # fmt: skip
        op.drop_table(table)
