"""Reads of the timeline: one statement for each source, put together once. Nothing here is shown as it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, and_, extract, func, literal, select
from sqlalchemy.orm import Session, aliased

from portal.analysis.timeline.disclosure import CAME, Audience, may_see
from portal.analysis.timeline.rules import RANK, Item, Kind, beside, page_of
from portal.checks.catalogue import RULES
from portal.kernel.clock import day_cn
from portal.kernel.keyset import Start, rows_beside
from portal.oversight.leads.findings.models import LeadFinding
from portal.oversight.leads.models import Lead, LeadStatus
from portal.registers.corrections import RecordRow, version_of
from portal.registers.divisions.models import Unit
from portal.registers.funds.balances.queries import A, P
from portal.registers.funds.payments.queries import WAITING
from portal.registers.funds.payouts.queries import R, Y
from portal.registers.helpers.check_ins.answers.models import VisitAnswer
from portal.registers.helpers.check_ins.models import CheckIn, State, Visit
from portal.registers.helpers.check_ins.needs.models import Need
from portal.registers.helpers.check_ins.rules import STATE_NAMES as VISIT_STATES
from portal.registers.helpers.models import Helper
from portal.registers.recipients.answers.models import HouseholdAnswer, HouseholdDispute, SubjectKind
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.procedures.models import Procedure, ProcedureStep
from portal.registers.recipients.procedures.reconfirmations.models import Reconfirmation
from portal.registers.recipients.requests.models import HelpRequest

ANSWERED: Final = (LeadStatus.CONCLUDED, LeadStatus.REVIEWED, LeadStatus.SETTLED)
"""Leads that a named person ended. One that is still looked into stands in nobody's timeline."""
MOST: Final = 500
SUBJECTS: Final = {SubjectKind.INCOME: "本户对一笔收入的回答", SubjectKind.PAYMENT: "本户对一笔发放的回答"}
U: Any = Unit.__table__
Other = aliased(LeadFinding)
Source = Callable[[Session, RecordRow, Start | None, int], Sequence[Item]]


@dataclass(frozen=True)
class Dated:
    """A source with a day of its own in each row: read beside a place, by the index of its household."""

    kind: Kind
    query: Select[Any]
    household: Any
    day: Any
    number: Any
    item: Callable[[Any], Item]

    def __call__(self, session: Session, home: RecordRow, start: Start | None, limit: int) -> Sequence[Item]:
        """At most `limit` items of this kind beside a place."""
        keys = (self.day, literal(RANK[self.kind]), self.number)
        rows = rows_beside(session, self.query.where(self.household == home.id), keys, start, limit, latest_first=True)
        return [self.item(row) for row in rows]

    def within(self, since: date, until: date) -> Dated:
        """The same source, of some days only."""
        return replace(self, query=self.query.where(self.day.between(since, until)))

    def years(self, session: Session, home: RecordRow) -> set[int]:
        """The calendar years in which the household has items of this kind."""
        query = self.query.with_only_columns(extract("year", self.day)).where(self.household == home.id)
        return {int(year) for year in session.scalars(query.distinct())}


def _income(row: Any) -> Item:
    more = {"by": row.entered_by, "voucher": row.voucher_no, "note": row.note, "version": version_of(row)}
    return Item(
        row.occurred_on, Kind.INCOME, row.id, str(row.id), row.item, row.category, row.amount_fen,
        row.entered_unit or "", more=more,
    )  # fmt: skip


def _payment(row: Any) -> Item:
    more = {
        "failure": row.failure_reason,
        "reason": row.reason,
        "period": row.period,
        "programme_code": row.programme_code,
        "version": version_of(row),
    }
    return Item(
        row.paid_on, Kind.PAYMENT, row.id, f"{row.batch_no}-{row.seq}", row.programme, row.result or WAITING,
        row.amount_fen, row.department or "", more=more,
    )  # fmt: skip


def _visit(row: Any) -> Item:
    more = {
        "activities": tuple(row.activities), "findings": tuple(row.findings), "note": row.note, "why_not": row.why_not,
        "counted": row.state, "answer": row.answer, "helper_no": row.helper_no, "said_by": row.said_by,
    }  # fmt: skip
    what = CAME if row.visit == Visit.DONE else "无法走访"
    return Item(
        row.visited_on, Kind.VISIT, row.id, row.claim_id, what, VISIT_STATES[State(row.state)], person=row.name, more=more
    )  # fmt: skip


