"""The arithmetic of a household's income: the window, support due 赡养费, what is exempt, the sum and the line.

Pure: values in hand, integer fen, no clock. Sources: 贫困户人均纯收入计算方法 (net = 工资性 + 经营性 − 成本 + 财产性 +
转移性); the formulas of support are places' own (`support_formula`), and so is every exemption.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from portal.registers.recipients.incomes.adjustments.models import AdjustmentKind
from portal.registers.recipients.incomes.models import IncomeClass

SUPPORT_ITEM: Final = "赡养费"
DIBAO: Final = "dibao"
REGISTER: Final = "register"
AT_VALUE: Final = "at_value"


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def _number(day: date) -> int:
    return day.year * 12 + day.month - 1


def month_end(day: date) -> date:
    """The last day of a day's month."""
    return _month(_number(day) + 1) - timedelta(days=1)


def window_of(period: str, on: date) -> tuple[date, date]:
    """The first and last day that a period covers, both included.

    `rolling12`: the 12 calendar months that end with the as-of month. `rolling12_before`: the 12 months before it.
    `year`: the calendar year. Another word is read as `rolling12`, the product's own.
    """
    if period == "year":
        return date(on.year, 1, 1), date(on.year, 12, 31)
    last = _number(on) - (period == "rolling12_before")
    return _month(last - 11), month_end(_month(last))


def months_within(since: date, until: date | None, window: tuple[date, date]) -> list[date]:
    """First days of the calendar months of a window in which something held on at least one day."""
    first, last = max(_number(since), _number(window[0])), _number(window[1])
    if until is not None:
        last = min(last, _number(until))
    return [_month(number) for number in range(first, last + 1)]


@dataclass(frozen=True)
class Formula:
    """How support is reckoned: what of the obligor's income lies above so many times 低保, and which share of it is due.

    a (盐亭, 2021) and c take his household's income per head, b its whole income less the standard of each member.
    """

    letter: str
    share: Fraction
    multiple: Fraction
    per_head: bool


FORMULAS: Mapping[str, Formula] = {
    "a": Formula("a", Fraction(25, 100), Fraction(2), per_head=True),
    "b": Formula("b", Fraction(30, 100), Fraction(3, 2), per_head=False),
    "c": Formula("c", Fraction(50, 100), Fraction(1), per_head=True),
}
"""The three formulas in use; a place may set its own share and multiple (`support_share`, `support_multiple`)."""


@dataclass(frozen=True)
class ObligorFacts:
    """What is known of one obligor: a month's figures in fen, and from when to when they hold."""

    id: int
    name: str
    relation: str
    since: date
    until: date | None
    members: int
    monthly_income_fen: int
    supports: int
    supports_here: int
    ruled_fen: int | None
    paid_fen: int | None
    evidence: str = ""
    needs_second_hand: bool = False
    version: str = ""  # what a second person confirms


@dataclass(frozen=True)
class AdjustmentFacts:
    """One 核算事项 in hand."""

    id: int
    kind: str
    person_id: int | None
    since: date
    until: date | None
    amount_fen: int | None
    evidence: str = ""
    needs_second_hand: bool = False
    version: str = ""  # what a second person confirms
    is_past: bool = False  # a version that one person alone has replaced or withdrawn


@dataclass(frozen=True)
class Terms:
    """What the place lays down on the day: standards in fen a month, the formula, the exemptions."""

    dibao_fen: int | None = None
    formula: Formula = FORMULAS["a"]
    exempt_months: int = 6
    exempt_cap: Fraction = Fraction(3)
    deducts_living: bool = False
    stock_at_value: bool = False
    purpose: str = REGISTER


@dataclass(frozen=True)
class Entry:
    """One income entry as the sum needs it: what it is worth in fen, and whether it counts by its item."""

    id: int
    occurred_on: date
    category: str
    item: str
    person_id: int | None
    net_fen: int
    counts: bool
    why: str
    needs_second_hand: bool = False


@dataclass(frozen=True)
class SupportDue:
    """What one obligor owes the household: a month's sum in fen, for how many months of the window, and why."""

    obligor: ObligorFacts
    monthly_fen: int
    months: int
    why: str

    @property
    def fen(self) -> int:
        """The sum over the window."""
        return self.monthly_fen * self.months


@dataclass(frozen=True)
class Allowance:
    """What one 核算事项 takes off (below zero) or puts to (above) the sum, in fen, and why."""

    adjustment: AdjustmentFacts
    fen: int
    why: str


