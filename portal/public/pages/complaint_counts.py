"""Counts of complaints for everybody: closed quarters by county, and their columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portal.oversight.complaints.counts.queries import Told, ToldPeriod
from portal.oversight.complaints.counts.rules import FIGURES, Quarter
from portal.web.exports import Column
from portal.web.language import gettext as _


def quarter_words(quarter: Quarter) -> str:
    """A quarter in words."""
    return _("%(year)s 年第 %(n)s 季度", year=quarter.year, n=quarter.number)


def period_words(told: Told) -> str:
    """One quarter, or from one to another."""
    first, last = Quarter.of(told.first_on), Quarter.of(told.last_on)
    if first == last:
        return quarter_words(first)
    return _("%(first)s 至 %(last)s", first=quarter_words(first), last=quarter_words(last))


def place_words(place: str) -> str:
    """A county's name as it was told; the line of all the others."""
    return place or _("其他地方合计")


def count_columns() -> list[Column]:
    """Columns of the page and of its files."""
    return [
        Column("first_day", _("从"), "date"), Column("last_day", _("到"), "date"), Column("place", _("地方")),
        Column("received", _("收到"), "number"), Column("answered", _("答复"), "number"),
        Column("in_time", _("其中没有超期"), "number"), Column("petitions", _("其中信访事项"), "number"),
        Column("granted", _("信访予以支持"), "number"),
        Column("appealed", _("申诉、复查"), "number"), Column("rated", _("办完后评价"), "number"),
        Column("satisfied", _("其中满意"), "number"), Column("published_on", _("公布日期"), "date"),
        Column("version", _("第几版"), "number"), Column("why", _("更正原因")), Column("sha256", _("内容摘要")),
    ]  # fmt: skip


def count_rows(periods: Sequence[ToldPeriod]) -> list[dict[str, Any]]:
    """The lines for a download, every version of them; an empty cell is one that is too small to be told."""
    return [
        {
            "first_day": told.first_on, "last_day": told.last_on, "place": place_words(line["place"]),
            **{name: line["figures"].get(name) for name in FIGURES}, "published_on": told.published_on,
            "version": told.version, "why": told.why, "sha256": told.sha256,
        }
        for period in periods
        for told in (period.now, *period.earlier)
        for line in told.lines
    ]  # fmt: skip
