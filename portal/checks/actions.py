"""Running the rules, and writing down the gaps that an import met in a printed table."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.checks.asking import ask_first
from portal.checks.catalogue import RULES
from portal.checks.health.actions import pause_unreliable
from portal.checks.health.queries import paused_rules
from portal.checks.models import CheckRun, PrintedGap
from portal.checks.registry import Looking, Row, Rule
from portal.kernel.database import now_utc, reserve_ids
from portal.oversight.leads.actions import Hit, RuleFacts, absorb_hits
from portal.oversight.leads.inbox.queries import ABOUT_COMPLAINTS
from portal.registers.divisions.parameters.queries import list_rows_of
from portal.registers.divisions.parameters.rules import ParameterRow, is_family
from portal.registers.recipients.queries import count_listed_persons
from portal.trail import actions as trail
from portal.trail.encoding import row_digest

SUBJECT = ("subject_kind", "subject_no", "division_code", "household_no", "person_id", "severity")


@dataclass(frozen=True)
class RunResult:
    """What a run did: the contract's keys of `compare` and `warn`."""

    run: str
    as_of: date
    engine: str
    persons: int
    rows_compared: int
    seconds: float
    rules: list[dict[str, Any]]


@dataclass(frozen=True)
class Gap:
    """A printed total not reached, or a row that does not balance: what was printed and what the parts give, in fen."""

    kind: str
    subject_no: str
    evidence: Mapping[str, Any]
    division_code: str | None = None


@dataclass
class _Seen:
    rule: Rule
    hits: list[Hit] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)


def run_rules(
    session: Session,
    rules: Sequence[Rule],
    *,
    as_of: date,
    actor: str,
    engine: str = "sql",
    at: datetime | None = None,
) -> RunResult:
    """Run rules as of a day, bring the leads in line, and keep the run so that it can be replayed.

    A run for a day before the newest run of a rule is a look into the past: it reports the hits and leaves the leads,
    which already know more, as they are. So does a rule that is paused; one that has become unreliable pauses itself
    first. `at`: the moment at which questions are put, now unless said otherwise.
    """
    started, clock = now_utc(), time.monotonic()
    newest = _newest_as_of(session)
    pause_unreliable(session, rules, actor=actor, at=at or started)
    paused = paused_rules(session)
    results: list[dict[str, Any]] = []
    compared = 0
    for rule in rules:
        seen = look(session, rule, as_of)
        compared += len(seen.hits)
        past = as_of < newest.get(rule.code, as_of)
        counts: Mapping[str, int] = {"opened": 0, "refreshed": 0, "closed": 0}
        if not past and rule.code not in paused:
            counts = _absorb(session, rule, seen.hits, as_of=as_of, actor=actor, at=at or started)
        results.append(
            {
                "code": rule.code, "version": rule.version, "hits": len(seen.hits),
                "opened": counts["opened"], "refreshed": counts["refreshed"], "closed": counts["closed"],
                "parameters": seen.parameters, "digest": digest_of(seen.hits), "past": past,
                **({"paused": True} if rule.code in paused else {}),
                **({"asked": counts.get("asked", 0)} if rule.question else {}),
                **({"left_out": left_out(session, rule, as_of)} if rule.left_out else {}),
            }
        )  # fmt: skip
    persons = count_listed_persons(session, as_of)
    number = reserve_ids(session.connection(), "check_runs", 1)
    run = CheckRun(
        id=number, no=f"YX-{as_of.year}-{number:06d}", as_of=as_of, engine=engine, actor=actor, started_at=started,
        persons=persons, rows_compared=persons + compared, results=results,
    )  # fmt: skip
    session.add(run)
    trail.record(
        session, kind="check.run.recorded", actor=actor, subjects=[("run", run.no)],
        after={
            "as_of": as_of.isoformat(), "rules": [r["code"] for r in results],
            "hits": [None if r["code"] in ABOUT_COMPLAINTS else r["hits"] for r in results],
        },
        public={"rules": [{"code": r["code"], "version": r["version"]} for r in results]},
    )  # fmt: skip
    session.flush()
    shown = [{k: v for k, v in r.items() if k != "digest"} for r in results]
    return RunResult(run.no, as_of, engine, persons, run.rows_compared, round(time.monotonic() - clock, 3), shown)


def _absorb(
    session: Session, rule: Rule, hits: Sequence[Hit], *, as_of: date, actor: str, at: datetime
) -> Mapping[str, int]:
    """Bring a rule's leads in line, as far back as it looks; where the person concerned is asked first, ask him."""
    counts: dict[str, int] = dict(
        absorb_hits(session, _facts(rule), hits, as_of=as_of, actor=actor, looked_at=_looked_at(rule, as_of))
    )
    if rule.question:
        counts |= ask_first(session, rule, hits, as_of=as_of, actor=actor, at=at)
    return counts


def _looked_at(rule: Rule, as_of: date) -> Callable[[Mapping[str, Any]], bool] | None:
    if rule.window_days is None:
        return None
    since = Looking(as_of).since(rule.window_days)
    return lambda evidence: datetime.fromisoformat(evidence["received_at"]) >= since


