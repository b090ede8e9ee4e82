"""What somebody does in a procedure: opens it, takes a step, decides; what notices and households report to it.

A procedure that is approved changes 状态 in the same transaction (`decisions`); nothing else in the register does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.database import reserve_ids
from portal.kernel.errors import Conflict, NotFound, Refused
from portal.registers.corrections import Act, need_reason
from portal.registers.divisions.parameters.queries import value_for
from portal.registers.divisions.queries import names_of
from portal.registers.divisions.rules import pad_code, township_of, village_problem
from portal.registers.recipients.companions.queries import known_companion
from portal.registers.recipients.companions.rules import companion_refusal
from portal.registers.recipients.models import Household, Person
from portal.registers.recipients.procedures.cycles.rules import (
    CYCLES,
    DECIDED,
    EXPLAINED,
    STOPPABLE,
    Cycle,
    Level,
    Need,
    Step,
)
from portal.registers.recipients.procedures.decisions.actions import apply_decision, revoke_decision
from portal.registers.recipients.procedures.files.models import FileKind, ProcedureFile
from portal.registers.recipients.procedures.models import (
    End,
    NoticeOutcome,
    Procedure,
    ProcedureKind,
    ProcedureStep,
    Source,
    StepKey,
    Through,
    Verdict,
)
from portal.registers.recipients.procedures.objections.models import Objection
from portal.registers.recipients.procedures.requirements.queries import before_of, dues_of, situation_of
from portal.registers.recipients.procedures.requirements.rules import Facts, apart_problem, lacking
from portal.registers.recipients.procedures.rules import (
    NOTICE_VERDICTS,
    effect_end,
    opening_problem,
    verdict_problem,
    way_to_object,
)
from portal.registers.recipients.rules import HEAD
from portal.registers.sealed import keyring_of, seal_name
from portal.trail.actions import record

SYSTEM = "system:procedures"


def open_procedure(
    session: Session,
    kind: ProcedureKind,
    household_id: int,
    source: Source,
    act: Act,
    at: datetime,
    *,
    proposal: Mapping[str, Any] | None = None,
) -> Procedure:
    """Begin a procedure for a household of the register: its first step is done by that. `act.why` is the reason.

    Raises NotFound, Refused (its 状态 allows no such procedure), Conflict (one of this kind is open).
    """
    home = session.get(Household, household_id)
    if home is None or not home.is_current:
        raise NotFound("没有这一户", fix="核对户编号，或从列表查找")
    head = session.scalar(
        select(Person.name).where(Person.household_id == household_id, Person.relation == HEAD).limit(1)
    )
    opening_problem(kind, home.status, home.category, proposal or {})
    _refuse_second(session, household_id, kind)
    return _open(session, kind, source, home.division_code, act, at, home=home, applicant=head or "", proposal=proposal)


def _refuse_second(session: Session, household_id: int, kind: str) -> None:
    taken = select(Procedure.no).where(
        Procedure.household_id == household_id, Procedure.kind == kind, Procedure.closed_on.is_(None)
    )
    if (no := session.scalar(taken)) is not None:
        raise Conflict("这一户已经有一个同样的程序在办", why=f"程序 {no}", fix="在那个程序里办")


def open_from_request(
    session: Session,
    request_no: str,
    division_code: str,
    actor: str,
    at: datetime,
    *,
    kind: ProcedureKind = ProcedureKind.MONITOR,
    household_id: int | None = None,
    applicant: str = "",
) -> str:
    """Begin a procedure from a self-report 求助申报 that was taken up; returns its number.

    The household may still be in no register: `attach_household` names it before the first visit is recorded.
    Raises Conflict when the request has one already.
    """
    if (no := session.scalar(select(Procedure.no).where(Procedure.request_no == request_no))) is not None:
        raise Conflict("这条求助申报已经转成程序", why=f"程序 {no}", fix="在那个程序里办")
    act = Act(actor, f"求助申报 {request_no}")
    if household_id is not None:
        row = open_procedure(session, kind, household_id, Source.SELF_REPORT, act, at)
        row.request_no = request_no
        session.flush()
        return row.no
    village_problem(division_code)
    return _open(
        session, kind, Source.SELF_REPORT, division_code, act, at, applicant=applicant, request_no=request_no
    ).no


def _open(
    session: Session,
    kind: ProcedureKind,
    source: Source,
    division_code: str,
    act: Act,
    at: datetime,
    *,
    home: Household | None = None,
    applicant: str = "",
    request_no: str | None = None,
    proposal: Mapping[str, Any] | None = None,
) -> Procedure:
    cycle, day = CYCLES[kind], day_cn(at)
    first = cycle.steps[0]
    due, whole = dues_of(session, cycle, first, source, division_code, day)
    number = reserve_ids(session.connection(), "procedures", 1)
    row = Procedure(
        id=number, no=f"CX-{day.year}-{number:06d}", kind=kind, household_id=home.id if home is not None else None,
        applicant=applicant, division_code=division_code, source=source, request_no=request_no, opened_by=act.actor,
        opened_on=day, proposal=dict(proposal or {}), state=first.key, state_since=day, due_on=due, whole_due_on=whole,
    )  # fmt: skip
    session.add(row)
    session.flush()
    record(
        session, kind="procedure.opened", actor=act.actor, subjects=_about(session, row),
        after={"no": row.no, "kind": kind, "source": source, "state": row.state}, why=need_reason(act),
        unit=township_of(division_code), request_id=act.request_id, at=at,
    )  # fmt: skip
    return row


def attach_household(session: Session, no: str, household_id: int, act: Act, at: datetime) -> Procedure:
    """Say which household of the register a procedure is about that began with a bare request."""
    row = _current(session, no)
    home = session.get(Household, household_id)
    if home is None or not home.is_current or home.division_code[:9] != row.division_code[:9]:
        raise NotFound("没有这一户", fix="核对户编号；要在同一个乡镇")
    if row.household_id is not None:
        raise Conflict("这个程序已经写明是哪一户", fix="刷新页面")
    opening_problem(ProcedureKind(row.kind), home.status, home.category, row.proposal)
    _refuse_second(session, household_id, row.kind)
    head = select(Person.name).where(Person.household_id == household_id, Person.relation == HEAD).limit(1)
    row.household_id, row.division_code = household_id, home.division_code
    row.applicant = session.scalar(head) or row.applicant
    session.flush()
    record(
        session, kind="procedure.attached", actor=act.actor, subjects=_about(session, row), after={"household": home.no},
        why=act.why, unit=township_of(row.division_code), request_id=act.request_id, at=at,
    )  # fmt: skip
    return row


def take_step(session: Session, no: str, verdict: Verdict, facts: Facts, act: Act, at: datetime) -> Procedure:
    """Do the step that a procedure waits for. A result that carries it forward must hold all that the step needs.

    Raises NotFound, Conflict (it is over), Refused: another person is needed, something is missing, no such result.
    """
    row = _current(session, no)
    cycle = CYCLES[ProcedureKind(row.kind)]
    step = cycle.step(row.state)
    if step is None:
        raise Conflict("这个程序已经办结", why=f"它的状态是“{row.state}”", fix="刷新页面")
    if step.level is Level.PLATFORM:
        raise Refused("这一步由公示办结", why="公示期满并写下结果以后，程序自己进入下一步", fix="到公示里办理")
    verdict_problem(step, verdict, facts)
    apart_problem(step.level, act.actor, before_of(session, row))
    if verdict in STOPPABLE:
        facts = _with_second(session, facts)
        missing = lacking(step, replace(situation_of(session, row, step, day_cn(at)), actor=act.actor), facts)
        if missing:
            raise Refused(
                f"“{step.key}”还不能办", why="；".join(m.what for m in missing), fix=missing[0].fix, code="lacking"
            )
    _note_step(session, row, step.key, step.needs, verdict, facts, act, at)
    _move(session, row, cycle, step, verdict, facts, act, at)
    return row


def _with_second(session: Session, facts: Facts) -> Facts:
    """Facts with the second visitor's account looked up; his name is that of the account where none was written."""
    if not facts.second_account.strip():
        return facts
    known = known_companion(session, facts.second)
    return replace(facts, second_account=known.account, visitors=(*facts.visitors[:1], known.name))


