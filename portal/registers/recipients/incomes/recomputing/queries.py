"""What everybody's income comes to, set-wise: entries are summed per household where they lie, parameters chosen by place.

Only households with 核算事项 are computed one by one from their entries, since what is exempt depends on each month.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, cast, false, func, or_, select
from sqlalchemy.orm import Session

from portal.registers.divisions.parameters.everywhere.queries import holding
from portal.registers.divisions.parameters.queries import ParameterValue, list_rows_named, value_among
from portal.registers.divisions.parameters.rules import ParameterRow
from portal.registers.divisions.queries import ancestors
from portal.registers.recipients.incomes.adjustments.queries import adjustments_of
from portal.registers.recipients.incomes.computing.queries import LINES, TERMS, counted_for, line_fen, terms_of
from portal.registers.recipients.incomes.computing.rules import (
    REGISTER,
    SUPPORT_ITEM,
    AdjustmentFacts,
    Entry,
    ObligorFacts,
    Terms,
    is_under,
    per_head_fen,
    sum_up,
    support_due,
    support_fen,
    window_of,
)
from portal.registers.recipients.incomes.members.queries import members_of_everybody
from portal.registers.recipients.incomes.models import Income, IncomeClass
from portal.registers.recipients.incomes.queries import ITEM, entries_of, income_line
from portal.registers.recipients.incomes.rules import ITEMS, countability, plain_item
from portal.registers.recipients.incomes.support.queries import obligors_of
from portal.registers.recipients.models import Household

_NEVER = [item.name for item in ITEMS.values() if not item.counts]
_YES = ("是", "yes")


def net() -> ColumnElement[int]:
    """What an entry is worth, as part of a statement: 经营性 after its cost. As `rules.net_fen`."""
    cost = func.coalesce(Income.cost_fen, 0)
    return case((Income.category == IncomeClass.BUSINESS, Income.amount_fen - cost), else_=Income.amount_fen)


def counts(
    rows: Mapping[str, Sequence[ParameterRow]], division: Any, on: Any, purpose: str = REGISTER
) -> ColumnElement[bool]:
    """Whether an entry counts, as part of a statement: what it says itself, the place's rule, the table.

    As `rules.countability`. `rows`: the dated rows of `income_item.<item>`; `division` and `on` as for `holding`.
    """
    by_table = case((Income.item.in_(_NEVER), 0), else_=1)
    said = [(Income.counts.is_(False), 0), (and_(Income.counts.is_(True), Income.item.not_in(_NEVER)), 1)]
    ruled = [
        (Income.item == name.removeprefix(ITEM), holding(own, division, on, _yes, by_table, purpose=purpose))
        for name, own in sorted(rows.items())
        if name.startswith(ITEM) and own
    ]
    return case(*said, *ruled, else_=by_table) == 1


def _yes(row: ParameterRow) -> int:
    return 1 if row.value in _YES else 0


@dataclass(frozen=True, slots=True)
class Recomputed:
    """One household's income and line: sums in fen; None where no entry is known, or no line laid down."""

    household_id: int
    no: str
    division_code: str
    members: int
    total_fen: int | None
    support_fen: int
    line_fen: int | None

    @property
    def per_head_fen(self) -> int | None:
        """The sum over the persons living together, rounded down."""
        return per_head_fen(self.total_fen, self.members)

    @property
    def is_under_line(self) -> bool | None:
        """Whether the income per head lies below the line; None where one of them is unknown."""
        return is_under(self.total_fen, self.members, self.line_fen)


@dataclass(frozen=True)
class _Place:
    terms: Terms
    window: tuple[date, date]
    line_fen: int | None
    local: Mapping[str, tuple[bool, str]]


def recompute_everybody(session: Session, on: date, *, purpose: str = REGISTER) -> list[Recomputed]:
    """The computation of every household on a day, the divisor that of the day: a handful of statements.

    The same answer as `computation_of`.
    """
    found = session.execute(select(Household.id, Household.no, Household.division_code).order_by(Household.id)).all()
    rows = list_rows_named(session, [*TERMS, LINES[purpose]], family=ITEM)
    places = _places(session, {row.division_code for row in found}, rows, on, purpose)
    members = members_of_everybody(session, on)
    ruled = sorted(name.removeprefix(ITEM) for name in rows if name.startswith(ITEM))
    sums = _sums(session, ruled, {i: division for i, _no, division in found}, places)
    widest = _widest(place.window for place in places.values())
    obligors = obligors_of(session, None, widest) if widest else {}
    facts = adjustments_of(session, None, widest) if widest else {}
    special = _one_by_one(session, {i: d for i, _no, d in found if i in facts}, places, obligors, facts)
    answers: list[Recomputed] = []
    for i, no, division in found:
        place = places[division]
        if i in special:
            total, support = special[i]
        else:
            total, support = _total(sums.get(i), obligors.get(i, ()), place)
        answers.append(Recomputed(i, no, division, members.get(i, 0), total, support, place.line_fen))
    return answers


def _total(summed: tuple[int, int] | None, obligors: Iterable[ObligorFacts], place: _Place) -> tuple[int | None, int]:
    due = [support_due(one, place.terms, place.window) for one in obligors if _holds_in(one, place.window)]
    if summed is None and not due:
        return None, 0
    counted, received = summed or (0, 0)
    support = support_fen(due, received)
    return counted + support, support


def _holds_in(one: ObligorFacts, window: tuple[date, date]) -> bool:
    return one.since <= window[1] and (one.until is None or one.until >= window[0])


