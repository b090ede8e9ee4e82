"""What one household's income comes to on a day, for the page, for decisions on an exit, and for its totals of a year."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from portal.registers.divisions.parameters.queries import LaidDown, ParameterValue, laid_down
from portal.registers.recipients.answers.queries import confirmed_incomes
from portal.registers.recipients.incomes.adjustments.queries import adjustments_of
from portal.registers.recipients.incomes.computing.rules import (
    AT_VALUE,
    DIBAO,
    FORMULAS,
    REGISTER,
    SUPPORT_ITEM,
    AdjustmentFacts,
    Allowance,
    Entry,
    Past,
    SupportDue,
    Terms,
    is_under,
    per_head_fen,
    sum_up,
    window_of,
)
from portal.registers.recipients.incomes.confirming.queries import Entered, Origin, Standing, standings
from portal.registers.recipients.incomes.members.queries import members_of
from portal.registers.recipients.incomes.models import IncomeClass
from portal.registers.recipients.incomes.queries import ITEM, counted_fen, entries_of, income_line, local_rules
from portal.registers.recipients.incomes.rules import plain_item
from portal.registers.recipients.incomes.support.queries import obligors_of
from portal.registers.recipients.incomes.unproven.queries import Unproven, unproven_of
from portal.registers.recipients.queries import find_households, household_place

TERMS = (
    "dibao_standard", "edge_multiple", "support_formula", "support_share", "support_multiple", "work_exempt_months",
    "work_exempt_cap", "wage_deduct_living", "unsold_stock", "income_period", "line_series",
)  # fmt: skip
LINES = {REGISTER: "poverty_line", "monitor": "monitor_line", DIBAO: "dibao_standard"}
"""Which line a purpose is held against; that of 低保 is a month's and is taken twelve times."""


@dataclass(frozen=True)
class Item:
    """One entry of the computation: what it is worth in fen, whether it counts and why, and who stands for it."""

    entry: Entry
    values: Mapping[str, Any]
    standing: Standing

    @property
    def income_id(self) -> int:
        """The stable id of the entry."""
        return self.entry.id

    @property
    def counts(self) -> bool:
        """Whether it counts as income."""
        return self.entry.counts

    @property
    def why(self) -> str:
        """On what that rests."""
        return self.entry.why

    @property
    def net_fen(self) -> int:
        """What it is worth after its cost."""
        return self.entry.net_fen

    @property
    def needs_second_hand(self) -> bool:
        """True while one person alone stands for it: then it adds nothing to an exit."""
        return self.entry.needs_second_hand


@dataclass(frozen=True)
class Computation:
    """收入核算 of a household on a day for a purpose. Money in fen; `total_fen` is None where nothing is known."""

    household_id: int
    on: date
    purpose: str
    period: str
    window: tuple[date, date]
    items: Sequence[Item]
    support: Sequence[SupportDue]
    allowances: Sequence[Allowance]
    support_fen: int
    total_fen: int | None
    exit_total_fen: int | None
    members: int
    members_known_on: date | None
    line: ParameterValue | None
    line_fen: int | None
    terms: Terms
    laid_down: Mapping[str, ParameterValue] = field(default_factory=dict)
    gone: Sequence[Unproven] = ()  # entries that one person took out, and no second hand has seen
    given_up: Sequence[Unproven] = ()  # 核算事项 of that kind

    @property
    def per_head_fen(self) -> int | None:
        """The sum over the persons living together, rounded down."""
        return per_head_fen(self.total_fen, self.members)

    @property
    def exit_per_head_fen(self) -> int | None:
        """The same of what counts towards an exit."""
        return per_head_fen(self.exit_total_fen, self.members)

    @property
    def line_basis(self) -> str:
        """On what the line rests; empty where none has been laid down."""
        return self.line.basis if self.line is not None else ""

    @property
    def is_under_line(self) -> bool | None:
        """Whether the income per head lies below the line; None where income, persons or line are unknown."""
        return is_under(self.total_fen, self.members, self.line_fen)

    @property
    def is_under_line_for_exit(self) -> bool | None:
        """The same of what counts towards an exit: entries of one person's hand alone are left out."""
        return is_under(self.exit_total_fen, self.members, self.line_fen)

    @property
    def waiting(self) -> list[Item]:
        """Counted entries that wait for a second person."""
        return [item for item in self.items if item.counts and item.needs_second_hand]


