"""Work with leads: deadlines, assignment, putting off; rounds of verifying, exceptions, steps, saved searches, filled sheets.

Revision: 0024
Follows: 0023
"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.database import BigInt, UtcDateTime
from portal.trail import triggers

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLES = ("lead_exceptions", "lead_rounds", "lead_sheets", "lead_steps")
INDEXES = ("ix_leads_counts", "ix_leads_due", "ix_leads_mine", "ix_leads_rule_due")
COLUMNS = ("due_on", "trend", "assigned_to", "assigned_division", "snoozed_until", "wakes_worse")


def upgrade() -> None:
    op.add_column("leads", sa.Column("due_on", sa.Date(), server_default="9999-12-31", nullable=False))
    op.add_column("leads", sa.Column("trend", sa.String(length=4), server_default="新", nullable=False))
    op.add_column("leads", sa.Column("assigned_to", sa.String(length=120), nullable=True))
    op.add_column("leads", sa.Column("assigned_division", sa.String(length=12), nullable=True))
    op.add_column("leads", sa.Column("snoozed_until", sa.Date(), nullable=True))
    op.add_column("leads", sa.Column("wakes_worse", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_leads_counts",
        "leads",
        ["status", "rule", "severity", "division_code", "assigned_to", "snoozed_until", "due_on", "trend"],
        unique=False,
    )
    op.create_index("ix_leads_due", "leads", ["status", "due_on", "id"], unique=False)
    op.create_index("ix_leads_mine", "leads", ["assigned_to", "status", "due_on", "id"], unique=False)
    op.create_index("ix_leads_rule_due", "leads", ["rule", "status", "due_on", "id"], unique=False)
    op.create_table(
        "lead_rounds",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("lead_id", BigInt, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=True),
        sa.Column("first_visitor", sa.String(length=80), nullable=True),
        sa.Column("second_visitor", sa.String(length=80), nullable=True),
        sa.Column("speaker", sa.String(length=8), nullable=True),
        sa.Column("said_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("found_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("found_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("photo", sa.String(length=64), nullable=True),
        sa.Column("visited_by", sa.String(length=120), nullable=True),
        sa.Column("visited_at", UtcDateTime(), nullable=True),
        sa.Column("conclusion", sa.String(length=8), nullable=True),
        sa.Column("verified_by", sa.String(length=120), nullable=True),
        sa.Column("verified_at", UtcDateTime(), nullable=True),
        sa.Column("reviewed_by", sa.String(length=120), nullable=True),
        sa.Column("reviewed_at", UtcDateTime(), nullable=True),
        sa.Column("review", sa.String(length=8), nullable=True),
        sa.Column("review_why", sa.Text(), nullable=True),
        sa.Column("disposition", sa.String(length=8), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_why", sa.Text(), nullable=True),
        sa.Column("reconfirmation_no", sa.String(length=24), nullable=True),
        sa.Column("procedure_no", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> reviewed_by", name=op.f("ck_lead_rounds_decider_no_reviewer")
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> verified_by", name=op.f("ck_lead_rounds_decider_apart")
        ),
        sa.CheckConstraint(
            "reviewed_by IS NULL OR reviewed_by <> verified_by", name=op.f("ck_lead_rounds_reviewer_apart")
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_lead_rounds_lead_id_leads")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_rounds")),
    )
    op.create_index("ix_lead_rounds_decided", "lead_rounds", ["decided_at"], unique=False)
    op.create_index("ix_lead_rounds_verified", "lead_rounds", ["verified_by", "verified_at"], unique=False)
    op.create_index("uq_lead_rounds_round", "lead_rounds", ["lead_id", "round"], unique=True)
    op.create_table(
        "lead_exceptions",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("lead_id", BigInt, nullable=False),
        sa.Column("rule", sa.String(length=8), nullable=False),
        sa.Column("source_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.String(length=120), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=120), nullable=True),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "confirmed_by IS NULL OR confirmed_by <> proposed_by", name=op.f("ck_lead_exceptions_two_persons")
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_lead_exceptions_lead_id_leads")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_exceptions")),
    )
    op.create_index("ix_lead_exceptions_rule", "lead_exceptions", ["rule", "ended_at"], unique=False)
    op.create_index(
        "uq_lead_exceptions_standing",
        "lead_exceptions",
        ["lead_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "lead_steps",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("lead_id", BigInt, nullable=False),
        sa.Column("act_no", sa.String(length=36), nullable=False),
        sa.Column("work", sa.String(length=8), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_lead_steps_lead_id_leads")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_steps")),
    )
    op.create_index("ix_lead_steps_act", "lead_steps", ["act_no"], unique=False)
    op.create_index("ix_lead_steps_lead", "lead_steps", ["lead_id", "id"], unique=False)
    op.create_table(
        "lead_searches",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("query", sa.String(length=300), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_searches")),
    )
    op.create_index("uq_lead_searches_name", "lead_searches", ["owner", "name"], unique=True)
    op.create_table(
        "lead_sheets",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("no", sa.String(length=24), nullable=False),
        sa.Column("file_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("sent_by", sa.String(length=120), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_sheets")),
        sa.UniqueConstraint("no", name=op.f("uq_lead_sheets_no")),
    )
    triggers.install(op.get_bind(), TABLES)


def downgrade() -> None:
    for table in ("lead_sheets", "lead_searches", "lead_steps", "lead_exceptions", "lead_rounds"):
        op.drop_table(table)
    for index in INDEXES:
        op.drop_index(index, table_name="leads")
    for column in reversed(COLUMNS):
        op.drop_column("leads", column)
