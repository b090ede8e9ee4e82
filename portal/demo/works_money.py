"""Money of projects: instalments from the treasury to the project, and what the builder was paid from each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from portal.demo.arrays import Days, Ints, next_workday
from portal.demo.catalogue import Programme
from portal.demo.ledger import Ledger
from portal.demo.payouts import Run, outcome, resend
from portal.demo.places import STORY_TOWN, STORY_VILLAGE, Places
from portal.demo.plan import Plan
from portal.demo.willow import WAITING
from portal.demo.works import Projects, executors

PARTS: Final = ((30, "预付款"), (40, "进度款"), (27, "结算款"), (3, "质保金"))


@dataclass(frozen=True)
class Instalments:
    """Instalments of projects in step; `paid` may lie after the as-of day: then the money still waits."""

    project: Ints
    part: Ints
    fen: Ints
    day: Days
    paid: Days


def make_instalments(plan: Plan, projects: Projects) -> Instalments:
    """Four instalments a project; those whose day has not come are left out."""
    rng = plan.rng("instalments")
    n = projects.count
    started, built = projects.stages["开工"], projects.stages["竣工"]
    middle = started + np.timedelta64(80, "D")
    days = [started + np.timedelta64(10, "D"), middle, projects.stages["验收"] + np.timedelta64(22, "D")]
    days.append(projects.stages["验收"] + np.timedelta64(372, "D"))
    final = np.where(projects.settled > 0, projects.settled, projects.contract)
    amounts = [projects.contract * 30 // 100 // 100 * 100, projects.contract * 40 // 100 // 100 * 100]
    third = final * 97 // 100 // 100 * 100
    amounts += [third - amounts[0] - amounts[1], final - third]
    far = (built - started).astype(np.int64) >= 0
    reached = [
        np.ones(n, dtype=bool),
        (projects.progress >= 5500) | far,
        np.ones(n, dtype=bool),
        np.ones(n, dtype=bool),
    ]
    willow = np.char.find(projects.code, "-LY") >= 0
    end = np.datetime64(plan.as_of, "D")
    found: list[tuple[Any, ...]] = []
    for part, (day, fen) in enumerate(zip(days, amounts, strict=True)):
        chosen = np.flatnonzero(~np.isnat(day) & (day <= end) & (fen > 0) & reached[part] & ~willow)
        found.append((chosen, np.full(len(chosen), part), fen[chosen], next_workday(day[chosen])))
    found += [_willow_part(projects, np.flatnonzero(willow), end, share) for share in range(2)]
    project, part_of, fen_of, day_of = (np.concatenate(column) for column in zip(*found, strict=True))
    kept = day_of <= end
    wait = rng.integers(6, 26, len(day_of))
    wait = np.where(rng.random(len(day_of)) < 0.05, rng.integers(40, 95, len(day_of)), wait)
    wait = np.where(willow[project], 5, wait)
    paid = next_workday(day_of + wait.astype("timedelta64[D]"))
    order = np.argsort(day_of[kept], kind="stable")
    chosen = np.flatnonzero(kept)[order]
    return Instalments(project[chosen], part_of[chosen], fen_of[chosen], day_of[chosen], paid[chosen])


def _willow_part(projects: Projects, chosen: Ints, end: np.datetime64, share: int) -> tuple[Ints, Ints, Ints, Days]:
    # all of it within the as-of year, so that the village's page shows the whole
    january = end.astype("datetime64[Y]").astype("datetime64[D]")
    first = january + np.timedelta64(24, "D")
    span = max(int((end - first).astype(np.int64)) - 12, 0)
    day = first + np.timedelta64(span * (45 if share == 0 else 88) // 100, "D")
    advance = projects.contract[chosen] * 6 // 10
    fen = advance if share == 0 else projects.contract[chosen] - advance
    days = np.full(len(chosen), day) - (np.arange(len(chosen)) * 4).astype("timedelta64[D]")
    return chosen, np.full(len(chosen), share), fen, next_workday(np.maximum(days, january + np.timedelta64(3, "D")))


def project_runs(
    plan: Plan, places: Places, projects: Projects, instalments: Instalments, ledger: Ledger
) -> Iterator[Run]:
    """Fills the ledger with the instalments' chains, quarter by quarter, and yields the payments to builders."""
    year = instalments.day.astype("datetime64[Y]").astype(np.int64) + 1970
    quarter = (instalments.day.astype("datetime64[M]").astype(np.int64) % 12) // 3
    for programme in ledger.programmes:
        mine = (projects.letters[instalments.project] == programme.kind.letters) & (year == programme.year)
        for number in range(4):
            chosen = np.flatnonzero(mine & (quarter == number))
            if len(chosen):
                line = _chain(places, projects, instalments, ledger, programme, chosen)
                yield from _payments(plan, projects, instalments, programme, chosen, line)
    _waiting_money(plan, places, ledger)


