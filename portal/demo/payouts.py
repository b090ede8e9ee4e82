"""Household money: who is paid when, which bank lines failed, and which were sent again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from portal.demo.arrays import NO_DAY, Days, Ints, next_workday
from portal.demo.catalogue import Programme, Rhythm
from portal.demo.entitlements import ENTITLEMENTS, Share, Traits
from portal.demo.ledger import Ledger
from portal.demo.places import Places
from portal.demo.plan import Plan

SUCCESS, FAILED, BOUNCED, OPEN = 0, 1, 2, 3
RESULTS: Final = ("成功", "失败", "退票", "")
FAILURES: Final = ("账户状态异常", "户名与账号不符", "账号不存在", "账户已销户", "卡片长期未使用被冻结")
FAILURE_PER_MYRIAD: Final = 90
RESEND_DAYS: Final = 11
FORGOTTEN_PER_MYRIAD: Final = 60
"""Of the failed ones so many are not sent again: leads of rule F06."""

BY_VILLAGE: Final = frozenset({"GD", "DG", "DHJB", "JYZZ", "WW"})
"""Kinds whose lists are drawn up by village, so that each village has a line of its own; others are paid by township."""


@dataclass
class Run:
    """One file to the bank: lines of one programme, one county, one day."""

    programme: int
    batch_no: str
    day: np.datetime64
    period: str
    reason: str
    payee: Ints  # index of a person; -1 for a company
    household: Ints  # -1 for a company
    fen: Ints
    line: Ints  # allocation
    result: Ints
    failure: Ints
    settled: Days
    company: Ints | None = None  # index into builders
    resend_batch: str = ""
    resend_seq: Ints | None = None

    @property
    def count(self) -> int:
        """Number of payments."""
        return len(self.fen)


@dataclass(frozen=True)
class _Instalment:
    first: np.datetime64
    days: list[tuple[np.datetime64, str]]


def household_runs(plan: Plan, places: Places, traits: Traits, ledger: Ledger) -> Iterator[Run]:
    """All runs of household money, in the order of programmes; fills the ledger on the way."""
    for programme in ledger.programmes:
        if programme.kind.rhythm is not Rhythm.PROJECT:
            for instalment in _instalments(plan, programme):
                yield from _pay(plan, places, traits, ledger, programme, instalment)


def _instalments(plan: Plan, programme: Programme) -> list[_Instalment]:
    kind, year = programme.kind, programme.year
    if kind.rhythm is Rhythm.MONTHLY:
        pay_day = 11 + len(kind.letters) + kind.month + (ord(kind.letters[0]) % 4)
        quarters = [
            [(_workday(year, month, pay_day), f"{year}-{month:02d}") for month in range(q, q + 3)]
            for q in (1, 4, 7, 10)
        ]
    else:
        months = [kind.month] if kind.rhythm is Rhythm.YEARLY else [kind.month, kind.month + 6]
        quarters = [[(_workday(year, month, 18), f"{year}-{month:02d}")] for month in months]
    end = np.datetime64(plan.as_of, "D")
    past = [[pair for pair in days if pair[0] <= end] for days in quarters]
    return [_Instalment(days[0][0], days) for days in past if days]


def _workday(year: int, month: int, day: int) -> np.datetime64:
    moved: np.datetime64 = next_workday(np.array([f"{year}-{month:02d}-{day:02d}"], dtype="datetime64[D]"))[0]
    return moved


def _pay(
    plan: Plan, places: Places, traits: Traits, ledger: Ledger, programme: Programme, instalment: _Instalment
) -> Iterator[Run]:
    households = traits.people.households
    by_village = programme.kind.letters in BY_VILLAGE
    place_of = households.village if by_village else places.village_town[households.village]
    size = len(places.village_codes) if by_village else len(places.townships)
    entitled = ENTITLEMENTS[programme.kind.letters]
    shares = [entitled(traits, day, programme.year) for day, _ in instalment.days]
    place = [place_of[traits.people.members.household[s.payee]] for s in shares]
    total = sum(
        (np.bincount(p, weights=s.fen, minlength=size) for p, s in zip(place, shares, strict=True)), np.zeros(size)
    )
    needed = np.asarray(total).astype(np.int64)
    rng = plan.rng(f"{programme.code}/{instalment.days[0][1]}")
    over, back_on = _sent_too_much(plan, rng, needed, by_village, instalment.first)
    lines = ledger.household_chain(programme, instalment.first, needed, by_village, over, back_on)
    for (day, period), share, where in zip(instalment.days, shares, place, strict=True):
        yield from _runs(plan, places, traits, programme, (day, period), share, lines[where], rng)


def _sent_too_much(
    plan: Plan, rng: np.random.Generator, needed: Ints, by_village: bool, first: np.datetime64
) -> tuple[Ints, np.datetime64 | None]:
    """Now and then a village was sent more than its list needs; it is taken back a month later."""
    back_on = next_workday(np.array([first + np.timedelta64(33, "D")]))[0]
    chosen = (needed > 2_000_000) & (rng.random(len(needed)) < 0.02)
    over = np.where(chosen, needed // 12 // 10_000 * 10_000, 0)
    if not by_village or back_on + np.timedelta64(10, "D") > np.datetime64(plan.as_of, "D"):
        return np.zeros_like(needed), None
    return over, back_on


def _runs(
    plan: Plan,
    places: Places,
    traits: Traits,
    programme: Programme,
    when: tuple[np.datetime64, str],
    share: Share,
    line: Ints,
    rng: np.random.Generator,
) -> Iterator[Run]:
    day, period = when
    household = traits.people.members.household[share.payee]
    county = places.town_county[places.village_town[traits.people.households.village[household]]]
    for index, code in enumerate(places.counties):
        mine = county == index
        if not mine.any():
            continue
        batch = f"YKT{period.replace('-', '')}-{code[:6]}-{programme.kind.letters}"
        reason = f"{programme.kind.name}{period[:4]}年{int(period[5:])}月"
        n = int(mine.sum())
        run = Run(
            programme.index, batch, day, period, reason, share.payee[mine], household[mine], share.fen[mine], line[mine],
            *outcome(rng, n, day, np.datetime64(plan.as_of, "D"), FAILURE_PER_MYRIAD),
        )  # fmt: skip
        yield run
        again = resend(plan, run, rng)
        if again is not None:
            yield again


def outcome(
    rng: np.random.Generator, n: int, day: np.datetime64, as_of: np.datetime64, per_myriad: int
) -> tuple[Ints, Ints, Days]:
    """Result, reason of failure and day of the bank's answer for n lines; answers after the as-of day are not there yet."""
    chance = rng.integers(0, 10_000, n)
    result = np.where(chance < per_myriad * 2 // 3, FAILED, np.where(chance < per_myriad, BOUNCED, SUCCESS)).astype(
        np.int64
    )
    settled = np.busday_offset(np.full(n, day), np.where(result == BOUNCED, 3, 1), roll="forward")
    waiting = settled > as_of
    failure = np.where(result == SUCCESS, -1, rng.integers(0, len(FAILURES), n))
    return np.where(waiting, OPEN, result), failure, np.where(waiting, NO_DAY, settled)


def resend(plan: Plan, run: Run, rng: np.random.Generator) -> Run | None:
    """The second try of what came back, eleven days later; a few are forgotten."""
    day = next_workday(np.array([run.day + np.timedelta64(RESEND_DAYS, "D")]))[0]
    bad = np.isin(run.result, (FAILED, BOUNCED)) & (rng.integers(0, 10_000, run.count) >= FORGOTTEN_PER_MYRIAD)
    chosen = np.flatnonzero(bad)
    if day > np.datetime64(plan.as_of, "D") or not len(chosen):
        return None
    return Run(
        run.programme, f"{run.batch_no}-CF", day, run.period, f"{run.reason}（重发）", run.payee[chosen], run.household[chosen],
        run.fen[chosen], run.line[chosen], *outcome(rng, len(chosen), day, np.datetime64(plan.as_of, "D"), 0),
        resend_batch=run.batch_no, resend_seq=chosen + 1,
    )  # fmt: skip