def _move(
    session: Session, row: Procedure, cycle: Cycle, step: Step, verdict: Verdict, facts: Facts, act: Act, at: datetime
) -> None:
    """Go where the table leads, and carry out what a decision decides."""
    day, target = day_cn(at), step.leads[verdict]
    row.state, row.state_since = target, day
    row.due_on = dues_of(session, cycle, cycle.step(target), row.source, row.division_code, day)[0]
    if isinstance(target, End):
        row.closed_on, row.due_on = day, None
    if verdict in DECIDED or cycle.effects.get(verdict) is not None:
        row.outcome, row.decided_on = verdict, facts.happened_on
        row.document = facts.document.strip() or None
        row.amount_fen = facts.amount_fen if verdict in STOPPABLE else None
        months = value_for(session, "fade_out_months", row.division_code, day).whole
        row.effect_until = effect_end(verdict, facts.happened_on, months)
    if target in EXPLAINED:
        row.reason_sealed = _seal(session, "procedures.reason_sealed", facts.note)
        days = value_for(session, "objection_days", row.division_code, day)
        county = names_of(session, [pad_code(row.division_code[:6])]).get(pad_code(row.division_code[:6]), "县")
        row.how_to_object = way_to_object(days.whole, days.unit, county)
    if step.level is Level.COUNTY or step.key is StepKey.REGISTER:
        if verdict is not Verdict.UPHELD:
            row.decided_by = act.actor if verdict is not Verdict.RETURNED else None
        if verdict is Verdict.REVOKED:
            revoke_decision(session, row, act, on=facts.happened_on, document=facts.document.strip())
        elif verdict in STOPPABLE and verdict is not Verdict.UPHELD:
            apply_decision(session, row, verdict, act, on=facts.happened_on, document=facts.document.strip())
    session.flush()
    record(
        session, kind="procedure.decided" if row.decided_by else "procedure.step", actor=act.actor,
        subjects=_about(session, row), before={"state": step.key}, after={"state": target, "verdict": verdict},
        why=act.why or None, unit=township_of(row.division_code), request_id=act.request_id, at=at,
    )  # fmt: skip


