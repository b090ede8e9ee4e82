"""What happens to a filled sheet: kept to be looked through, then taken in once, in one transaction."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.database import reserve_ids
from portal.kernel.errors import BadInput, Conflict, NotFound
from portal.oversight.leads.rounds.actions import conclude, record_visit
from portal.oversight.leads.sheets.models import LeadSheet
from portal.oversight.leads.sheets.queries import FILE_SEAL
from portal.oversight.leads.sheets.rules import FAULTS, MOST, Judged, Outcome
from portal.registers.corrections import Act
from portal.registers.sealed import keyring_of
from portal.trail.actions import record


def new_number(prefix: str, at: datetime) -> str:
    """A number for a sheet that goes out (`HC`) or comes in (`HR`); nobody can guess the next one."""
    return f"{prefix}-{day_cn(at):%Y%m%d}-{secrets.token_hex(4)}"


def keep_sheet(session: Session, content: bytes, judged: Sequence[Judged], act: Act, at: datetime) -> LeadSheet:
    """Keep a filled sheet, sealed, until it is taken in. No lead changes. BadInput for an empty or too long one."""
    if not judged:
        raise BadInput("表里一行也没有", fix="上传本页导出、填好的核查表", code="no_rows")
    if len(judged) > MOST:
        raise BadInput(f"一张表最多 {MOST} 行", why=f"这张有 {len(judged)} 行", fix="拆成几张上传", code="too_many")
    row = LeadSheet(
        id=reserve_ids(session.connection(), "lead_sheets", 1),
        no=new_number("HR", at),
        file_sealed=keyring_of(session).seal_bytes(content, FILE_SEAL),
        sha256=hashlib.sha256(content).hexdigest(),
        rows=len(judged),
        refused=sum(one.outcome in FAULTS for one in judged),
        sent_by=act.actor,
        sent_at=at,
    )
    session.add(row)
    _record(session, row, "lead.sheet.kept", judged, act, at)
    return row


def take_sheet(session: Session, no: str, judged: Sequence[Judged], act: Act, at: datetime) -> int:
    """Write what the rows in order say: visits and conclusions, each as if typed on its lead's page. Returns how many.

    One transaction: should one of them be refused after all, none is written. A sheet is taken once: raises Conflict.
    """
    row = session.scalar(select(LeadSheet).where(LeadSheet.no == no, LeadSheet.sent_by == act.actor).with_for_update())
    if row is None:
        raise NotFound("没有这张核查表", fix="从待核实疑点页面打开，或重新上传")
    if row.taken_at is not None:
        raise Conflict("这张表已经录入过了", fix="改好没有录入的行，另存后再上传", code="taken")
    ready = [one for one in judged if one.outcome is Outcome.READY]
    if not ready:
        raise BadInput("没有一行可以录入", fix="按每行的说明改好，再上传", code="nothing_ready")
    for one in ready:
        if one.visit is not None:
            record_visit(session, one.lead_no, one.visit, act, at)
        if one.finding is not None:
            conclude(session, one.lead_no, one.finding, Act(act.actor, one.why, act.request_id), at)
    row.taken_at, row.refused = at, sum(one.outcome in FAULTS for one in judged)
    _record(session, row, "lead.sheet.entered", judged, act, at)
    return len(ready)


def _record(session: Session, row: LeadSheet, kind: str, judged: Sequence[Judged], act: Act, at: datetime) -> None:
    """One event for the sheet: its digest and how many rows of each kind, never what they say."""
    session.flush()
    counts = Counter(one.outcome.value for one in judged)
    record(
        session, kind=kind, actor=act.actor, subjects=[("lead_sheet", row.no)],
        after={"sha256": row.sha256, "rows": row.rows, **{name: counts[name] for name in sorted(counts)}},
        why=act.why or None, request_id=act.request_id, at=at,
    )  # fmt: skip
    session.flush()