def _chain(
    places: Places, projects: Projects, parts: Instalments, ledger: Ledger, programme: Programme, chosen: Ints
) -> Ints:
    """Lines of one quarter down to the projects; returns the line of each chosen instalment."""
    project = parts.project[chosen]
    fen = parts.fen[chosen]
    town = places.village_town[projects.village[project]]
    county = places.town_county[town]
    direct = projects.by_county[project]
    first = parts.day[chosen].min()
    floor = np.datetime64(f"{programme.year}-01-03", "D")
    days = [max(first - np.timedelta64(back, "D"), floor) for back in (16, 12, 6)]
    county_fen = np.bincount(county, weights=fen, minlength=len(places.counties)).astype(np.int64)
    purpose = programme.kind.name
    counties = ledger.to_counties(programme, county_fen, (days[0], days[1]), purpose)
    town_fen = np.bincount(town, weights=np.where(direct, 0, fen), minlength=len(places.townships)).astype(np.int64)
    towns = ledger.to_townships(programme, counties, town_fen, days[2], purpose)
    parent = np.where(direct, counties[county], towns[town])
    giver = np.where(
        direct,
        np.char.add(np.array(places.counties)[county], f"-{programme.kind.department}"),
        np.char.add(np.array(places.townships)[town], "-ZF"),
    )
    division = np.where(direct, np.array(places.townships)[town], places.village_codes[projects.village[project]])
    taker = executors(places, projects)[project]
    names = np.array([name for _, name in PARTS])[parts.part[chosen]]
    lines = np.empty(len(chosen), dtype=np.int64)
    for label in np.unique(names):
        at = np.flatnonzero(names == label)
        lines[at] = ledger.add(
            programme,
            parent[at],
            (giver[at], taker[at]),
            division[at],
            fen[at],
            parts.day[chosen][at],
            str(label),
            projects.code[project[at]],
        )
    return lines


def _payments(
    plan: Plan, projects: Projects, parts: Instalments, programme: Programme, chosen: Ints, line: Ints
) -> Iterator[Run]:
    rng = plan.rng(f"builders/{programme.code}/{parts.day[chosen[0]]}")
    end = np.datetime64(plan.as_of, "D")
    for at, index in zip(line, chosen, strict=True):
        day = parts.paid[index]
        if day > end:
            continue
        project = parts.project[index]
        code, name = str(projects.code[project]), str(projects.name[project])
        run = Run(
            programme.index,
            f"GC-{code}-{int(parts.part[index]) + 1}",
            day,
            "",
            f"{name}{PARTS[int(parts.part[index])][1]}",
            np.array([-1]),
            np.array([-1]),
            parts.fen[index : index + 1],
            np.array([at]),
            *outcome(rng, 1, day, end, 40),
            company=projects.contractor[project : project + 1],
        )
        yield run
        again = resend(plan, run, rng)
        if again is not None:
            yield Run(**{**vars(again), "company": run.company})


def _waiting_money(plan: Plan, places: Places, ledger: Ledger) -> None:
    """Sums that lie still: those of 柳荫村 and, per county, one that its department has not passed on for long."""
    end = np.datetime64(plan.as_of, "D")
    county = next(i for i, code in enumerate(places.counties) if code[:6] == STORY_TOWN[:6])
    for letters, yuan, days, at_town in WAITING:
        _wait(places, ledger, letters, county, yuan, end - np.timedelta64(days, "D"), at_town)
    share = 20 if plan.scale.name == "village" else 1
    for letters, code, yuan, days in ASLEEP:
        where = [i for i, known in enumerate(places.counties) if known[:6] == code]
        for index in where:
            _wait(places, ledger, letters, index, yuan // share, end - np.timedelta64(days, "D"), None)


ASLEEP: Final = (
    ("XJJC", "320826", 460_000, 186),  # story 4
    ("XJCY", "320826", 1_240_000, 94),
    ("XJCY", "320830", 860_000, 81),
    ("LL", "320804", 520_000, 77),
    ("XJCY", "320813", 312_000, 71),
)
"""Kind of money, county, yuan and days: received by the county's department, nothing passed on."""


def _wait(
    places: Places, ledger: Ledger, letters: str, county: int, yuan: int, day: np.datetime64, at_town: bool | None
) -> None:
    year = int(day.astype("datetime64[Y]").astype(np.int64)) + 1970
    found = [p for p in ledger.programmes if p.kind.letters == letters and p.year == year]
    if not found:
        return
    fen = np.zeros(len(places.counties), dtype=np.int64)
    fen[county] = yuan * 100
    before = day if at_town is None or not at_town else day - np.timedelta64(4, "D")
    lines = ledger.to_counties(found[0], fen, (before, before), found[0].kind.name)
    if at_town is not None:
        _for_village(ledger)
    if at_town:
        town = np.zeros(len(places.townships), dtype=np.int64)
        town[places.townships.index(STORY_TOWN)] = yuan * 100
        ledger.to_townships(found[0], lines, town, day, f"{found[0].kind.name}（柳荫村）")
        _for_village(ledger)


def _for_village(ledger: Ledger) -> None:
    # money meant for one village says so in 区划代码, whoever holds it
    ledger.blocks[-1].division = np.full(len(ledger.blocks[-1].fen), STORY_VILLAGE)
