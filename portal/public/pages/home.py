"""The home page: five questions about one year, answered from one set of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from markupsafe import Markup
from sqlalchemy.orm import Session

from portal.public.pages.areas import AreaRow, home_code, rows_below
from portal.public.pages.flow import FlowView
from portal.public.pages.flow_address import flow_query
from portal.public.pages.flow_page import finding
from portal.public.pages.postings import newest_postings
from portal.public.pages.projects import Progress, progress
from portal.public.pages.sentence import Sentence, sentence
from portal.public.pages.small import HOMES, WORKS, Small, small_svg
from portal.publishing.notices.queries import NoticeRow
from portal.registers.divisions import queries as divisions
from portal.registers.funds import queries as funds
from portal.registers.funds.disclosure import PublicLine, public_line
from portal.registers.funds.flow import Unbalanced, build_flow
from portal.registers.funds.flows.queries import flow_rows, node_names
from portal.registers.funds.flows.rules import SOURCES, Focus
from portal.registers.funds.totals.queries import years_available
from portal.web.filters import comma, in_unit, money_words, percent_width, share
from portal.web.filters import number as count
from portal.web.language import gettext as _

SHADES = ("f1", "f1b", "f1c", "f1d", "f1e")
Part = tuple[str, str]


@dataclass(frozen=True)
class Question:
    """One of the five questions with its figure and bar."""

    question: str
    figure: str
    meaning: str
    parts: Sequence[Part]
    detail: str


@dataclass(frozen=True)
class HomePage:
    """Everything on the home page."""

    place: str
    code: str
    year: int
    as_of: date
    sentence: Sentence
    questions: Sequence[Question]
    view: FlowView
    finding: str
    small: Markup | None
    strip: Markup | None
    flow_url: str
    areas: Sequence[AreaRow]
    latest: Sequence[PublicLine]
    longest: Sequence[PublicLine]
    postings: Sequence[NoticeRow]


def home_page(session: Session, root: str, today: date) -> HomePage:
    """The latest year with money. A constant number of statements."""
    years = years_available(session)
    year = years[0] if years else today.year
    code = home_code(session)
    place = divisions.names_of(session, [code]).get(code, "") if code else ""
    rows = flow_rows(session, year, Focus())
    picture = build_flow(rows, year=year, focus="", as_of=today)
    naming = partial(node_names, session, year=year, focus=Focus())
    view = FlowView(picture, root, f"{root}/flow/table?{flow_query(year)}", naming)
    sums = Small(rows, today)
    title = finding(view)
    small, strip = _drawn(sums, view, root, year, title)
    return HomePage(
        place=place or str(_("全部地区")),
        code=code,
        year=year,
        as_of=today,
        sentence=sentence(picture.summary, year, place),
        questions=five_questions(sums, view, progress(session)),
        view=view,
        finding=title,
        small=small,
        strip=strip,
        flow_url=f"{root}/flow?{flow_query(year)}",
        areas=rows_below(session, year, code, today)[:8] if small else (),
        latest=[public_line(r, today) for r in funds.list_allocations(session, limit=10) if r.amount_fen > 0],
        longest=[public_line(r, today) for r in funds.longest_held(session, 5)],
        postings=newest_postings(session, today),
    )


def _drawn(sums: Small, view: FlowView, root: str, year: int, title: str) -> tuple[Markup | None, Markup | None]:
    if not view.picture.nodes:
        return None, None
    try:
        return small_svg(sums.picture(root, year), view.words(title))
    except Unbalanced:
        return None, None


def five_questions(sums: Small, view: FlowView, stages: Progress) -> list[Question]:
    """钱从哪里来、花到哪里去、干了什么事、效果怎么样、有没有问题: the wording of a provincial supervision site."""
    return [_from(sums, view), _to(sums, view), _done(stages), _effect(stages), _wrong(view)]


def _from(sums: Small, view: FlowView) -> Question:
    came = sums.by_source()
    whole = sum(came.values())
    upper = came.get("中央", 0) + came.get("省", 0)
    parts = [(percent_width(fen, whole), SHADES[min(i, 4)]) for i, fen in enumerate(came.values())]
    listed = " · ".join(f"{_(SOURCES.get(s, '来源未填'))} {in_unit(fen, view.unit)}" for s, fen in came.items())
    return Question(_("钱从哪里来"), share(upper, whole), _("来自中央和省"), parts, listed)


def _to(sums: Small, view: FlowView) -> Question:
    works, homes, held = sums.end_fen(WORKS), sums.end_fen(HOMES), view.summary.held_fen
    whole = view.summary.received_fen
    parts = [
        (percent_width(works, whole), "f5"),
        (percent_width(homes, whole), "f6"),
        (percent_width(held, whole), "hatch"),
    ]
    detail = f"{_('项目')} {money_words(works)} · {_('农户')} {money_words(homes)}"
    return Question(_("花到哪里去"), money_words(works + homes), _("已到项目或农户"), parts, detail)


def _done(stages: Progress) -> Question:
    whole = stages.total
    parts = [
        (percent_width(stages.finished, whole), "f4"),
        (percent_width(stages.building, whole), "f4b"),
    ]
    detail = _(
        "完工 %(a)s · 在建 %(b)s · 还没开工 %(c)s",
        a=count(stages.finished),
        b=count(stages.building),
        c=count(stages.waiting),
    )
    return Question(
        _("干了什么事"),
        _("%(n)s 个", n=count(whole)),
        _("项目，%(n)s 个已完工", n=count(stages.finished)),
        parts,
        detail,
    )


def _effect(stages: Progress) -> Question:
    parts = [(percent_width(stages.accepted, stages.finished), "f-ok")]
    detail = _("完工 %(a)s 个，验收 %(b)s 个", a=count(stages.finished), b=count(stages.accepted))
    meaning = _("户次受益，按验收过的项目算")
    return Question(_("效果怎么样"), _("%(n)s 户", n=count(stages.households)), meaning, parts, detail)


def _wrong(view: FlowView) -> Question:
    summary = view.summary
    net = summary.received_fen - summary.returned_fen
    held = sum(n.held_fen for n in view.picture.nodes if n.held_fen > 0)
    short = sum(1 for n in view.picture.nodes if n.held_fen < 0)
    parts = [(percent_width(net - held, net), "f-ok"), (percent_width(held, net), "hatch")]
    days = summary.longest_days
    longest = _("最久停了 %(n)s 天", n=days) if days is not None else _("没有停着的钱")
    detail = longest + comma() + (_("账对不上的 %(n)s 处", n=short) if short else _("账都对得上"))
    return Question(_("有没有问题"), share(held, net), _("还在账上，没有花出去"), parts, detail)