def _note_step(
    session: Session,
    row: Procedure,
    key: StepKey,
    needs: Collection[Need],
    verdict: Verdict,
    facts: Facts,
    act: Act,
    at: datetime,
) -> None:
    sealed = _seal(session, "procedure_steps.note_sealed", facts.note) if facts.note.strip() else None
    session.add(
        ProcedureStep(
            procedure_id=row.id, step=key, verdict=verdict, happened_on=facts.happened_on, done_by=act.actor, done_at=at,
            held=facts.held(needs), note_sealed=sealed,
        )
    )  # fmt: skip


def record_notice_concluded(
    session: Session, procedure_no: str, notice_no: str, outcome: str, by_system_actor: str, at: datetime
) -> None:
    """A notice about this procedure is over: it goes on, or goes back where an objection was found right.

    `publishing` calls this in the transaction that concludes the notice. Raises Refused for an objection that nobody has
    answered, Conflict when the procedure does not wait for a notice. 中止 leaves it waiting for another notice.
    """
    row = _current(session, procedure_no)
    cycle = CYCLES[ProcedureKind(row.kind)]
    step = cycle.step(row.state)
    if step is None or step.level is not Level.PLATFORM:
        raise Conflict("这个程序现在不在等公示", why=f"它的状态是“{row.state}”", fix="核对程序编号")
    act = Act(by_system_actor, f"公示 {notice_no}：{outcome}")
    verdict = NOTICE_VERDICTS[NoticeOutcome(outcome)]
    if verdict is Verdict.DONE and _is_upheld(session, row):
        verdict = Verdict.RETURNED
    facts = Facts(day_cn(at))
    if verdict is Verdict.DONE:
        missing = lacking(step, situation_of(session, row, step, day_cn(at)), facts)
        if missing:
            raise Refused("公示还不能办结", why="；".join(m.what for m in missing), fix=missing[0].fix, code="lacking")
    session.add(
        ProcedureStep(
            procedure_id=row.id, step=step.key, verdict=verdict or Verdict.RETURNED, happened_on=day_cn(at),
            done_by=by_system_actor, done_at=at, held={"notice": notice_no, "outcome": outcome}, note_sealed=None,
        )
    )  # fmt: skip
    if verdict is None:
        session.flush()
        record(
            session, kind="procedure.notice_broken_off", actor=by_system_actor, subjects=_about(session, row),
            after={"notice": notice_no}, unit=township_of(row.division_code), at=at,
        )  # fmt: skip
        return
    _move(session, row, cycle, step, verdict, facts, act, at)


