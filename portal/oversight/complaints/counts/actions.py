"""Telling counts of complaints: once for each closed quarter, and a correction only as a new version with its reason."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.errors import NotFound
from portal.oversight.complaints.counts.models import CountsPublication
from portal.oversight.complaints.counts.queries import counties_of, smallest_cell, tallies
from portal.oversight.complaints.counts.rules import (
    FIGURES,
    PublicRow,
    Quarter,
    closed_until,
    correction_problem,
    counted_again,
    public_periods,
)
from portal.registers.corrections import Act, need_reason
from portal.registers.divisions import queries as divisions
from portal.trail.actions import record
from portal.trail.encoding import canonical


def publish_closed(session: Session, actor: str, at: datetime) -> int:
    """Tell every closed period that has enough and was not told yet; returns how many.

    It begins after the last quarter that was told. What was told is neither read nor counted again: whatever becomes of
    the smallest cell, of counties or of a complaint's place later, a subtraction of two publications finds nothing.
    """
    until, told = closed_until(day_cn(at)), session.scalar(select(func.max(CountsPublication.last_on)))
    since = Quarter.of(told).next if told else None
    if since is not None and since.last_day > until:
        return 0
    smallest, counties = smallest_cell(session, day_cn(at)), counties_of(session)
    periods = public_periods(tallies(session, until), counties, until, smallest, since)
    names = divisions.names_of(session, counties)
    for period in reversed(periods):
        row = CountsPublication(
            first_on=period.first.first_day, last_on=period.last.last_day, smallest=smallest, version=1,
            published_on=day_cn(at), **_told(period.first.first_day, period.last.last_day, period.rows, names),
        )  # fmt: skip
        session.add(row)
        session.flush()
        _note(session, row, "counts.published", Act(actor, ""), at)
    return len(periods)


def correct_counts(session: Session, first_on: date, act: Act, at: datetime) -> CountsPublication:
    """Count a told period again, in the same lines, as a new version; the earlier one stays readable.

    Raises NotFound, BadInput without a reason, Refused when nothing differs or when the difference is itself a small cell.
    """
    why = need_reason(act)
    row = session.scalar(select(CountsPublication).where(CountsPublication.first_on == first_on).with_for_update())
    if row is None:
        raise NotFound("没有公布过这个季度", fix="从公布的清单里找")
    smallest = max(row.smallest, smallest_cell(session, day_cn(at)))
    before = [PublicRow(line["county"], line["figures"]) for line in row.lines]
    quarters = tallies(session, row.last_on)
    after = counted_again([line.county for line in before], quarters, row.first_on, row.last_on, smallest)
    correction_problem(before, after, smallest)
    names = {line["county"]: line["place"] for line in row.lines}
    for name, value in _told(row.first_on, row.last_on, after, names).items():
        setattr(row, name, value)
    row.smallest, row.version, row.published_on, row.why = smallest, row.version + 1, day_cn(at), why
    session.flush()
    _note(session, row, "counts.corrected", replace(act, why=why), at)
    return row


def _told(first: date, last: date, rows: Sequence[PublicRow], names: Mapping[str, str]) -> dict[str, Any]:
    lines = [
        {
            "county": row.county, "place": names.get(row.county, row.county),
            "figures": {name: row.figures.get(name) for name in FIGURES},
        }
        for row in rows
    ]  # fmt: skip
    said = canonical({"first": first.isoformat(), "last": last.isoformat(), "lines": lines})
    return {"lines": lines, "sha256": hashlib.sha256(said).hexdigest()}


def _note(session: Session, row: CountsPublication, kind: str, act: Act, at: datetime) -> None:
    said = {
        "first": row.first_on.isoformat(),
        "last": row.last_on.isoformat(),
        "version": row.version,
        "sha256": row.sha256,
    }
    record(
        session, kind=kind, actor=act.actor, subjects=[("counts", row.first_on.isoformat())], after=said, public=said,
        why=act.why or None, request_id=act.request_id, at=at,
    )  # fmt: skip
