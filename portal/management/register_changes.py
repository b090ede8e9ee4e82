"""One change of a record on a page of its own: before and after, by whom and from where, its event and the proof."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template

from portal.kernel.errors import NotFound
from portal.management import register_cells as cells
from portal.management.register_pages import RegisterPage
from portal.management.register_rows import record_of
from portal.trail.queries import Entry, get_event
from portal.web import access
from portal.web.sessions import database


@dataclass(frozen=True)
class OneChange:
    """The n-th of a record's changes, counted from the first registration."""

    n: int
    of: int
    past: cells.Past
    rows: list[cells.Difference]
    event: Entry | None


def change(page: RegisterPage, name: str, n: int) -> str:
    """A change for review; the number counts from the first registration, so an address never comes to mean another."""
    record = record_of(page, name, page.read)
    session, place = database(), page.place(database(), record)
    full = access.can(page.full, place)
    history = page.history(session, record.id)
    if not 1 <= n <= len(history):
        raise NotFound("没有这次改动", fix="从记录的经过里进入")
    version = history[-n]
    past = cells.past(session, page, [version], full)[0]
    rows = cells.entered(session, page, version, full) if version.is_first else list(past.differences)
    event = get_event(session, version.source.event_id) if version.source and version.source.event_id else None
    one = OneChange(n, len(history), past, rows, event)
    return render_template(
        "console/register_change.html", page=page, name=name, record=record, one=one,
        parent=page.parent(session, record) if page.parent else None,
    )  # fmt: skip