def _is_upheld(session: Session, row: Procedure) -> bool:
    """Whether an objection that came to the procedure itself while it waited for this notice was found right."""
    query = select(Objection.id).where(
        Objection.procedure_id == row.id,
        Objection.step == row.state,
        Objection.received_on >= row.state_since,
        Objection.is_upheld.is_(True),
    )
    return session.scalar(query.limit(1)) is not None


def agree_to_exit(
    session: Session, household_id: int, agreed: bool, through: str, at: datetime, *, actor: str = "household"
) -> str:
    """The household says whether it agrees to leave the list; returns the procedure's number.

    Its word on its page is no substitute for the sheet signed before two visitors: 不同意 stops the exit, 同意 alone
    does not carry it. Raises NotFound when no exit is proposed.
    """
    row = session.scalar(
        select(Procedure).where(
            Procedure.household_id == household_id, Procedure.kind == ProcedureKind.EXIT, Procedure.closed_on.is_(None)
        )
    )
    if row is None:
        raise NotFound("现在没有对您家提出退出", fix="不用答复")
    before = row.page_agreed
    row.page_agreed, row.page_agreed_through, row.page_agreed_at = agreed, Through(through), at
    session.flush()
    record(
        session, kind="procedure.household_answered", actor=actor, subjects=_about(session, row),
        before={"agreed": before}, after={"agreed": agreed, "through": through},
        unit=township_of(row.division_code), at=at,
    )  # fmt: skip
    return row.no


def withdraw_voluntarily(
    session: Session, household_id: int, actor: str, through: str, at: datetime, *, why: str = "本户自愿退出"
) -> str:
    """The household asks to leave the list; returns the procedure's number. It counts with the form signed before two."""
    proposal = {"through": str(Through(through))}
    act = Act(actor, why)
    return open_procedure(
        session, ProcedureKind.WITHDRAWAL, household_id, Source.HOUSEHOLD, act, at, proposal=proposal
    ).no


def record_county_visit(session: Session, no: str, facts: Facts, act: Act, at: datetime) -> Procedure:
    """The county's own visit to a household that was drawn, or is 备案对象: two visitors, before the decision."""
    row = _current(session, no)
    if row.closed_on is not None:
        raise Conflict("这个程序已经办结", why=f"它的状态是“{row.state}”", fix="刷新页面")
    if any(where == Level.VILLAGE and who == act.actor for where, who in before_of(session, row)):
        raise Refused("抽查要换一个人", why="您办过这个程序的村级环节", fix="请县级另一位入户", code="same_person")
    if not facts.note.strip():
        raise Refused("抽查记录不全", why="要写明看到的情况", fix="补全再保存")
    facts = _with_second(session, facts)
    first = facts.visitors[0] if facts.visitors else ""
    sheet = select(ProcedureFile.id).where(
        ProcedureFile.procedure_id == row.id, ProcedureFile.kind == FileKind.VISIT_SHEET
    )
    has_sheet = session.scalar(sheet.limit(1)) is not None
    companion_refusal(first, act.actor, facts.second, has_sheet=has_sheet)
    _note_step(session, row, StepKey.SAMPLE_VISIT, (Need.VISIT,), Verdict.DONE, facts, act, at)
    session.flush()
    record(
        session, kind="procedure.sample_visited", actor=act.actor, subjects=_about(session, row),
        after={"visitors": len(facts.visitors)}, unit=township_of(row.division_code), request_id=act.request_id, at=at,
    )  # fmt: skip
    return row


def _current(session: Session, no: str) -> Procedure:
    row = session.scalar(select(Procedure).where(Procedure.no == no).with_for_update())
    if row is None:
        raise NotFound("没有这个程序", fix="核对程序编号，或从列表查找")
    return row


def _about(session: Session, row: Procedure) -> list[tuple[str, str]]:
    if row.household_id is None:
        return [("procedure", row.no)]
    number = session.scalar(select(Household.no).where(Household.id == row.household_id))
    return [("procedure", row.no), ("household", str(number))]


def _seal(session: Session, column: str, text: str) -> bytes:
    return keyring_of(session).seal(text.strip(), seal_name(*column.split(".")))
