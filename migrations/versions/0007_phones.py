"""Helpers' phones: devices, the codes by which one is enrolled, nonces, and sessions by bearer token.

Revision: 0007
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.database import BigInt, UtcDateTime
from portal.trail import triggers

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("devices", "enrolment_codes")
#: Nonces whose lease is long over are deleted by the worker, as old sessions are.
LENIENT = "DO $do$ BEGIN {}; EXCEPTION WHEN insufficient_privilege OR undefined_object THEN RAISE NOTICE '%', SQLERRM; END $do$"


def upgrade() -> None:
    op.add_column("login_sessions", sa.Column("bearer", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table('enrolment_codes',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('helper_no', sa.String(length=40), nullable=False),
    sa.Column('code_hash', sa.String(length=200), nullable=False),
    sa.Column('made_by', sa.String(length=120), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.Column('used_at', UtcDateTime(), nullable=True),
    sa.Column('cancelled_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_enrolment_codes'))
    )
    op.create_index('ix_enrolment_codes_helper', 'enrolment_codes', ['helper_no'], unique=False)
    op.create_table('devices',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('device_id', sa.String(length=36), nullable=False),
    sa.Column('user_id', BigInt, nullable=False),
    sa.Column('helper_no', sa.String(length=40), nullable=False),
    sa.Column('public_key', sa.LargeBinary(length=160), nullable=False),
    sa.Column('label', sa.String(length=60), nullable=False),
    sa.Column('code_id', BigInt, nullable=False),
    sa.Column('enrolled_at', UtcDateTime(), nullable=False),
    sa.Column('revoked_at', UtcDateTime(), nullable=True),
    sa.Column('revoked_by', sa.String(length=120), nullable=True),
    sa.Column('revoked_why', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['code_id'], ['enrolment_codes.id'], name=op.f('fk_devices_code_id_enrolment_codes')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_devices_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_devices')),
    sa.UniqueConstraint('device_id', name=op.f('uq_devices_device_id')),
    sa.UniqueConstraint('public_key', name=op.f('uq_devices_public_key'))
    )
    op.create_index('ix_devices_helper', 'devices', ['helper_no'], unique=False)
    op.create_index('uq_devices_active', 'devices', ['helper_no'], unique=True, sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))
    op.create_table('nonces',
    sa.Column('nonce', sa.String(length=24), nullable=False),
    sa.Column('device_id', BigInt, nullable=False),
    sa.Column('issued_at', UtcDateTime(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.Column('spent_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['device_id'], ['devices.id'], name=op.f('fk_nonces_device_id_devices')),
    sa.PrimaryKeyConstraint('nonce', name=op.f('pk_nonces'))
    )
    op.create_index('ix_nonces_expires', 'nonces', ['expires_at'], unique=False)
    triggers.install(op.get_bind(), TABLES)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(LENIENT.format("GRANT DELETE ON nonces TO yangguang_app"))


def downgrade() -> None:
    op.drop_table("nonces")
    op.drop_table("devices")
    op.drop_table("enrolment_codes")
    with op.batch_alter_table("login_sessions") as batch:
        batch.drop_column("bearer")