def formula_fen(obligor: ObligorFacts, terms: Terms) -> int | None:
    """A month's support by the place's formula, for this household; None where no 低保 standard is known.

    Split evenly over everybody whom the obligor supports. Exact fractions, rounded down to the fen once, at the end.
    """
    if terms.dibao_fen is None:
        return None
    f = terms.formula
    standard = f.multiple * terms.dibao_fen
    if f.per_head:
        above = Fraction(obligor.monthly_income_fen, obligor.members) - standard
    else:
        above = obligor.monthly_income_fen - standard * obligor.members
    share = max(above, Fraction(0)) * f.share * Fraction(obligor.supports_here, obligor.supports)
    return int(share)


def support_due(obligor: ObligorFacts, terms: Terms, window: tuple[date, date]) -> SupportDue:
    """What an obligor owes over a window: a ruling or agreement prevails over the formula, and what he pays if higher."""
    reckoned = formula_fen(obligor, terms)
    if obligor.ruled_fen is not None:
        monthly, why = obligor.ruled_fen, "按判决或协议"
    elif reckoned is not None:
        monthly, why = reckoned, "按当地算法"
    else:
        monthly, why = 0, "没有低保标准，算不出"
    if obligor.paid_fen is not None and obligor.paid_fen > monthly:
        monthly, why = obligor.paid_fen, "实际给付较高，按实际"
    return SupportDue(obligor, monthly, len(months_within(obligor.since, obligor.until, window)), why)


def received_fen(entries: Iterable[Entry]) -> int:
    """赡养费 that is entered as received and counts, in fen."""
    return sum(entry.net_fen for entry in entries if entry.counts and entry.item == SUPPORT_ITEM)


def support_fen(due: Iterable[SupportDue], received: int) -> int:
    """What support adds to the entries, in fen: what is due beyond the 赡养费 that is entered as received."""
    return max(0, sum(one.fen for one in due) - received)


def allowance(
    adjustment: AdjustmentFacts, entries: Sequence[Entry], terms: Terms, window: tuple[date, date]
) -> Allowance:
    """What one 核算事项 changes, by the place's rules; zero with the reason where they do not know it."""
    if adjustment.kind == AdjustmentKind.NEW_JOB:
        return _new_job(adjustment, entries, terms, window)
    if adjustment.kind == AdjustmentKind.LIVING_AWAY:
        return _living_away(adjustment, entries, terms, window)
    return _stock(adjustment, terms, window)


def _wages(adjustment: AdjustmentFacts, entries: Sequence[Entry]) -> list[Entry]:
    return [e for e in entries if e.counts and e.category == IncomeClass.WAGES and e.person_id == adjustment.person_id]


def _by_month(entries: Iterable[Entry]) -> dict[date, int]:
    months: dict[date, int] = {}
    for entry in entries:
        first = entry.occurred_on.replace(day=1)
        months[first] = months.get(first, 0) + entry.net_fen
    return months


def _new_job(
    adjustment: AdjustmentFacts, entries: Sequence[Entry], terms: Terms, window: tuple[date, date]
) -> Allowance:
    if terms.purpose != DIBAO:
        return Allowance(adjustment, 0, "就业豁免只用于低保核算")
    if terms.dibao_fen is None:
        return Allowance(adjustment, 0, "没有低保标准，算不出豁免上限")
    last = month_end(_month(_number(adjustment.since) + terms.exempt_months - 1))
    until = last if adjustment.until is None else min(last, adjustment.until)
    cap = int(terms.exempt_cap * terms.dibao_fen)
    earned = _by_month(e for e in _wages(adjustment, entries) if adjustment.since <= e.occurred_on <= until)
    exempt = sum(min(max(fen, 0), cap) for month, fen in earned.items() if window[0] <= month <= window[1])
    return Allowance(adjustment, -exempt, "就业豁免期内的工资，每月豁免到上限")


def _living_away(
    adjustment: AdjustmentFacts, entries: Sequence[Entry], terms: Terms, window: tuple[date, date]
) -> Allowance:
    if not terms.deducts_living:
        return Allowance(adjustment, 0, "本地规定务工收入不扣房租和生活费")
    monthly = adjustment.amount_fen or 0
    earned = _by_month(_wages(adjustment, entries))
    months = months_within(adjustment.since, adjustment.until, window)
    taken = sum(min(monthly, max(earned.get(month, 0), 0)) for month in months)
    return Allowance(adjustment, -taken, "本地规定可扣外出务工的房租和生活费，每月不超过当月工资")


def _stock(adjustment: AdjustmentFacts, terms: Terms, window: tuple[date, date]) -> Allowance:
    if not terms.stock_at_value:
        return Allowance(adjustment, 0, "未出售的不计，卖出时计")
    if not window[0] <= adjustment.since <= window[1]:
        return Allowance(adjustment, 0, "不在计算期内")
    return Allowance(adjustment, adjustment.amount_fen or 0, "本地规定存货按价值计入经营性收入")