def computation_of(session: Session, household_id: int, on: date, *, purpose: str = REGISTER) -> Computation:
    """What a household's income comes to as of a day, by the parameters of its place on that day.

    `purpose`: `register` (against `poverty_line`), `monitor` (counted alike, against `monitor_line`) or `dibao`.
    The same number of statements whatever the number of entries. Raises NotFound for an unknown household.
    """
    division = household_place(session, household_id)[1]
    held = laid_down(session, {*TERMS, LINES[purpose]}, division, family=ITEM)
    terms_laid_down = held.values(TERMS, on, counted_for(purpose))
    terms, period = terms_of(terms_laid_down, purpose), terms_laid_down["income_period"].text
    window = window_of(period, on)
    items = _items(session, household_id, division, on, window, purpose, held)
    obligors = obligors_of(session, [household_id], window).get(household_id, [])
    facts = adjustments_of(session, [household_id], window).get(household_id, [])
    entries = [item.entry for item in items]
    away = unproven_of(session, Entered.INCOME, household_id)
    given_up = unproven_of(session, Entered.ADJUSTMENT, household_id)
    past = _past(session, away, given_up, division, on, window, purpose, held)
    summed = sum_up(entries, obligors, facts, terms, window, past)
    members, known_on = members_of(session, household_id, on)
    line = _line(held, purpose, on, terms_laid_down)
    return Computation(
        household_id, on, purpose, period, window, items, summed.support, summed.allowances, summed.support_fen,
        summed.total_fen, summed.exit_total_fen, members, known_on, line, line_fen(purpose, line), terms,
        terms_laid_down, _gone(away, entries, past, terms), [one for one in given_up if one.is_withdrawn],
    )  # fmt: skip


def _past(
    session: Session,
    away: Sequence[Unproven],
    given_up: Sequence[Unproven],
    division: str,
    on: date,
    window: tuple[date, date],
    purpose: str,
    held: LaidDown,
) -> Past:
    """Versions that one person replaced, withdrew or moved out of the window, as far as they lay in it."""
    rows = {one.id: [row for row in one.versions if row.superseded_at is not None] for one in away}
    named = {plain_item(row.item) for versions in rows.values() for row in versions}
    local = local_rules(session, named, division, on, counted_for(purpose), held) if named else {}
    entries = {
        row_id: [_past_entry(row, local) for row in versions if window[0] <= row.occurred_on <= window[1]]
        for row_id, versions in rows.items()
    }
    facts = {one.id: [_past_facts(row) for row in one.versions if row.superseded_at is not None] for one in given_up}
    return Past({i: found for i, found in entries.items() if found}, {i: found for i, found in facts.items() if found})


def _past_entry(row: Any, local: Mapping[str, tuple[bool, str]]) -> Entry:
    values = {name: getattr(row, name) for name in ("category", "amount_fen", "cost_fen", "item", "counts")}
    line = income_line(values, dict(local))
    return Entry(
        row.identity, row.occurred_on, row.category, row.item, row.person_id, line.net_fen, line.counted.counts,
        line.counted.basis, needs_second_hand=True,
    )  # fmt: skip


def _past_facts(row: Any) -> AdjustmentFacts:
    return AdjustmentFacts(
        row.identity, row.kind, row.person_id, row.since, row.until, row.amount_fen, row.evidence,
        needs_second_hand=True, is_past=True,
    )  # fmt: skip


def _gone(away: Sequence[Unproven], entries: Sequence[Entry], past: Past, terms: Terms) -> list[Unproven]:
    """Entries that the list does not show and that still weigh: withdrawn, or moved to another time, by one person."""
    shown = {entry.id for entry in entries}
    return [one for one in away if one.id not in shown and any(_weighs(e, terms) for e in past.entries.get(one.id, ()))]


