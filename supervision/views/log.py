"""/supervision/log: a search over the trail in its own small language, and what it found as a file."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from portal.accounts.permissions import Permission
from portal.kernel.errors import NotAllowed, NotFound, ProductError, Refused
from portal.oversight.cases.links.queries import LinkKind
from portal.trail.search.queries import MOST_COUNTED, count_found
from portal.trail.search.rules import WINDOW_DAYS
from portal.web import access, exports
from portal.web.access import requires
from portal.web.actors import learn_actors
from portal.web.language import gettext as _
from portal.web.marked import marked_file
from portal.web.sessions import database
from portal.web.witness import witness
from supervision import trail_words as words
from supervision.case_links import known_cases
from supervision.case_sources import event_of
from supervision.read_pages import passage_to
from supervision.trail_pages import (
    EXPORT_MOST,
    all_found,
    bound_subjects,
    facts_of,
    found_page,
    published_size,
    sight_of,
    wanted_of,
)

blueprint = Blueprint("supervision_log", __name__, template_folder="../templates", url_prefix="/supervision")
Page = str | tuple[str, int]


@blueprint.get("/log")
@requires(Permission.VIEW_TRAIL)
def index() -> Page:
    """What was found, the latest first; a query that is not understood says where."""
    text = request.args.get("q", "")
    try:
        wanted, sight = wanted_of(text), sight_of()
        refuse_unbound(bound_subjects(wanted.query))
    except ProductError as error:
        return render_template(
            "supervision/log.html", q=text, error=error, page=None, words=words, window=WINDOW_DAYS
        ), error.status
    page, count = found_page(wanted, sight, request.args.get("after")), count_found(database(), wanted, sight)
    if not request.args.get("after"):
        witness("log.searched", [("log", "search")], seen={"query": text, "found": count})
    return render_template(
        "supervision/log.html", q=text, error=None, page=page, count=count, most=MOST_COUNTED, words=words, wanted=wanted,
        window=WINDOW_DAYS, url=_address(text), limit=EXPORT_MOST,
    )  # fmt: skip


def refuse_unbound(subjects: list[tuple[str, str]]) -> None:
    """Searching somebody's number is reading his trail: it needs what that needs."""
    for kind, no in subjects:
        if not passage_to(kind, no).is_open:
            raise NotAllowed(
                f"查 {kind} {no} 的留痕要先登记凭什么查", why="按某一户、某个人或某个账号查，等于查阅他的留痕",
                fix=f"先打开 /supervision/trail/{kind}/{no} 登记", code="read_not_bound",
            )  # fmt: skip


def _address(text: str) -> object:
    def url(after: str | None) -> str:
        given = {name: value for name, value in {"q": text, "after": after or ""}.items() if value}
        return access.path_of("/supervision/log") + (f"?{urlencode(given)}" if given else "")

    return url


@blueprint.get("/log/<event_id>")
@requires(Permission.VIEW_TRAIL)
def show(event_id: str) -> str:
    """One act, as plainly as the search shows it: what a case is linked to. That it was looked at is recorded."""
    hit = event_of(event_id)
    learn_actors([hit.actor])
    witness("trail.read", [("event", event_id)])
    return render_template(
        "supervision/log_event.html", hit=hit, words=words, published=published_size()[0],
        known=known_cases(LinkKind.EVENT, event_id),
    )  # fmt: skip


@blueprint.get("/log.<suffix>")
@requires(Permission.VIEW_TRAIL)
def download(suffix: str) -> Response:
    """The same events as a file: marked, counted, recorded. Too many are refused with how many there are."""
    if suffix not in exports.SUFFIXES or not access.can(Permission.EXPORT_LISTS):
        raise NotFound("没有这个文件", fix="从留痕查询页下载")
    wanted, sight = wanted_of(request.args.get("q", "")), sight_of()
    refuse_unbound(bound_subjects(wanted.query))
    if count_found(database(), wanted, sight, EXPORT_MOST) > EXPORT_MOST:
        raise Refused(
            f"结果超过 {EXPORT_MOST} 条，不能一次导出", why="一次导出太多，说不清拿去做什么", fix="缩短时间，或再加条件"
        )
    made = marked_file((facts_of(hit) for hit in all_found(wanted, sight)), columns(), "trail", suffix)
    witness(
        "list.exported", [("list", "trail"), ("export", made.number)],
        seen={**made.about, "query": wanted.query.text, "suffix": suffix},
    )  # fmt: skip
    return made.answer


def columns() -> list[exports.Column]:
    """The columns of the file."""
    named = (
        ("at", _("时间")), ("actor", _("操作人")), ("action", _("动作")), ("division", _("区划或单位")), ("kind", _("对象种类")),
        ("no", _("对象编号")), ("leaf_index", _("公开留痕第几条")), ("event_id", _("留痕编号")),
    )  # fmt: skip
    return [exports.Column(code, label, "number" if code == "leaf_index" else "text") for code, label in named]
