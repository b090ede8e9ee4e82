"""`/flow`: which picture an address asks for, its place on the way up, and its figures in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.public.pages.flow import FlowView, largest_holders
from portal.public.pages.flow_address import flow_query
from portal.public.pages.sentence import Sentence, plain_sentence, sentence
from portal.registers.divisions import queries as divisions
from portal.registers.funds.flows.queries import node_names, read_picture
from portal.registers.funds.flows.rules import Focus, parse_focus
from portal.registers.funds.totals.queries import years_available
from portal.web.filters import money_words, share
from portal.web.language import gettext as _

Link = tuple[str, str]


@dataclass(frozen=True)
class FlowPage:
    """One picture with everything around it."""

    view: FlowView
    place: str
    year: int
    years: Sequence[tuple[int, str]]
    trail: Sequence[Link]
    sentence: Sentence
    finding: str
    path: str
    query: str

    @property
    def suffix(self) -> str:
        """The query with its question mark."""
        return f"?{self.query}" if self.query else ""

    @property
    def plain(self) -> str:
        """The sentence as plain text, for data and titles."""
        return plain_sentence(self.view.picture.summary, self.year, self.place)


def flow_page(
    session: Session, root: str, year: int | None, focus_text: str | None, today: date, *, whole: bool = False
) -> FlowPage:
    """The picture of a focus and year (the latest with money by default), read with one set of rows.

    `whole` names every node, for the table and the files; a page names what it shows.
    """
    focus = parse_focus(focus_text)
    years = years_available(session)
    chosen = year or (years[0] if years else today.year)
    trail, place = trail_of(session, root, chosen, focus)
    query = flow_query(chosen, str(focus))
    picture = read_picture(session, chosen, focus, as_of=today)
    naming = partial(node_names, session, year=chosen, focus=focus)
    view = FlowView(picture, root, f"{root}/flow/table?{query}", naming, whole=whole)
    choices = [(y, f"{root}/flow?{flow_query(y, str(focus))}") for y in sorted({*years[:6], chosen})]
    said = sentence(picture.summary, chosen, place)
    return FlowPage(view, place, chosen, choices, trail, said, finding(view), f"{root}/flow", query)


def trail_of(session: Session, root: str, year: int, focus: Focus) -> tuple[list[Link], str]:
    """The way up to the treasury, and the name of what is in focus."""
    everything = f"{root}/flow?{flow_query(year)}"
    if not focus.kind:
        return [(f"{root}/", _("首页"))], home_place(session)
    if focus.kind == "area":
        steps = divisions.name_path(session, focus.code, top=1)
        if not steps:
            raise NotFound("没有这个区划", fix="核对 12 位区划代码，或按名称搜索")
        above = [(f"{root}/flow?{flow_query(year, f'area:{s.code}')}", s.name) for s in steps[:-1]]
        return [(everything, _("全部来源")), *above], steps[-1].name
    name = node_names(session, [str(focus)], year, focus).get(str(focus), focus.code)
    return [(everything, _("全部来源"))], str(_(name)) if focus.kind in ("source", "kind") else name


def home_place(session: Session) -> str:
    """The name of the site's whole area: from the top down while there is only one."""
    place, code = _("全部地区"), None
    for _level in range(3):
        below = divisions.list_children(session, code)
        if len(below) != 1:
            break
        place, code = below[0].name, below[0].code
    return str(place)


def finding(view: FlowView) -> str:
    """The title of the drawing: what it shows first, in words and from its own nodes."""
    summary = view.summary
    first = next(iter(largest_holders(view.picture, 1)), None)
    if first is not None and first.held_fen < 0:
        return str(_("%(who)s的账对不上，差 %(sum)s", who=view.name(first.id), sum=money_words(-first.held_fen)))
    if first is None or summary.held_fen <= 0:
        return str(_("收到的钱都已往下走，没有停下的"))
    part = share(first.held_fen, summary.held_fen)
    said = {"sum": money_words(summary.held_fen), "share": part, "who": view.name(first.id)}
    return str(_("停下来的 %(sum)s，%(share)s 在%(who)s", **said))
