"""Procedures walked step by step, each by whom it takes; documents are small pictures of nothing."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.registers.corrections import Act
from portal.registers.recipients.actions import register_household as register_household
from portal.registers.recipients.incomes.confirming.actions import confirm_entry
from portal.registers.recipients.incomes.confirming.models import Entered
from portal.registers.recipients.models import Household
from portal.registers.recipients.procedures.actions import open_from_request as open_from_request
from portal.registers.recipients.procedures.actions import (
    open_procedure,
    record_county_visit,
    record_notice_concluded,
    take_step,
)
from portal.registers.recipients.procedures.cycles.rules import CYCLES, Level, Need
from portal.registers.recipients.procedures.draws.actions import record_draw
from portal.registers.recipients.procedures.files.models import FileKind, ProcedureFile
from portal.registers.recipients.procedures.models import Procedure, ProcedureKind, Source, StepKey, Verdict
from portal.registers.recipients.procedures.objections.actions import object_to as object_to
from portal.registers.recipients.procedures.objections.models import Objector as Objector
from portal.registers.recipients.procedures.requirements.rules import GUARANTEES, HELD_BY, Facts
from portal.trail.actions import record
from tests.factories.divisions import COUNTY, make_county, make_parameter
from tests.factories.recipients import make_household, make_income

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
DAY = date(2026, 11, 20)
CLERK, TOWN, COUNTY_DESK, OTHER = "user:village", "user:town", "user:county", "user:other"
WHO = {Level.VILLAGE: CLERK, Level.TOWNSHIP: TOWN, Level.COUNTY: COUNTY_DESK, Level.PLATFORM: "system:notices"}
KINDS_OF = {
    Need.AUTHORISED: FileKind.AUTHORISATION,
    Need.PROMISE: FileKind.PROMISE,
    Need.VISIT: FileKind.VISIT_PHOTO,
    Need.REVIEW: FileKind.SIGN_SHEET,
    Need.AGREEMENT: FileKind.EXIT_SHEET,
    Need.WITHDRAWAL: FileKind.WITHDRAWAL_FORM,
    Need.PLAN: FileKind.HELP_PLAN,
    Need.BASIS: FileKind.BASIS,
}


def act(actor: str = CLERK, why: str = "照程序办理") -> Act:
    """Who does it."""
    return Act(actor, why)


def make_lines(session: Session) -> None:
    """A county with a line of 6,000 yuan a year, and 低保 of 710 yuan a month."""
    make_county(session)
    for name, value in (("poverty_line", "6000"), ("monitor_line", "8800"), ("dibao_standard", "710")):
        make_parameter(session, name, value)


def make_listed(session: Session, no: str = "HH-1", **more: Any) -> Household:
    """A household 在册."""
    return make_household(session, no, **more)


def earn(session: Session, home: Household, yuan: int, **more: Any) -> None:
    """Income of this year that a second person has confirmed."""
    row = make_income(session, home, yuan * 100, **more)
    confirm_entry(session, Entered.INCOME, row.id, home.id, act(OTHER, "对照凭证"), None, AT)


def begin(session: Session, kind: ProcedureKind, home: Household, actor: str = CLERK, **proposal: Any) -> Procedure:
    """A procedure that waits for its first step after the opening."""
    return open_procedure(session, kind, home.id, Source.APPLICATION, act(actor), AT, proposal=proposal)


def put_file(session: Session, row: Procedure, kind: FileKind) -> None:
    """A document, without its bytes."""
    digest = hashlib.sha256(f"{row.no}/{kind}".encode()).digest()
    said = {"kind": kind, "sha256": digest, "size": 9, "media_type": "image/jpeg", "added_by": CLERK, "added_at": AT}
    session.add(ProcedureFile(procedure_id=row.id, **said))
    session.flush()
    record(session, kind="test.file", actor="test", subjects=[("procedure", row.no)])


def put_sheet(session: Session, row: Procedure) -> None:
    """The sheet that both visitors signed, once."""
    if session.query(ProcedureFile.id).filter_by(procedure_id=row.id, kind=FileKind.VISIT_SHEET).first() is None:
        put_file(session, row, FileKind.VISIT_SHEET)


def full(**more: Any) -> Facts:
    """Everything that a step may ask to be stated."""
    said: dict[str, Any] = {
        "happened_on": DAY, "note": "入户看过，情况属实。", "visitors": ("周海燕", "王志远"),
        "second_unit": "村民委员会", "members": 30, "present": 24,
        "agreed": 20, "left": ("张建军",), "guarantees": dict.fromkeys(GUARANTEES, True), "authorised_on": DAY,
        "all_signed": True, "document": "涟扶发〔2026〕21号", "amount_fen": 710_00,
    }  # fmt: skip
    return Facts(**{**said, **more})


def bring_files(session: Session, row: Procedure) -> None:
    """The documents that the step before one asks for."""
    step = CYCLES[ProcedureKind(row.kind)].step(row.state)
    for need in step.needs if step is not None else ():
        if need in KINDS_OF:
            known = session.query(ProcedureFile.id).filter_by(procedure_id=row.id, kind=KINDS_OF[need]).first()
            if known is None:
                put_file(session, row, KINDS_OF[need])
        if "second_unit" in HELD_BY.get(need, ()):
            put_sheet(session, row)


def step_on(session: Session, row: Procedure, verdict: Verdict | None = None, **facts: Any) -> Procedure:
    """Do the step that it waits for, by whom it takes, with all that it asks for."""
    step = CYCLES[ProcedureKind(row.kind)].step(row.state)
    assert step is not None
    if step.level is Level.PLATFORM:
        record_notice_concluded(session, row.no, f"GS-{row.id}-{step.key}", "无异议", WHO[step.level], AT)
        return row
    bring_files(session, row)
    if step.key is StepKey.COUNTY_DECISION and Need.SAMPLED in step.needs and row.draw_no is None:
        record_draw(session, COUNTY, DAY.replace(day=1), COUNTY_DESK, AT, seed="一颗种子")
    if row.is_sampled and step.key is StepKey.COUNTY_DECISION:
        put_sheet(session, row)
        record_county_visit(session, row.no, full(), act("user:county-visitor"), AT)
    chosen = verdict or next(v for v in (Verdict.APPROVED, Verdict.DONE, *step.leads) if v in step.leads)
    return take_step(session, row.no, chosen, full(**facts), act(WHO[step.level]), AT)


def walk(session: Session, row: Procedure, until: StepKey | None = None) -> Procedure:
    """On, until it waits for a step, or to the end."""
    while row.closed_on is None and row.state != until:
        step_on(session, row)
    return row
