"""`/complaints`: how many reports came in and what became of them, never fewer than the smallest cell at a time."""

from __future__ import annotations

from flask import Response, render_template

from portal.oversight.complaints.counts.queries import told_periods
from portal.oversight.complaints.counts.rules import FIGURES
from portal.public.door import door
from portal.public.pages import complaint_counts as pages
from portal.web.access import public
from portal.web.exports import download
from portal.web.sessions import database


@door.get("/complaints")
@public
def complaint_counts() -> str:
    """What was told of closed quarters, the latest first, as it was told."""
    columns = [column for column in pages.count_columns() if column.code in FIGURES]
    return render_template(
        "public/complaint_counts.html", periods=told_periods(database()), columns=columns,
        period_words=pages.period_words, place_words=pages.place_words,
    )  # fmt: skip


@door.get("/complaints.<any(json, csv, xlsx):suffix>")
@public
def complaint_counts_file(suffix: str) -> Response:
    """The same as a file, with every earlier version."""
    return download(pages.count_rows(told_periods(database())), pages.count_columns(), "complaints", suffix)
