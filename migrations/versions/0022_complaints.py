"""Complaints, sealed from arrival, and the keys of those who may open them.

Revision: 0022
Follows: 0021
"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.database import BigInt
from portal.trail import triggers

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLES = (
    "complaints", "complaint_wraps", "complaint_messages", "complaint_files", "complaint_accused", "authority_keys",
    "personal_keys", "key_shares", "escrow_custodians",
)


def upgrade() -> None:
    op.create_table('complaints',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('locator', sa.String(length=8), nullable=False),
    sa.Column('code_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('mode', sa.String(length=20), nullable=False),
    sa.Column('division_code', sa.String(length=12), nullable=False),
    sa.Column('subject_kind', sa.String(length=24), nullable=True),
    sa.Column('subject_no', sa.String(length=80), nullable=True),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('half', sa.String(length=2), nullable=False),
    sa.Column('authority', sa.String(length=12), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('is_slow', sa.Boolean(), nullable=False),
    sa.Column('body_box', sa.LargeBinary(), nullable=False),
    sa.Column('identity_box', sa.LargeBinary(), nullable=True),
    sa.Column('code_salt', sa.LargeBinary(length=16), nullable=False),
    sa.Column('writer_public', sa.LargeBinary(length=32), nullable=False),
    sa.Column('leaf_hash', sa.String(length=64), nullable=False),
    sa.Column('event_no', sa.String(length=36), nullable=False),
    sa.CheckConstraint("mode <> 'anonymous' OR identity_box IS NULL", name=op.f('ck_complaints_anonymous_has_no_identity')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaints'))
    )
    op.create_index('ix_complaints_authority', 'complaints', ['authority', 'state', 'id'], unique=False)
    op.create_index('ix_complaints_subject', 'complaints', ['subject_kind', 'subject_no'], unique=False)
    op.create_index('uq_complaints_locator', 'complaints', ['locator'], unique=True)
    op.create_table('complaint_wraps',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('complaint_id', BigInt, nullable=False),
    sa.Column('part', sa.String(length=40), nullable=False),
    sa.Column('recipient', sa.String(length=12), nullable=False),
    sa.Column('key_version', sa.Integer(), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaints.id'], name=op.f('fk_complaint_wraps_complaint_id_complaints')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint_wraps'))
    )
    op.create_index('ix_complaint_wraps_recipient', 'complaint_wraps', ['recipient', 'key_version'], unique=False)
    op.create_index('uq_complaint_wraps_part', 'complaint_wraps', ['complaint_id', 'part', 'recipient'], unique=True)
    op.create_table('complaint_messages',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('complaint_id', BigInt, nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('from_writer', sa.Boolean(), nullable=False),
    sa.Column('said_on', sa.Date(), nullable=False),
    sa.Column('half', sa.String(length=2), nullable=False),
    sa.Column('text_box', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaints.id'], name=op.f('fk_complaint_messages_complaint_id_complaints')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint_messages'))
    )
    op.create_index('ix_complaint_messages_complaint', 'complaint_messages', ['complaint_id', 'n'], unique=False)
    op.create_table('complaint_files',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('complaint_id', BigInt, nullable=False),
    sa.Column('message_id', BigInt, nullable=True),
    sa.Column('name', sa.String(length=32), nullable=False),
    sa.Column('about_box', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaints.id'], name=op.f('fk_complaint_files_complaint_id_complaints')),
    sa.ForeignKeyConstraint(['message_id'], ['complaint_messages.id'], name=op.f('fk_complaint_files_message_id_complaint_messages')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint_files'))
    )
    op.create_index('ix_complaint_files_complaint', 'complaint_files', ['complaint_id'], unique=False)
    op.create_table('complaint_accused',
    sa.Column('id', BigInt, autoincrement=False, nullable=False),
    sa.Column('complaint_id', BigInt, nullable=False),
    sa.Column('mark', sa.LargeBinary(length=16), nullable=False),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaints.id'], name=op.f('fk_complaint_accused_complaint_id_complaints')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint_accused'))
    )
    op.create_index('ix_complaint_accused_mark', 'complaint_accused', ['mark'], unique=False)
    op.create_index('uq_complaint_accused_mark', 'complaint_accused', ['complaint_id', 'mark'], unique=True)
    op.create_table('authority_keys',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('authority', sa.String(length=12), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('public', sa.LargeBinary(length=32), nullable=False),
    sa.Column('file_recipient', sa.String(length=80), nullable=False),
    sa.Column('escrow_box', sa.LargeBinary(), nullable=True),
    sa.Column('made_by', sa.String(length=120), nullable=False),
    sa.Column('made_on', sa.Date(), nullable=False),
    sa.Column('retired_on', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_authority_keys'))
    )
    op.create_index('uq_authority_keys_version', 'authority_keys', ['authority', 'version'], unique=True)
    op.create_table('personal_keys',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('username', sa.String(length=64), nullable=False),
    sa.Column('public', sa.LargeBinary(length=32), nullable=False),
    sa.Column('salt', sa.LargeBinary(length=16), nullable=False),
    sa.Column('memory_kib', sa.Integer(), nullable=False),
    sa.Column('passes', sa.Integer(), nullable=False),
    sa.Column('private_box', sa.LargeBinary(), nullable=False),
    sa.Column('made_on', sa.Date(), nullable=False),
    sa.Column('retired_on', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_personal_keys'))
    )
    op.create_index('ix_personal_keys_user', 'personal_keys', ['username'], unique=False)
    op.create_table('key_shares',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('authority_key_id', BigInt, nullable=False),
    sa.Column('personal_key_id', BigInt, nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('given_by', sa.String(length=120), nullable=False),
    sa.Column('given_on', sa.Date(), nullable=False),
    sa.Column('is_first', sa.Boolean(), nullable=False),
    sa.Column('agreed_by', sa.String(length=120), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.CheckConstraint('agreed_by IS NULL OR agreed_by <> given_by', name=op.f('ck_key_shares_two_shared')),
    sa.ForeignKeyConstraint(['authority_key_id'], ['authority_keys.id'], name=op.f('fk_key_shares_authority_key_id_authority_keys')),
    sa.ForeignKeyConstraint(['personal_key_id'], ['personal_keys.id'], name=op.f('fk_key_shares_personal_key_id_personal_keys')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_key_shares'))
    )
    op.create_index('ix_key_shares_person', 'key_shares', ['personal_key_id'], unique=False)
    op.create_table('escrow_custodians',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('recipient', sa.String(length=80), nullable=False),
    sa.Column('since_on', sa.Date(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_escrow_custodians'))
    )
    triggers.install(op.get_bind(), TABLES)


def downgrade() -> None:
    op.drop_table("escrow_custodians")
    op.drop_table("key_shares")
    op.drop_table("personal_keys")
    op.drop_table("authority_keys")
    op.drop_table("complaint_accused")
    op.drop_table("complaint_files")
    op.drop_table("complaint_messages")
    op.drop_table("complaint_wraps")
    op.drop_table("complaints")