def per_head_fen(total_fen: int | None, members: int) -> int | None:
    """A sum over the persons living together, rounded down to the fen; None without a sum or without persons."""
    return None if total_fen is None or members < 1 else total_fen // members


def is_under(total_fen: int | None, members: int, line_fen: int | None) -> bool | None:
    """Whether the income per head lies below a line, compared without rounding; None where one of them is unknown."""
    if total_fen is None or line_fen is None or members < 1:
        return None
    return total_fen < line_fen * members


@dataclass(frozen=True)
class Summed:
    """What entries, obligors and 核算事项 come to, in fen; None where nothing at all is known of the household."""

    support: Sequence[SupportDue]
    allowances: Sequence[Allowance]
    support_fen: int
    total_fen: int | None
    exit_total_fen: int | None


@dataclass(frozen=True)
class Past:
    """What else may still weigh on an exit: versions of entries since two hands last stood for them, by stable id.

    Those of entries that one person withdrew, or moved out of the window, are among them.
    """

    entries: Mapping[int, Sequence[Entry]] = field(default_factory=dict)
    adjustments: Mapping[int, Sequence[AdjustmentFacts]] = field(default_factory=dict)


def sum_up(
    entries: Sequence[Entry],
    obligors: Iterable[ObligorFacts],
    adjustments: Iterable[AdjustmentFacts],
    terms: Terms,
    window: tuple[date, date],
    past: Past | None = None,
) -> Summed:
    """The sum of a household, and the sum that counts towards an exit.

    Towards an exit, what rests on one person's hand alone never adds; what it would take off is taken off all the same,
    and goes on being taken off after one person's hand has withdrawn or lessened it (`past`).
    """
    due = [support_due(obligor, terms, window) for obligor in obligors]
    known = list(adjustments)
    changes = [allowance(one, entries, terms, window) for one in known]
    received = received_fen(entries)
    support = support_fen(due, received)
    if not entries and not due and not any(change.fen for change in changes):
        return Summed(due, changes, 0, None, None)
    total = sum(e.net_fen for e in entries if e.counts) + support + sum(change.fen for change in changes)
    proven = [one for one in due if not one.obligor.needs_second_hand]
    settled, waiting = apart(entries, past.entries if past is not None else {})
    for_exit = sum(e.net_fen for e in settled if e.counts) + sum(least_fen(versions) for versions in waiting)
    # What is entered as received lessens what is due beyond it, whoever entered it: counted twice, it would add.
    for_exit += support_fen(proven, received_fen(settled) + sum(most_received_fen(versions) for versions in waiting))
    wages = [*settled, *(v for versions in waiting for v in versions if v.net_fen > 0)]
    for_exit += sum(
        _allowed_for_exit(versions, wages, terms, window)
        for versions in _by_id(known, past.adjustments if past is not None else {}).values()
    )
    return Summed(due, changes, support, total, for_exit)


def apart(entries: Iterable[Entry], past: Mapping[int, Sequence[Entry]]) -> tuple[list[Entry], list[Sequence[Entry]]]:
    """Entries that two hands stand for; and of each other one all versions that may still weigh."""
    settled = []
    waiting: dict[int, list[Entry]] = {row_id: list(versions) for row_id, versions in past.items()}
    for entry in entries:
        if entry.needs_second_hand or entry.id in past:
            waiting.setdefault(entry.id, []).append(entry)
        else:
            settled.append(entry)
    return settled, list(waiting.values())


def least_fen(versions: Iterable[Entry]) -> int:
    """What an entry of one person's hand is worth towards an exit: never more than nothing, and the least it ever was."""
    return min((entry.net_fen for entry in versions if entry.counts and entry.net_fen < 0), default=0)


def most_received_fen(versions: Iterable[Entry]) -> int:
    """The most 赡养费 that any of an entry's versions says was received."""
    return max((received_fen([entry]) for entry in versions), default=0)


def _by_id(
    known: Iterable[AdjustmentFacts], past: Mapping[int, Sequence[AdjustmentFacts]]
) -> dict[int, list[AdjustmentFacts]]:
    found = {row_id: list(versions) for row_id, versions in past.items()}
    for one in known:
        found.setdefault(one.id, []).append(one)
    return found


def _allowed_for_exit(
    versions: Sequence[AdjustmentFacts], wages: Sequence[Entry], terms: Terms, window: tuple[date, date]
) -> int:
    """What one 核算事项 changes towards an exit: as it stands by two hands, else the most that it ever took off."""
    fens = [allowance(one, wages, terms, window).fen for one in versions]
    settled = len(versions) == 1 and not versions[0].needs_second_hand and not versions[0].is_past
    return fens[0] if settled else min(0, *fens)