def _places(
    session: Session, divisions: Collection[str], rows: Mapping[str, Sequence[ParameterRow]], on: date, purpose: str
) -> dict[str, _Place]:
    """What each division lays down; divisions whose chains meet the same rows share one reckoning."""
    chains = ancestors(session, divisions)
    own = {row.division_code for some in rows.values() for row in some}
    made: dict[tuple[str, ...], _Place] = {}
    found: dict[str, _Place] = {}
    for division in divisions:
        chain = [place.code for place in chains.get(division, ())] or [division]
        key = tuple(code for code in chain if code in own)
        if key not in made:
            made[key] = _place(rows, key, on, purpose)
        found[division] = made[key]
    return found


def _place(rows: Mapping[str, Sequence[ParameterRow]], chain: Sequence[str], on: date, purpose: str) -> _Place:
    def value(name: str, series: str = "") -> ParameterValue | None:
        return value_among(rows.get(name, ()), name, chain, on, counted_for(purpose), series)

    laid_down = {name: found for name in TERMS if (found := value(name)) is not None}
    series = laid_down["line_series"].text if "line_series" in laid_down else ""
    local = {
        name.removeprefix(ITEM): (found.yes, found.basis)
        for name in rows
        if name.startswith(ITEM) and (found := value(name)) is not None and found.row is not None
    }
    line = line_fen(purpose, value(LINES[purpose], series if LINES[purpose] != "dibao_standard" else ""))
    return _Place(terms_of(laid_down, purpose), window_of(laid_down["income_period"].text, on), line, local)


def _sums(
    session: Session, ruled: Sequence[str], homes: Mapping[int, str], places: Mapping[str, _Place]
) -> dict[int, tuple[int, int]]:
    """Counted net income, and 赡养费 of it, of each household with entries in its place's window.

    What an entry or the table decides is summed in one statement for each window; what places decide (`ruled`) is summed
    by household and item, and counted here.
    """
    windows: dict[tuple[date, date], list[str]] = {}
    for division, place in places.items():
        windows.setdefault(place.window, []).append(division)
    by_place = _by_place(ruled)
    worth = case((by_place, 0), (counts({}, None, None), net()), else_=0)
    support = case((Income.item == SUPPORT_ITEM, worth), else_=0)
    found: dict[int, tuple[int, int]] = {}
    for window, divisions in windows.items():
        here = divisions if len(windows) > 1 else None
        known = _entries(window, here, worth.label("worth"), support.label("support")).offset(0).subquery().c
        sums = select(known.whose, _whole(known.worth), _whole(known.support)).group_by(known.whose)
        found |= {i: (total, part) for i, total, part in session.execute(sums)}
        if ruled:
            asked = _entries(window, here, Income.item, _whole(net())).where(by_place).group_by("whose", Income.item)
            _add(found, session.execute(asked), homes, places)
    return found


def _entries(window: tuple[date, date], divisions: Collection[str] | None, *columns: Any) -> Select[Any]:
    """Entries of a window, as a statement by household.

    Each is asked where it lies, by no index and without its household's row: nearly all are wanted, and those of one
    household lie far apart, since they came month by month. Looked up one by one they cost three times as much.
    """
    whose = Income.household_id + 0
    timely = case((Income.occurred_on.between(*window), 1), else_=0) == 1
    query = select(whose.label("whose"), *columns).where(timely)
    if divisions is None:
        return query
    return query.join(Household, Household.id == whose).where(Household.division_code.in_(divisions))


def _whole(worth: ColumnElement[int]) -> ColumnElement[int]:
    return cast(func.sum(worth), BigInteger)


def _by_place(ruled: Sequence[str]) -> ColumnElement[bool]:
    """Whether the place decides: it rules on the item, and the entry may not say it itself. As `counts`."""
    is_open = or_(Income.counts.is_(None), and_(Income.counts.is_(True), Income.item.in_(_NEVER)))
    return and_(Income.item.in_(ruled), is_open) if ruled else false()


def _add(
    found: dict[int, tuple[int, int]], rows: Iterable[Any], homes: Mapping[int, str], places: Mapping[str, _Place]
) -> None:
    for i, item, fen in rows:
        if countability(item, None, places[homes[i]].local).counts:
            total, part = found[i]
            found[i] = total + fen, part + (fen if item == SUPPORT_ITEM else 0)


def _widest(windows: Iterable[tuple[date, date]]) -> tuple[date, date] | None:
    known = list(windows)
    return (min(w[0] for w in known), max(w[1] for w in known)) if known else None


def _one_by_one(
    session: Session,
    wanted: Mapping[int, str],
    places: Mapping[str, _Place],
    obligors: Mapping[int, Sequence[ObligorFacts]],
    facts: Mapping[int, Sequence[AdjustmentFacts]],
) -> dict[int, tuple[int | None, int]]:
    """Households with 核算事项, from their entries; five hundred to a statement."""
    found: dict[int, tuple[int | None, int]] = {}
    ids = sorted(wanted)
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        widest = _widest(places[wanted[i]].window for i in some)
        entries = entries_of(session, some, *widest) if widest else {}
        for i in some:
            place = places[wanted[i]]
            mine = [
                _entry(e, place) for e in entries.get(i, ()) if place.window[0] <= e["occurred_on"] <= place.window[1]
            ]
            due = [one for one in obligors.get(i, ()) if _holds_in(one, place.window)]
            known = [one for one in facts[i] if one.since <= place.window[1]]
            summed = sum_up(mine, due, known, place.terms, place.window)
            found[i] = summed.total_fen, summed.support_fen
    return found


def _entry(values: Mapping[str, Any], place: _Place) -> Entry:
    line = income_line(dict(values), dict(place.local))
    return Entry(
        values["id"], values["occurred_on"], values["category"], plain_item(values["item"]), values["person_id"],
        line.net_fen, line.counted.counts, line.counted.basis,
    )  # fmt: skip
