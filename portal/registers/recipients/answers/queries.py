"""Reads of a household's own word: what it answered, which disputes are open, what it confirmed of a year."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from portal.kernel.clock import today_cn
from portal.kernel.errors import NotFound
from portal.kernel.keyset import Key, Start, rows_beside
from portal.registers.corrections import version_of
from portal.registers.divisions.queries import codes_within
from portal.registers.recipients.answers.models import DisputeState, HouseholdAnswer, HouseholdDispute
from portal.registers.recipients.answers.models import Finding as Finding
from portal.registers.recipients.answers.models import SubjectKind as SubjectKind
from portal.registers.recipients.answers.models import What as What
from portal.registers.recipients.answers.models import Word as Word
from portal.registers.recipients.answers.rules import WAITS, Fact, is_for_county
from portal.registers.recipients.incomes.confirming.models import Entered, SecondHand
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.incomes.queries import counted_fen, entries_of, income_line, local_rules
from portal.registers.recipients.incomes.rules import plain_item
from portal.registers.recipients.models import Household
from portal.trail.models import TrailBatch, TrailSubject

CHECKED: Final = "复核：user:"
"""How the trail's batch event of a file names who checked it."""
CHUNK: Final = 500


@dataclass(frozen=True)
class OpenDispute:
    """A dispute that still stops what rests on its item."""

    no: str
    subject_kind: str
    subject_no: str
    opened_at: datetime
    due_on: date


@dataclass(frozen=True)
class AnswerRow:
    """One answer as it was given."""

    id: int
    no: str
    subject_kind: str
    subject_no: str
    subject_version: str
    amount_fen: int
    answer: str
    what: str | None
    card_id: int
    counts: bool
    answered_at: datetime


@dataclass(frozen=True)
class DisputeRow:
    """One dispute with the answer that opened it; what the household is told is still sealed."""

    id: int
    no: str
    household_id: int
    household_no: str
    division_code: str
    subject_kind: str
    subject_no: str
    subject_version: str
    amount_fen: int
    what: str | None
    counts: bool
    recorded_by: str | None
    approved_by: str | None
    opened_at: datetime
    due_on: date
    state: str
    finding: str | None
    answered_by: str | None
    answered_at: datetime | None
    text_sealed: bytes | None
    objects_until: date | None
    closed_at: datetime | None
    is_open: bool  # whether it still stops what rests on its item

    @property
    def waits_for_office(self) -> bool:
        """Whether somebody of the office has to act."""
        return self.state in WAITS

    @property
    def is_for_county(self) -> bool:
        """Whether the county has to decide."""
        return is_for_county(self.state)

    @property
    def is_unclear(self) -> bool:
        """Answered by 查不清: somebody may find out more."""
        return self.state == DisputeState.ANSWERED and self.finding == Finding.UNCLEAR

    def is_late(self, today: date) -> bool:
        """Past its day."""
        return self.waits_for_office and self.due_on < today


def is_open_on(today: date) -> ColumnElement[bool]:
    """Disputes that are open on a day, as part of a statement. As `rules.is_open`."""
    d = HouseholdDispute
    kept = or_(d.finding == Finding.UNCLEAR, d.objects_until >= today)
    return or_(d.state.in_(WAITS), and_(d.state == DisputeState.ANSWERED, kept))


_ANSWER = select(*(getattr(HouseholdAnswer, name) for name in AnswerRow.__dataclass_fields__))
_OF_ANSWER: Final = frozenset({"subject_version", "amount_fen", "what", "counts"})


def _dispute(today: date | None) -> Select[Any]:
    """Every column of a row; on `today` (None: today in China) it is open or not."""
    columns = [
        Household.no
        if name == "household_no"
        else case((is_open_on(today or today_cn()), 1), else_=0) == 1
        if name == "is_open"
        else getattr(HouseholdAnswer if name in _OF_ANSWER else HouseholdDispute, name)
        for name in DisputeRow.__dataclass_fields__
    ]
    return (
        select(*columns)
        .join(HouseholdAnswer, HouseholdAnswer.id == HouseholdDispute.answer_id)
        .join(Household, Household.id == HouseholdDispute.household_id)
    )