def _need(row: Any) -> Item:
    more = {"text": row.text, "outcome": row.outcome, "due_on": row.due_on}
    return Item(row.raised_on, Kind.NEED, row.id, row.no, row.kind, row.state, more=more)


def _step(row: Any) -> Item:
    more = {"by": row.done_by, "step": row.step, "held": row.held, "document": row.document}
    return Item(row.happened_on, Kind.STEP, row.id, row.no, row.kind, row.verdict, more=more)


def _reconfirmation(row: Any) -> Item:
    more = {"by": row.asked_by, "response": row.response, "conclusion": row.conclusion, "due_on": row.due_on}
    return Item(row.asked_on, Kind.RECONFIRM, row.id, row.no, row.subject_kind, row.state, more=more)


_PAYMENTS: Select[Any] = (
    select(
        Y.c.id, Y.c.batch_no, Y.c.seq, Y.c.amount_fen, Y.c.paid_on, Y.c.reason, Y.c.period, P.c.name.label("programme"),
        P.c.code.label("programme_code"),
        U.c.name.label("department"), R.c.result, R.c.failure_reason, Y.c.event_id, Y.c.batch_id, Y.c.batch_row, Y.c.recorded_at,
    )
    .select_from(Y)
    .join(A, A.c.id == Y.c.allocation_id)
    .join(P, P.c.id == A.c.programme_id)
    .outerjoin(U, U.c.id == P.c.department_id)
    .outerjoin(R, and_(R.c.payment_id == Y.c.id, R.c.superseded_at.is_(None)))
    .where(Y.c.superseded_at.is_(None))
)  # fmt: skip

_VISITS: Any = (
    select(
        CheckIn.id, CheckIn.claim_id, CheckIn.visited_on, CheckIn.visit, CheckIn.activities, CheckIn.findings,
        CheckIn.note, CheckIn.not_possible_reason.label("why_not"), CheckIn.state, Helper.name,
        Helper.no.label("helper_no"), VisitAnswer.answer, VisitAnswer.said_by,
    )
    .join(Helper, Helper.id == CheckIn.helper_id)
    .outerjoin(VisitAnswer, VisitAnswer.check_in_id == CheckIn.id)
)  # fmt: skip

_STEPS: Select[Any] = select(
    ProcedureStep.id, ProcedureStep.happened_on, ProcedureStep.step, ProcedureStep.verdict, ProcedureStep.done_by,
    ProcedureStep.held, Procedure.no, Procedure.kind, Procedure.document,
).join(Procedure, Procedure.id == ProcedureStep.procedure_id)  # fmt: skip

INCOMES = Dated(
    Kind.INCOME, select(Income), Income.household_id, Income.occurred_on, Income.id, lambda r: _income(r[0])
)
PAYMENTS = Dated(Kind.PAYMENT, _PAYMENTS, Y.c.household_id, Y.c.paid_on, Y.c.id, _payment)
VISITS = Dated(Kind.VISIT, _VISITS, CheckIn.household_id, CheckIn.visited_on, CheckIn.id, _visit)
NEEDS = Dated(Kind.NEED, select(Need), Need.household_id, Need.raised_on, Need.id, lambda r: _need(r[0]))
STEPS = Dated(Kind.STEP, _STEPS, Procedure.household_id, ProcedureStep.happened_on, ProcedureStep.id, _step)
RECONFIRMATIONS = Dated(
    Kind.RECONFIRM, select(Reconfirmation), Reconfirmation.household_id, Reconfirmation.asked_on, Reconfirmation.id,
    lambda r: _reconfirmation(r[0]),
)  # fmt: skip


def _statuses(_session: Session, home: RecordRow, start: Start | None, _limit: int) -> Sequence[Item]:
    """When the household was put on the list and left it; no statement, its row is at hand."""
    days = (("纳入", "在册", home.values["entered_on"]), ("退出", home.values["status"], home.values["exited_on"]))
    found = [
        Item(day, Kind.STATUS, place, home.values["no"], what, state or "")
        for place, (what, state, day) in enumerate(days)
        if day is not None
    ]
    return beside(found, start)