def look(
    session: Session, rule: Rule, as_of: date, version: int | None = None, known_at: datetime | None = None
) -> _Seen:
    """Evaluate one rule, changing nothing: its hits and the parameters that were in force.

    `version` and `known_at`: an earlier version of the rule and the moment of the run, for its replay.
    """
    seen = _Seen(rule)
    rows = {read.name: list_rows_of(session, read.name) for read in rule.parameters}
    seen.parameters = nation_values(rule, rows, as_of)
    seen.hits = list(_hits(session, rule, version or rule.version, Looking(as_of, seen.parameters, rows, known_at)))
    return seen


def left_out(session: Session, rule: Rule, as_of: date) -> list[dict[str, Any]]:
    """What a rule does not look at on a day and why: the reason, in how many places, how many households."""
    if rule.left_out is None:
        return []
    rows = {read.name: list_rows_of(session, read.name) for read in rule.parameters}
    found: dict[str, dict[str, Any]] = {}
    for row in session.execute(rule.left_out(Looking(as_of, nation_values(rule, rows, as_of), rows))).mappings():
        one = found.setdefault(row["why"], {"why": row["why"], "divisions": 0, "households": 0})
        one["divisions"] += 1
        one["households"] += row["households"]
    return list(found.values())


def _hits(session: Session, rule: Rule, version: int, looking: Looking) -> Iterator[Hit]:
    found: Iterator[Row] = (row for row in session.execute(rule.expression_of(version)(looking)).mappings())
    for row in rule.gather(looking, found) if rule.gather is not None else found:
        evidence = {k: _plain(v) for k, v in row.items() if k not in SUBJECT and v is not None}
        extra = evidence.pop("evidence", None)
        if isinstance(extra, dict):
            evidence.update(extra)
        yield Hit(
            row["subject_kind"], str(row["subject_no"]), evidence, row.get("division_code"), row.get("household_no"),
            row.get("person_id"), row.get("severity"),
        )  # fmt: skip


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def nation_values(rule: Rule, rows: Mapping[str, Sequence[ParameterRow]], as_of: date) -> dict[str, str]:
    """The nation-wide value in force of each parameter the rule reads; a place's own rows are joined by the rule."""
    values = {read.name: read.default for read in rule.parameters}
    for read in rule.parameters:
        if is_family(read.name):
            continue  # of many names: no one value holds
        fitting = [
            row for row in rows[read.name]
            if row.valid_from <= as_of and (row.valid_to is None or row.valid_to >= as_of) and row.division_code.endswith("0" * 10)
        ]  # fmt: skip
        if fitting:
            values[read.name] = max(fitting, key=lambda row: row.valid_from).value
    return values


def _newest_as_of(session: Session) -> dict[str, date]:
    newest: dict[str, date] = {}
    for as_of, results in session.execute(select(CheckRun.as_of, CheckRun.results)):
        for result in results:
            newest[result["code"]] = max(as_of, newest.get(result["code"], as_of))
    return newest


def _facts(rule: Rule) -> RuleFacts:
    return RuleFacts(rule.code, rule.version, rule.severity)


def digest_of(hits: Sequence[Hit]) -> str:
    """One digest over all hits of a rule: two runs that saw the same have the same."""
    lines = sorted(
        row_digest({"k": h.subject_kind, "n": h.subject_no, "e": row_digest(dict(h.evidence))}) for h in hits
    )
    return row_digest({"hits": "".join(lines)})


def note_gaps(session: Session, batch_no: str, gaps: Sequence[Gap], *, as_of: date, actor: str) -> int:
    """Keep what a printed table does not add up to, and raise one Q10 lead each at once; returns their number.

    The published figure is a fact, and so is the gap: nothing imported is changed by it.
    """
    if not gaps:
        return 0
    first = reserve_ids(session.connection(), "printed_gaps", len(gaps))
    session.add_all(
        PrintedGap(
            id=number, batch_no=batch_no, kind=gap.kind, subject_no=gap.subject_no, division_code=gap.division_code,
            evidence=dict(gap.evidence),
        )
        for number, gap in enumerate(gaps, start=first)
    )  # fmt: skip
    session.flush()
    refresh_rule(session, "Q10", as_of=as_of, actor=actor)
    return len(gaps)


def withdraw_gaps(session: Session, batch_no: str, *, as_of: date, actor: str) -> int:
    """An import was undone: its gaps are gone, and their leads are closed; returns their number."""
    gaps = session.scalars(
        select(PrintedGap).where(PrintedGap.batch_no == batch_no, PrintedGap.withdrawn_at.is_(None))
    ).all()
    for gap in gaps:
        gap.withdrawn_at = now_utc()
    if gaps:
        session.flush()
        refresh_rule(session, "Q10", as_of=as_of, actor=actor)
    return len(gaps)


def refresh_rule(session: Session, code: str, *, as_of: date, actor: str) -> None:
    """Bring the leads of one rule in line at once, where something has just happened that must not wait for the night."""
    rule = RULES.named([code])[0]
    if code not in paused_rules(session):
        _absorb(session, rule, look(session, rule, as_of).hits, as_of=as_of, actor=actor, at=now_utc())


def count_gaps(session: Session) -> int:
    """Printed gaps that stand."""
    return session.scalar(select(func.count()).select_from(PrintedGap).where(PrintedGap.withdrawn_at.is_(None))) or 0