def answers_on(session: Session, household_id: int) -> list[AnswerRow]:
    """Every answer of a household, oldest first: each is kept, also where a later one says otherwise."""
    query = _ANSWER.where(HouseholdAnswer.household_id == household_id).order_by(HouseholdAnswer.id)
    return [AnswerRow(*row) for row in session.execute(query)]


def latest_answers(session: Session, household_id: int) -> dict[tuple[str, str], AnswerRow]:
    """The last answer of a household to each item, by (kind, number)."""
    return {(row.subject_kind, row.subject_no): row for row in answers_on(session, household_id)}


def open_disputes(session: Session, household_id: int, today: date | None = None) -> list[OpenDispute]:
    """The open disputes of a household, oldest first. While there is one, no exit goes on."""
    query = _open_query(today).where(HouseholdDispute.household_id == household_id).order_by(HouseholdDispute.id)
    return [OpenDispute(*row) for row in session.execute(query)]


def _open_query(today: date | None) -> Any:
    columns = select(*(getattr(HouseholdDispute, name) for name in OpenDispute.__dataclass_fields__))
    return columns.where(is_open_on(today or today_cn()))


def disputed_facts(session: Session, subject_kind: str, nos: Collection[str], today: date | None = None) -> set[str]:
    """Those of some items that are under an open dispute: they are not published."""
    found: set[str] = set()
    wanted = sorted(set(nos))
    for part in (wanted[start : start + CHUNK] for start in range(0, len(wanted), CHUNK)):
        query = select(HouseholdDispute.subject_no).where(
            HouseholdDispute.subject_kind == subject_kind,
            HouseholdDispute.subject_no.in_(part),
            is_open_on(today or today_cn()),
        )
        found.update(session.scalars(query))
    return found


def households_disputing(
    session: Session, within: Collection[str], today: date | None = None
) -> dict[int, list[OpenDispute]]:
    """Open disputes inside some divisions, by household: for rules that look at everybody. One statement."""
    query = select(HouseholdDispute.household_id, *_open_query(today).selected_columns).where(
        is_open_on(today or today_cn()), HouseholdDispute.division_code.in_(codes_within(within))
    )
    found: dict[int, list[OpenDispute]] = {}
    for household_id, *row in session.execute(query.order_by(HouseholdDispute.id)):
        found.setdefault(household_id, []).append(OpenDispute(*row))
    return found


def disputes_of(session: Session, household_id: int, today: date | None = None) -> list[DisputeRow]:
    """Every dispute of a household, the newest first."""
    query = _dispute(today).where(HouseholdDispute.household_id == household_id).order_by(HouseholdDispute.id.desc())
    return [DisputeRow(*row) for row in session.execute(query)]


def get_dispute(session: Session, no: str) -> DisputeRow:
    """A dispute by its number; raises NotFound."""
    row = session.execute(_dispute(None).where(HouseholdDispute.no == no)).one_or_none()
    if row is None:
        raise NotFound("没有这条异议", fix="核对编号，或从列表查找")
    return DisputeRow(*row)


def list_disputes(
    session: Session, within: Collection[str], after: Start | None = None, limit: int = 51, *, closed: bool = False
) -> list[DisputeRow]:
    """Disputes inside some divisions by their day: those that wait for the office, or (`closed`) all others."""
    state = HouseholdDispute.state.not_in(WAITS) if closed else HouseholdDispute.state.in_(WAITS)
    query = _dispute(None).where(state, HouseholdDispute.division_code.in_(codes_within(within)))
    rows = rows_beside(session, query, (HouseholdDispute.due_on, HouseholdDispute.id), after, limit)
    return [DisputeRow(*row) for row in rows]


def due_key(row: DisputeRow) -> Key:
    """Where a dispute stands in the list."""
    return (row.due_on.isoformat(), row.id)


def count_waiting(session: Session, within: Collection[str], today: date) -> tuple[int, int]:
    """Disputes that wait for the office inside some divisions, and how many of them are late. One statement."""
    query = select(func.count(), func.count().filter(HouseholdDispute.due_on < today)).where(
        HouseholdDispute.state.in_(WAITS), HouseholdDispute.division_code.in_(codes_within(within))
    )
    total, late = session.execute(query).one()
    return total, late