def _requests(session: Session, home: RecordRow, start: Start | None, _limit: int) -> Sequence[Item]:
    """What the household asked for: never the words, which only an act opens."""
    query = select(HelpRequest).where(HelpRequest.household_id == home.id).order_by(HelpRequest.id.desc()).limit(MOST)
    found = [
        Item(
            day_cn(row.asked_at), Kind.REQUEST, row.id, row.no, row.channel, row.state,
            more={"due_on": row.due_on, "visited_on": row.visited_on, "by": row.handled_by},
        )
        for row in session.scalars(query)
    ]  # fmt: skip
    return beside(found, start)


def _answers(session: Session, home: RecordRow, start: Start | None, _limit: int) -> Sequence[Item]:
    """The household's own word on each item, every answer by itself, and what came of a dispute."""
    columns = (
        HouseholdAnswer.id, HouseholdAnswer.no, HouseholdAnswer.subject_kind, HouseholdAnswer.subject_no,
        HouseholdAnswer.answer, HouseholdAnswer.what, HouseholdAnswer.amount_fen, HouseholdAnswer.answered_at,
        HouseholdDispute.no.label("dispute"), HouseholdDispute.state, HouseholdDispute.finding,
    )  # fmt: skip
    query = (
        select(*columns)
        .outerjoin(
            HouseholdDispute,
            and_(HouseholdDispute.household_id == home.id, HouseholdDispute.answer_id == HouseholdAnswer.id),
        )
        .where(HouseholdAnswer.household_id == home.id)
        .order_by(HouseholdAnswer.id.desc())
        .limit(MOST)
    )
    found = [
        Item(
            day_cn(row.answered_at), Kind.ANSWER, row.id, row.dispute or "", SUBJECTS[SubjectKind(row.subject_kind)],
            row.answer, row.amount_fen,
            more={"what": row.what, "subject_no": row.subject_no, "state": row.state, "finding": row.finding},
        )
        for row in session.execute(query)
    ]  # fmt: skip
    return beside(found, start)


def _leads(session: Session, home: RecordRow, start: Start | None, _limit: int) -> Sequence[Item]:
    """What comparisons and warnings saw about the household and a named person has answered since."""
    # The latest of each lead, by its index: ranking the findings of all leads would read every one of the city.
    latest = select(func.max(Other.id)).where(Other.lead_id == Lead.id).correlate(Lead).scalar_subquery()
    query = (
        select(
            Lead.id, Lead.lead_no, Lead.rule, Lead.subject_kind, Lead.conclusion,
            LeadFinding.finding, LeadFinding.found_at, LeadFinding.found_by,
        )
        .join(LeadFinding, LeadFinding.id == latest)
        .where(Lead.household_no == home.values["no"], Lead.status.in_(ANSWERED))
        .limit(MOST)
    )  # fmt: skip
    rules = {rule.code: rule for rule in RULES.all()}
    found = [
        Item(
            day_cn(row.found_at), Kind.LEAD, row.id, row.lead_no, rules[row.rule].title, row.finding,
            more={"about": row.subject_kind, "conclusion": row.conclusion, "by": row.found_by, "rule": row.rule},
            is_confidential=rules[row.rule].only_supervision,
        )
        for row in session.execute(query)
    ]  # fmt: skip
    return beside(found, start)


SOURCES: Final[tuple[Source, ...]] = (
    _statuses, STEPS, RECONFIRMATIONS, PAYMENTS, INCOMES, VISITS, NEEDS, _requests, _answers, _leads,
)  # fmt: skip


def timeline_of(
    session: Session,
    home: RecordRow,
    audience: Audience,
    start: Start | None = None,
    limit: int = 51,
    kinds: Collection[Kind] = tuple(Kind),
) -> list[Item]:
    """At most `limit` things beside a place in a household's timeline, the latest first: a constant number of statements.

    What an audience may not know of is left out before the page is cut, so that its pages betray nothing either.
    `kinds` narrows what is handed on, not what is asked. `home` is the household's row in the register.
    """
    found = [item for source in SOURCES for item in source(session, home, start, limit)]
    return page_of((item for item in found if item.kind in kinds and may_see(item, audience)), start, limit)
