"""`/flow`: which picture an address asks for, its place on the way up, and its figures in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import quote, urlencode

from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.public.pages.flow import FlowView, shown_name
from portal.public.pages.sentence import Sentence, plain_sentence, sentence
from portal.registers.divisions import queries as divisions
from portal.registers.funds.flow import FlowPicture
from portal.registers.funds.flows.queries import node_names, read_flow, years_available
from portal.registers.funds.flows.rules import Focus, parse_focus
from portal.web.filters import money_words, share
from portal.web.language import gettext as _

ROOTABLE = frozenset({"source", "kind", "unit", "area"})
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


def flow_page(session: Session, root: str, year: int | None, focus_text: str | None, today: date) -> FlowPage:
    """The picture of a focus and year (the latest with money by default), read with one set of rows."""
    focus = parse_focus(focus_text)
    years = years_available(session)
    chosen = year or (years[0] if years else today.year)
    trail, place = trail_of(session, root, chosen, focus)
    picture = linked(read_flow(session, chosen, focus, as_of=today), chosen)
    query = flow_query(chosen, str(focus))
    view = FlowView(picture, root, f"{root}/flow/table?{query}")
    choices = [(y, f"{root}/flow?{flow_query(y, str(focus))}") for y in sorted({*years[:6], chosen})]
    said = sentence(picture.summary, chosen, place)
    return FlowPage(view, place, chosen, choices, trail, said, finding(picture), f"{root}/flow", query)


def flow_query(year: int, focus: str = "") -> str:
    """The query of a picture's address."""
    return urlencode({"year": year, **({"focus": focus} if focus else {})}, safe=":", quote_via=quote)


def linked(picture: FlowPicture, year: int) -> FlowPicture:
    """The picture with an address on every node: start again from it, or its own page."""
    return replace(picture, nodes=tuple(replace(n, href=node_href(n.id, year, picture.focus)) for n in picture.nodes))


def node_href(node_id: str, year: int, focus: str) -> str:
    """Where a node leads; what has no page of its own leads to the table."""
    kind, _colon, rest = node_id.partition(":")
    code = rest.rpartition("@")[0] if rest[-2:-1] == "@" else rest
    if kind in ROOTABLE and code:
        return "/flow?" + flow_query(year, f"{kind}:{code}")
    if kind == "small" and code:
        return "/flow?" + flow_query(year, f"area:{code}")
    if kind == "project" and code:
        return f"/projects/{quote(code, safe='')}"
    if kind == "payees" and code:
        return f"/funds/{quote(code, safe='')}"
    return "/flow/table?" + flow_query(year, focus)


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


def finding(picture: FlowPicture) -> str:
    """The title of the drawing: what it shows first, in words and from its own nodes."""
    summary = picture.summary
    holders = sorted((n for n in picture.nodes if n.held_fen > 0), key=lambda n: (-n.held_fen, n.id))
    if any(n.held_fen < 0 for n in picture.nodes):
        worst = min(picture.nodes, key=lambda n: n.held_fen)
        return str(_("%(who)s的账对不上，差 %(sum)s", who=shown_name(worst), sum=money_words(-worst.held_fen)))
    if not holders or summary.held_fen <= 0:
        return str(_("收到的钱都已往下走，没有停下的"))
    first = holders[0]
    part = share(first.held_fen, summary.held_fen)
    said = {"sum": money_words(summary.held_fen), "share": part, "who": shown_name(first)}
    return str(_("停下来的 %(sum)s，%(share)s 在%(who)s", **said))