@dataclass(frozen=True)
class ConfirmedYear:
    """What a household confirmed of a year by answers that count: net income in fen; `is_whole`: every item of it."""

    year: int
    total_fen: int
    items: int
    confirmed: int

    @property
    def is_whole(self) -> bool:
        """Whether the household said 对 to every item."""
        return self.items > 0 and self.items == self.confirmed


def confirmed_incomes(session: Session, household_ids: Collection[int]) -> set[int]:
    """Income entries that their households confirmed as they stand, by answers that count, and do not dispute.

    Two statements for each 500 households.
    """
    found: set[int] = set()
    wanted = sorted(set(household_ids))
    for part in (wanted[start : start + CHUNK] for start in range(0, len(wanted), CHUNK)):
        said = _last_words(session, part)
        rows = session.scalars(select(Income).where(Income.household_id.in_(part))) if said else ()
        found.update(row.id for row in rows if _is_confirmed(said.get(str(row.id)), row))
    return found


_OF_INCOMES = _ANSWER.where(
    HouseholdAnswer.household_id.in_(bindparam("households", expanding=True)),
    HouseholdAnswer.subject_kind == SubjectKind.INCOME,
).order_by(HouseholdAnswer.id)


def _last_words(session: Session, household_ids: Iterable[int]) -> dict[str, AnswerRow]:
    rows = [AnswerRow(*row) for row in session.execute(_OF_INCOMES, {"households": list(household_ids)})]
    said = {row.subject_no: row for row in rows}
    disputed = disputed_facts(session, SubjectKind.INCOME, said) if said else set()
    return {no: row for no, row in said.items() if no not in disputed}


def _is_confirmed(said: AnswerRow | None, row: Income) -> bool:
    return said is not None and said.counts and said.answer == Word.RIGHT and said.subject_version == version_of(row)


def confirmed_year(session: Session, household_id: int, year: int) -> ConfirmedYear | None:
    """What the household confirmed of one year; None when it confirmed nothing of it."""
    return confirmed_years(session, household_id).get(year)


def confirmed_years(session: Session, household_id: int) -> dict[int, ConfirmedYear]:
    """What the household confirmed, by year: net income that counts by its item, of the entries it said 对 to."""
    right = confirmed_incomes(session, [household_id])
    if not right:
        return {}
    division = session.scalar(select(Household.division_code).where(Household.id == household_id)) or ""
    by_year: dict[int, list[dict[str, Any]]] = {}
    for entry in entries_of(session, [household_id]).get(household_id, ()):
        by_year.setdefault(entry["occurred_on"].year, []).append(entry)
    found = {}
    for year, entries in sorted(by_year.items()):
        mine = [entry for entry in entries if entry["id"] in right]
        if mine:
            local = local_rules(session, {plain_item(e["item"]) for e in mine}, division, date(year, 12, 31))
            total = counted_fen([income_line(entry, local) for entry in mine])
            found[year] = ConfirmedYear(year, total, len(entries), len(mine))
    return found


def income_fact(session: Session, household_id: int, no: str) -> Fact:
    """An income entry of a household as it stands, with the hands behind it; raises NotFound for another household's."""
    row = session.get(Income, int(no)) if no.isdigit() and len(no) < 19 else None
    if row is None or not row.is_current or row.household_id != household_id:
        raise NotFound("没有这一项", fix="回到上一页重新选")
    recorded, approved = hands_of(session, row.event_id, row.batch_id)
    second = select(SecondHand.confirmed_by).where(
        SecondHand.kind == Entered.INCOME, SecondHand.row_id == row.id, SecondHand.version == row.event_id
    )
    approved = session.scalar(second) or approved
    return Fact(
        SubjectKind.INCOME, no, household_id, version_of(row), row.amount_fen, row.occurred_on, recorded, approved
    )


def hands_of(session: Session, event_id: str | None, batch_id: int | None) -> tuple[str | None, str | None]:
    """Who recorded a version of a row and who approved it, as the trail tells: a file's sender and checker, or one person."""
    if batch_id is not None:
        row = session.execute(select(TrailBatch.actor, TrailBatch.why).where(TrailBatch.id == batch_id)).one_or_none()
        if row is None:
            return None, None
        actor, why = row
        return actor, why.removeprefix("复核：") if why and why.startswith(CHECKED) else None
    if event_id is None:
        return None, None
    return session.scalar(select(TrailSubject.actor).where(TrailSubject.event_id == event_id).limit(1)), None
