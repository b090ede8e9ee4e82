"""Plays a world of honest helpers and frauds, runs the rules over it, and tells what they found."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.checks.actions import run_rules
from portal.checks.catalogue import RULES
from portal.jobs.photos import hash_windows
from portal.kernel.database import reading, writing
from portal.oversight.leads.models import Lead
from portal.registers.helpers.check_ins.models import CheckIn
from portal.settings import Settings
from tests.factories.divisions import make_county
from tests.simulation.frauds import FRAUDS, commit
from tests.simulation.honest import PROFILES, live
from tests.simulation.world import START, Person, World, moment

CODES = [f"H0{n}" for n in range(1, 10)]
AT_ONCE = 20


@dataclass
class Report:
    """What was found: how many frauds of each kind by which rule, how many honest leads by rule and kind."""

    months: int
    helpers: int = 0
    check_ins: int = 0
    frauds: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)  # by a rule that is to see this kind
    seen_by: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    honest: Counter[str] = field(default_factory=Counter)  # leads by rule
    honest_kinds: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    serious: int = 0
    identical: tuple[int, int] = (0, 0)  # visits with reused bytes: found as serious, of all
    hits: dict[str, int] = field(default_factory=dict)
    uncounted: int = 0  # honest visits that do not count

    def recall(self, kind: str) -> float | None:
        """Share of the frauds of a kind that a rule meant for them saw; None where none is meant for them."""
        return self.caught[kind] / self.frauds[kind] if FRAUDS[kind].rules else None

    @property
    def serious_per_month(self) -> float:
        """Honest leads of severity 严重 for each helper and month."""
        return self.serious / (self.helpers * self.months)

    def table(self) -> str:
        """The whole report as text."""
        lines = [
            f"{self.helpers} honest helpers x {self.months} months, {sum(self.frauds.values())} frauds,"
            f" {self.check_ins} check-ins",
            f"{'fraud':20} {'of':>4} {'recall':>7}  meant for   seen by",
        ]
        for kind, fraud in FRAUDS.items():
            share = self.recall(kind)
            shown = "signal" if share is None else f"{share:.0%}"
            seen = " ".join(f"{rule}:{count}" for rule, count in sorted(self.seen_by[kind].items()))
            bar = "100%" if fraud.certain else ""
            lines.append(
                f"{kind:20} {self.frauds[kind]:>4} {shown:>7}  {'/'.join(fraud.rules) or '-':4} {bar:5}  {seen}"
            )
        lines.append(f"identical bytes: {self.identical[0]} of {self.identical[1]} visits are serious leads")
        lines.append("false leads of honest helpers, per helper and month:")
        for rule in CODES:
            kinds = " ".join(f"{kind}:{count}" for kind, count in sorted(self.honest_kinds[rule].items()))
            rate = self.honest[rule] / (self.helpers * self.months)
            lines.append(f"  {rule} {self.honest[rule]:>4} {rate:.4f}  {kinds}")
        lines.append(f"honest serious leads per helper and month: {self.serious_per_month:.4f} (bar 0.2)")
        lines.append(f"honest visits that do not count: {self.uncounted}")
        return "\n".join(lines)


def play(engine: Engine, settings: Settings, *, honest: int, frauds: int, months: int, seed: int = 1) -> Report:
    """Honest helpers of every kind in turn, and so many frauds of each kind; then photos are hashed and rules run."""
    world, report = World(settings, seed), Report(months)
    with writing(engine) as session:
        make_county(session)
    kinds = [list(PROFILES)[n % len(PROFILES)] for n in range(honest)]
    good = _each(engine, kinds, lambda session, kind: live(session, world, kind, months))
    bad = _each(engine, [kind for kind in FRAUDS for _ in range(frauds)], lambda s, kind: commit(s, world, kind))
    while hash_windows(settings)["hashed"]:
        pass
    day = START + timedelta(days=30 * (months - 1) + 29)
    with writing(engine) as session:
        result = run_rules(session, RULES.named(CODES), as_of=day, actor="job:nightly", at=moment(day, 23))
    report.hits = {rule["code"]: rule["hits"] for rule in result.rules}
    report.helpers = honest
    _tell(engine, report, good, bad)
    return report


def _each(engine: Engine, kinds: list[str], make: Callable[[Session, str], Person]) -> dict[str, str]:
    """Every person in a transaction of his own; helper number → kind."""
    found = {}
    for kind in kinds:
        with writing(engine) as session:
            person = make(session, kind)
            found[person.walker.helper_no] = kind
    return found


def _tell(engine: Engine, report: Report, good: dict[str, str], bad: dict[str, str]) -> None:
    by_helper: dict[str, set[str]] = defaultdict(set)
    identical = 0
    with reading(engine) as session:
        report.check_ins = session.scalar(select(func.count(CheckIn.id))) or 0
        honest_nos = set(good)
        for lead in session.scalars(select(Lead).order_by(Lead.id)):
            helper = _helper_of(lead.evidence, lead.subject_no)
            by_helper[helper].add(lead.rule)
            if helper in honest_nos:
                report.honest[lead.rule] += 1
                report.honest_kinds[lead.rule][good[helper]] += 1
                report.serious += lead.severity == "严重"
            identical += lead.rule == "H03" and lead.severity == "严重" and bad.get(helper) == "identical_photo"
        report.uncounted = session.scalar(select(func.count(CheckIn.id)).where(CheckIn.state == "not_counted")) or 0
    for helper, kind in bad.items():
        report.frauds[kind] += 1
        report.caught[kind] += bool(by_helper[helper] & set(FRAUDS[kind].rules))
        report.seen_by[kind].update(by_helper[helper])
    report.identical = (identical, report.frauds["identical_photo"] * 4)


def _helper_of(evidence: dict[str, Any], subject_no: str) -> str:
    return str(evidence.get("helper_no") or subject_no)
