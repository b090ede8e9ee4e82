"""What happens to reads: opened with a basis, reviewed by another organ. Both are sealed events of the trail."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.rules import Principal
from portal.kernel.clock import day_cn
from portal.kernel.errors import NotFound
from portal.oversight.reads.models import Basis, BoundRead, Organ, Verdict
from portal.oversight.reads.queries import TABLE, WHY
from portal.oversight.reads.rules import LASTS, basis_problem, organ_of, review_problem, week_of
from portal.registers.corrections import Act
from portal.registers.sealed import keyring_of, seal_name
from portal.trail.actions import record

OPENED = "read.opened"


@dataclass(frozen=True)
class Wish:
    """On behalf of what somebody wants to read; `why` where there is neither case nor lead."""

    basis: Basis
    case_no: str = ""
    lead_no: str = ""
    why: str = ""


def open_read(
    session: Session,
    who: Principal,
    subject: tuple[str, str],
    division_code: str | None,
    wish: Wish,
    cases: Collection[str],
    leads: Collection[str],
    at: datetime,
    request_id: str | None = None,
) -> BoundRead:
    """Open somebody's trail for a working day. `cases`, `leads`: what the reader is on and was given. Raises Refused."""
    basis_problem(wish.basis, wish.case_no, wish.lead_no, wish.why, cases, leads)
    day = day_cn(at)
    without = wish.basis is Basis.NONE
    row = BoundRead(
        no=_fresh_no(session, day.year),
        reader=who.actor,
        organ=organ_of(who.role_names),
        kind=subject[0],
        subject_no=subject[1],
        division_code=division_code,
        basis=wish.basis,
        case_no=wish.case_no if wish.basis is Basis.CASE else None,
        lead_no=wish.lead_no if wish.basis is Basis.LEAD else None,
        why_sealed=keyring_of(session).seal(wish.why.strip(), seal_name(TABLE, WHY)) if without else None,
        opened_at=at,
        valid_until=at + LASTS,
        week=week_of(day),
    )
    session.add(row)
    session.flush()
    on_behalf = [("case", wish.case_no)] if row.case_no else [("lead", wish.lead_no)] if row.lead_no else []
    record(
        session, kind=OPENED, actor=who.actor, subjects=[subject, ("read", row.no), *on_behalf],
        after={"basis": row.basis, "organ": row.organ}, why=wish.why.strip() if without else None,
        request_id=request_id, sealed=True, at=at,
    )  # fmt: skip
    return row


def _fresh_no(session: Session, year: int) -> str:
    """Drawn: numbers in a row would tell somebody how much the others look up between two reads of his own."""
    while True:
        no = f"CY-{year}-{secrets.randbelow(10**8):08d}"
        if session.scalar(select(BoundRead.id).where(BoundRead.no == no)) is None:
            return no


def review_read(session: Session, no: str, verdict: Verdict, organ: Organ, act: Act, at: datetime) -> BoundRead:
    """The other organ says what it makes of a read without a case; `act.why` is its opinion. Raises Refused, Conflict."""
    row = session.scalar(select(BoundRead).where(BoundRead.no == no).with_for_update())
    if row is None:
        raise NotFound("没有这条查阅登记", fix="从清单重新进入")
    review_problem(row.reader, Organ(row.organ), act.actor, organ, row.basis, row.verdict, act.why)
    row.verdict, row.verdict_note = verdict, act.why.strip()
    row.reviewed_by, row.reviewed_at = act.actor, at
    session.flush()
    record(
        session, kind="read.reviewed", actor=act.actor, subjects=[("read", no), ("account", row.reader.removeprefix("user:"))],
        before={"verdict": None}, after={"verdict": verdict}, why=act.why, request_id=act.request_id, sealed=True, at=at,
    )  # fmt: skip
    return row
