"""Running the rules, and writing down the gaps that an import met in a printed table."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.checks.catalogue import RULES
from portal.checks.models import CheckRun, PrintedGap
from portal.checks.registry import Looking, Rule
from portal.kernel.database import now_utc, reserve_ids
from portal.oversight.leads.actions import Hit, RuleFacts, absorb_hits
from portal.registers.divisions.parameters.queries import list_rows_of
from portal.registers.recipients.queries import count_listed_persons
from portal.trail import actions as trail
from portal.trail.encoding import row_digest

SUBJECT = ("subject_kind", "subject_no", "division_code", "household_no", "person_id")


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


def run_rules(session: Session, rules: Sequence[Rule], *, as_of: date, actor: str, engine: str = "sql") -> RunResult:
    """Run rules as of a day, bring the leads in line, and keep the run so that it can be replayed.

    A run for a day before the newest run of a rule is a look into the past: it reports the hits and leaves the leads,
    which already know more, as they are.
    """
    started, clock = now_utc(), time.monotonic()
    newest = _newest_as_of(session)
    results: list[dict[str, Any]] = []
    compared = 0
    for rule in rules:
        seen = look(session, rule, as_of)
        compared += len(seen.hits)
        past = as_of < newest.get(rule.code, as_of)
        counts: Mapping[str, int] = {"opened": 0, "refreshed": 0, "closed": 0}
        if not past:
            counts = absorb_hits(session, _facts(rule), seen.hits, as_of=as_of, actor=actor)
        results.append(
            {
                "code": rule.code, "version": rule.version, "hits": len(seen.hits),
                "opened": counts["opened"], "refreshed": counts["refreshed"], "closed": counts["closed"],
                "parameters": seen.parameters, "digest": digest_of(seen.hits), "past": past,
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
        after={"as_of": as_of.isoformat(), "rules": [r["code"] for r in results], "hits": [r["hits"] for r in results]},
        public={"rules": [{"code": r["code"], "version": r["version"]} for r in results]},
    )  # fmt: skip
    session.flush()
    shown = [{k: v for k, v in r.items() if k != "digest"} for r in results]
    return RunResult(run.no, as_of, engine, persons, run.rows_compared, round(time.monotonic() - clock, 3), shown)


def look(session: Session, rule: Rule, as_of: date) -> _Seen:
    """Evaluate one rule, changing nothing: its hits and the parameters that were in force."""
    seen = _Seen(rule)
    seen.parameters = _parameters(session, rule, as_of)
    seen.hits = list(_hits(session, rule, Looking(as_of, seen.parameters)))
    return seen


def _hits(session: Session, rule: Rule, looking: Looking) -> Iterator[Hit]:
    for row in session.execute(rule.expression(looking)).mappings():
        evidence = {k: _plain(v) for k, v in row.items() if k not in SUBJECT and v is not None}
        extra = evidence.pop("evidence", None)
        if isinstance(extra, dict):
            evidence.update(extra)
        yield Hit(
            row["subject_kind"], str(row["subject_no"]), evidence, row.get("division_code"), row.get("household_no"),
            row.get("person_id"),
        )  # fmt: skip


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _parameters(session: Session, rule: Rule, as_of: date) -> dict[str, str]:
    """The nation-wide value in force of each parameter the rule reads; a place's own rows are joined by the rule."""
    values = {}
    for read in rule.parameters:
        rows = [
            row for row in list_rows_of(session, read.name)
            if row.valid_from <= as_of and (row.valid_to is None or row.valid_to >= as_of) and row.division_code.endswith("0" * 10)
        ]  # fmt: skip
        values[read.name] = max(rows, key=lambda row: row.valid_from).value if rows else read.default
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
    _refresh_gaps(session, as_of, actor)
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
        _refresh_gaps(session, as_of, actor)
    return len(gaps)


def _refresh_gaps(session: Session, as_of: date, actor: str) -> None:
    rule = RULES.named(["Q10"])[0]
    absorb_hits(session, _facts(rule), look(session, rule, as_of).hits, as_of=as_of, actor=actor)


def count_gaps(session: Session) -> int:
    """Printed gaps that stand."""
    return session.scalar(select(func.count()).select_from(PrintedGap).where(PrintedGap.withdrawn_at.is_(None))) or 0
