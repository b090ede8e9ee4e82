"""Reads of draws: the population, the queue, and a draw once more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.kernel.draws import draw
from portal.kernel.errors import NotFound
from portal.kernel.prefix import begins
from portal.registers.divisions.queries import codes_within
from portal.registers.helpers.check_ins.models import CheckIn, Visit
from portal.registers.helpers.check_ins.sampling.models import DrawKind as DrawKind
from portal.registers.helpers.check_ins.sampling.models import SampleItem, VisitDraw
from portal.registers.helpers.check_ins.sampling.models import SampleOutcome as SampleOutcome
from portal.registers.helpers.check_ins.sampling.models import SampleState as SampleState
from portal.registers.helpers.check_ins.sampling.rules import RUNNING, month_end, prefix_of
from portal.registers.helpers.models import Helper
from portal.registers.recipients.models import Household

_CHUNK = 500


def _visited(division: str, month: date, received_before: datetime) -> Any:
    """Visits of a month in a place that had come in by a moment. Nothing of this ever changes, so a draw can be repeated."""
    return (
        begins(CheckIn.division_code, prefix_of(division)),
        CheckIn.visited_on >= month,
        CheckIn.visited_on < month_end(month),
        CheckIn.received_at < received_before,
        CheckIn.visit == Visit.DONE,
    )


def population_of(
    session: Session, kind: DrawKind, division: str, month: date, received_before: datetime
) -> Sequence[str]:
    """The members of a draw: claim ids, or for a call-back the numbers of the households said to have been visited."""
    where = _visited(division, month, received_before)
    if kind is not DrawKind.CALL_BACK:
        return session.scalars(select(CheckIn.claim_id).where(*where)).all()
    query = select(Household.no).join(CheckIn, CheckIn.household_id == Household.id)
    return session.scalars(query.where(*where).distinct()).all()


@dataclass(frozen=True)
class Drawable:
    """A visit as an item needs it."""

    claim_id: str
    household_id: int
    helper_id: int
    division_code: str


_DRAWABLE = (CheckIn.claim_id, CheckIn.household_id, CheckIn.helper_id, CheckIn.division_code)


def visits_named(session: Session, claims: Collection[str]) -> dict[str, Drawable]:
    """Visits by their claim ids."""
    found: dict[str, Drawable] = {}
    wanted = sorted(claims)
    for start in range(0, len(wanted), _CHUNK):
        rows = session.execute(select(*_DRAWABLE).where(CheckIn.claim_id.in_(wanted[start : start + _CHUNK])))
        found.update({row[0]: Drawable(*row) for row in rows})
    return found


def latest_visits(
    session: Session, households: Collection[str], division: str, month: date, received_before: datetime
) -> dict[str, Drawable]:
    """The latest visit of the month to each of some households, by household number."""
    found: dict[str, Drawable] = {}
    wanted = sorted(households)
    for start in range(0, len(wanted), _CHUNK):
        rows = session.execute(
            select(Household.no, *_DRAWABLE)
            .join(CheckIn, CheckIn.household_id == Household.id)
            .where(Household.no.in_(wanted[start : start + _CHUNK]), *_visited(division, month, received_before))
            .order_by(CheckIn.captured_at, CheckIn.id)
        )
        found.update({row[0]: Drawable(*row[1:]) for row in rows})
    return found


def find_draw(session: Session, kind: DrawKind, division: str, month: date) -> VisitDraw | None:
    """The draw of a kind, place and month."""
    return session.scalar(
        select(VisitDraw).where(VisitDraw.kind == kind, VisitDraw.division_code == division, VisitDraw.month == month)
    )


@dataclass(frozen=True)
class Repeated:
    """A draw once more, from the register and what was recorded: the sample, and whether both digests agree."""

    no: str
    population_sha256: str
    sample: tuple[str, ...]
    same_population: bool
    same_sample: bool

    @property
    def agrees(self) -> bool:
        """Whether the draw is what its record says."""
        return self.same_population and self.same_sample


def repeat_draw(session: Session, no: str) -> Repeated:
    """Make a recorded draw again; raises NotFound. Anybody who may read the register gets the same."""
    row = session.scalar(select(VisitDraw).where(VisitDraw.no == no))
    if row is None:
        raise NotFound("没有这次抽查", fix="核对抽查编号")
    kind = DrawKind(row.kind)
    members = population_of(session, kind, row.division_code, row.month, row.received_before)
    again = draw(members, Decimal(row.per_cent), row.seed)
    kept = session.execute(
        select(SampleItem.no, SampleItem.claim_id, Household.no)
        .join(Household, Household.id == SampleItem.household_id)
        .where(SampleItem.draw_id == row.id)
    ).all()
    place = 2 if kind is DrawKind.CALL_BACK else 1
    written = {item[0]: item[place] for item in kept}
    expected = {f"{row.no}/{number}": member for number, member in enumerate(again.sample, start=1)}
    same = again.population_sha256 == row.population_sha256
    return Repeated(row.no, again.population_sha256, again.sample, same, written == expected)


@dataclass(frozen=True)
class SampleRow:
    """One item of the queue."""

    no: str
    kind: str | None
    reason: str
    claim_id: str
    household_no: str
    helper_no: str
    helper_name: str
    visited_on: date
    by_telephone: bool
    due_on: date
    state: str
    outcome: str | None
    division_code: str
    note: str | None
    done_by: str | None
    done_at: datetime | None


def _items() -> Select[Any]:
    query: Any = (
        select(
            SampleItem.no, VisitDraw.kind, SampleItem.reason, SampleItem.claim_id, Household.no, Helper.no, Helper.name,
            CheckIn.visited_on, SampleItem.by_telephone, SampleItem.due_on, SampleItem.state, SampleItem.outcome,
            SampleItem.division_code, SampleItem.note, SampleItem.done_by, SampleItem.done_at,
        )
        .join(Household, Household.id == SampleItem.household_id)
        .join(Helper, Helper.id == SampleItem.helper_id)
        .join(CheckIn, CheckIn.claim_id == SampleItem.claim_id)
        .outerjoin(VisitDraw, VisitDraw.id == SampleItem.draw_id)
    )  # fmt: skip
    chosen: Select[Any] = query  # mypy counts sixteen columns, the type has fewer
    return chosen


def list_samples(
    session: Session,
    within: Collection[str],
    *,
    state: SampleState | None = SampleState.OPEN,
    draw: str = "",
    limit: int = 200,
) -> list[SampleRow]:
    """The queue of some divisions, what is due first first; `draw`: of one draw only. Chance put the items there."""
    query = _items().where(SampleItem.division_code.in_(codes_within(within)))
    if draw:
        query = query.where(VisitDraw.no == draw)
    if state is not None:
        query = query.where(SampleItem.state == state)
    rows = session.execute(query.order_by(SampleItem.due_on, SampleItem.no).limit(limit))
    return [SampleRow(*row) for row in rows]


def count_open(session: Session, within: Collection[str]) -> int:
    """How many items of some divisions wait."""
    inside = SampleItem.division_code.in_(codes_within(within))
    query = select(func.count()).select_from(SampleItem).where(inside, SampleItem.state == SampleState.OPEN)
    return session.scalar(query) or 0


def get_sample(session: Session, no: str) -> SampleRow:
    """One item by its number; raises NotFound."""
    row = session.execute(_items().where(SampleItem.no == no)).one_or_none()
    if row is None:
        raise NotFound("没有这条抽查事项", fix="从抽查队列重新进入")
    return SampleRow(*row)


@dataclass(frozen=True)
class DrawRow:
    """One draw: the figures that repeat it, who made it, and how many of its items are done."""

    no: str
    kind: str
    division_code: str
    month: date
    received_before: datetime
    population: int
    population_sha256: str
    per_cent: str
    seed: str
    drawn: int
    drawn_by: str
    drawn_at: datetime
    done: int


def _draws() -> Select[Any]:
    done = select(func.count()).where(SampleItem.draw_id == VisitDraw.id, SampleItem.state == SampleState.DONE)
    query: Any = select(
        VisitDraw.no, VisitDraw.kind, VisitDraw.division_code, VisitDraw.month, VisitDraw.received_before,
        VisitDraw.population, VisitDraw.population_sha256, VisitDraw.per_cent, VisitDraw.seed, VisitDraw.drawn,
        VisitDraw.drawn_by, VisitDraw.drawn_at, done.correlate(VisitDraw).scalar_subquery(),
    )  # fmt: skip
    chosen: Select[Any] = query
    return chosen


def list_draws(session: Session, within: Collection[str], limit: int = 60) -> list[DrawRow]:
    """The draws of some divisions, the latest first."""
    query = _draws().where(VisitDraw.division_code.in_(codes_within(within)))
    return [DrawRow(*row) for row in session.execute(query.order_by(VisitDraw.id.desc()).limit(limit))]


def get_draw(session: Session, no: str) -> DrawRow:
    """One draw by its number; raises NotFound."""
    row = session.execute(_draws().where(VisitDraw.no == no)).one_or_none()
    if row is None:
        raise NotFound("没有这次抽查", fix="核对抽查编号")
    return DrawRow(*row)


def three_running(session: Session, since: datetime) -> list[Drawable]:
    """The latest visit of each helper and household whose last three were all not possible, with one received since then."""
    pairs = (
        select(CheckIn.helper_id, CheckIn.household_id)
        .where(CheckIn.visit == Visit.NOT_POSSIBLE, CheckIn.received_at >= since)
        .distinct()
        .subquery()
    )
    order = func.row_number().over(
        partition_by=(CheckIn.helper_id, CheckIn.household_id), order_by=(CheckIn.captured_at.desc(), CheckIn.id.desc())
    )
    ranked = (
        select(*_DRAWABLE, CheckIn.visit, order.label("place"))
        .join(pairs, (pairs.c.helper_id == CheckIn.helper_id) & (pairs.c.household_id == CheckIn.household_id))
        .subquery()
    )
    last: dict[tuple[int, int], list[Any]] = {}
    for row in session.execute(select(ranked).where(ranked.c.place <= RUNNING).order_by(ranked.c.place)):
        last.setdefault((row.helper_id, row.household_id), []).append(row)
    return [
        Drawable(rows[0].claim_id, rows[0].household_id, rows[0].helper_id, rows[0].division_code)
        for rows in last.values()
        if len(rows) == RUNNING and all(row.visit == Visit.NOT_POSSIBLE for row in rows)
    ]


def places_with_visits(session: Session, month: date, digits: int) -> list[str]:
    """Codes of the cities (4 digits) or counties (6) in which anybody was visited in a month."""
    prefix = func.substr(CheckIn.division_code, 1, digits)
    rows = session.scalars(
        select(prefix).where(CheckIn.visited_on >= month, CheckIn.visited_on < month_end(month)).distinct()
    )
    return sorted(code.ljust(12, "0") for code in rows)