def _weighs(entry: Entry, terms: Terms) -> bool:
    """Whether the sum of an exit would rise without it: a loss, support received, a wage from which living is deducted."""
    is_deducted_from = terms.deducts_living and entry.category == IncomeClass.WAGES
    return entry.counts and (entry.net_fen < 0 or entry.item == SUPPORT_ITEM or is_deducted_from)


def counted_for(purpose: str) -> str:
    """The purpose of the parameters that say what counts: that of 低保, or the register's."""
    return DIBAO if purpose == DIBAO else REGISTER


def terms_of(values: Mapping[str, ParameterValue], purpose: str) -> Terms:
    """What a place lays down, from its parameters in force."""
    named = values["support_formula"].text
    formula = FORMULAS.get(named, FORMULAS["a"])
    multiple = formula.multiple
    if formula.letter == "b":  # the local low-income standard is that of the edge of 低保
        multiple = Fraction(values["edge_multiple"].number)
    if "support_multiple" in values:
        multiple = Fraction(values["support_multiple"].number)
    share = Fraction(values["support_share"].number) / 100 if "support_share" in values else formula.share
    dibao = values.get("dibao_standard")
    return Terms(
        dibao_fen=dibao.fen if dibao is not None else None,
        formula=replace(formula, share=share, multiple=multiple),
        exempt_months=values["work_exempt_months"].whole,
        exempt_cap=Fraction(values["work_exempt_cap"].number),
        deducts_living=values["wage_deduct_living"].yes,
        stock_at_value=values["unsold_stock"].text == AT_VALUE,
        purpose=counted_for(purpose),
    )


def line_fen(purpose: str, line: ParameterValue | None) -> int | None:
    """The yearly line per head in fen; the standard of 低保 is a month's."""
    return None if line is None else line.fen * (12 if purpose == DIBAO else 1)


def _line(held: LaidDown, purpose: str, on: date, terms: Mapping[str, ParameterValue]) -> ParameterValue | None:
    if purpose == DIBAO:
        return terms.get("dibao_standard")
    series = terms["line_series"].text if "line_series" in terms else ""
    return held.find(LINES[purpose], on, counted_for(purpose), series)


def _items(
    session: Session,
    household_id: int,
    division: str,
    on: date,
    window: tuple[date, date],
    purpose: str,
    held: LaidDown,
) -> list[Item]:
    values = entries_of(session, [household_id], *window).get(household_id, [])
    local = local_rules(session, {plain_item(one["item"]) for one in values}, division, on, counted_for(purpose), held)
    origins = [Origin(one["id"], one["event_id"], one["batch_id"], one["recorded_at"]) for one in values]
    by_hand = any(origin.batch_id is None for origin in origins)
    hands = standings(
        session, Entered.INCOME, origins, confirmed_incomes(session, [household_id]) if by_hand else frozenset()
    )
    found = []
    for one in values:
        line, standing = income_line(one, local), hands[one["id"]]
        entry = Entry(
            one["id"], one["occurred_on"], one["category"], one["item"], one["person_id"], line.net_fen,
            line.counted.counts, line.counted.basis, standing.is_waiting,
        )  # fmt: skip
        found.append(Item(entry, one, standing))
    return found


def totals_of_year(session: Session, household_ids: Collection[int], year: int) -> dict[int, int]:
    """Net income entered for a calendar year that counts by its item, in fen; a household without entries is left out.

    By the parameters of each household's place on the last day of that year.
    """
    places = {i: row.values["division_code"] for i, row in find_households(session, household_ids).items()}
    first, last = date(year, 1, 1), date(year, 12, 31)
    entries = entries_of(session, list(places), first, last)
    local: dict[str, dict[str, tuple[bool, str]]] = {}
    for division in set(places.values()):
        named = {plain_item(e["item"]) for i, rows in entries.items() if places[i] == division for e in rows}
        local[division] = local_rules(session, named, division, last, REGISTER)
    return {
        i: counted_fen([income_line(entry, local[places[i]]) for entry in rows]) for i, rows in entries.items() if rows
    }
