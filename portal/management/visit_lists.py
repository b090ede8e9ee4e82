"""Console lists of visits: every visit 走访, and the households that nobody has visited for the longest time 该走访的户."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start
from portal.management import visit_words as words
from portal.management.register_fields import Kind
from portal.management.register_pages import Column, Filter, RegisterPage, Row, Wanted
from portal.registers.corrections import RecordRow
from portal.registers.helpers.check_ins.boards import queries as boards
from portal.registers.helpers.check_ins.overdue.queries import list_unvisited
from portal.registers.recipients import queries as recipients
from portal.registers.recipients.disclosure import household_row


def _visits(
    session: Session, within: Collection[str], wanted: Wanted, after: Start | None, limit: int
) -> Sequence[Row]:
    chosen = boards.VisitFilter(
        helper=wanted.get("helper", ""),
        household=wanted.get("household", ""),
        state=wanted.get("state", ""),
        visit=wanted.get("visit", ""),
        source=wanted.get("source", ""),
        since=date.fromisoformat(wanted["since"]) if "since" in wanted else None,
        until=date.fromisoformat(wanted["until"]) if "until" in wanted else None,
    )
    inside = [wanted["division"]] if "division" in wanted else within
    return boards.list_visits(session, inside, chosen, today_cn(), after, limit)


def _none(_session: Session, _name: str) -> RecordRow:
    raise NotFound("没有这个清单")


def _nowhere(_session: Session, _record: RecordRow) -> str | None:
    return None


BOARDS = (
    ("/console/unvisited", _l("该走访的户")),
    ("/console/visits/calendar", _l("日历")),
    ("/console/visits/map", _l("地图")),
    ("/console/visits/paper", _l("纸质走访")),
    ("/console/visits/samples", _l("抽查")),
)

VISITS = RegisterPage(
    slug="visits",
    title=_l("走访记录"),
    one=_l("走访"),
    read=Permission.VIEW_HELPERS,
    write=Permission.JUDGE_VISITS,
    shows=False,
    boards=BOARDS,
    note=_l("不选日期、帮扶人和户，就列最近 90 天。写明原因的“无法走访”也是完整的走访。"),
    empty=_l("放宽或清除筛选再查；走访由帮扶人在手机上登记，没有手机的交纸质表。"),
    columns=(
        Column("visited_on", _l("走访日期"), Kind.DATE, href=lambda row: f"/console/visits/{row['claim_id']}"),
        Column("household_no", _l("户编号"), href=lambda row: f"/console/households/{row['household_no']}"),
        Column("head_name", _l("户主")),
        Column("division_code", _l("村（居）"), Kind.DIVISION),
        Column("helper_name", _l("帮扶人"), href=lambda row: f"/console/helpers/{row['helper_no']}"),
        Column("source", _l("来源"), Kind.CHOICE),
        Column("visit", _l("走访"), Kind.CHOICE, tags=words.VISIT_TAGS, words=words.VISITS),
        Column("not_possible_reason", _l("原因"), Kind.CHOICE),
        Column("distance_m", _l("离户（米）"), Kind.NUMBER),
        Column("photo_count", _l("照片"), Kind.NUMBER),
        Column("open_questions", _l("待说明"), Kind.NUMBER),
        Column("state", _l("状态"), Kind.CHOICE, tags=words.STATE_TAGS, words=words.STATES),
    ),
    key=("visited_on", "id"),
    rows=_visits,
    record_name="claim_id",
    shape=household_row,
    filters=(
        Filter("helper", _l("帮扶人编号，或姓名的开头")),
        Filter("household", _l("户编号")),
        Filter("division", _l("区划"), Kind.DIVISION),
        Filter("state", _l("状态"), Kind.CHOICE, tuple(words.STATES.items())),
        Filter("visit", _l("走访"), Kind.CHOICE, tuple(words.VISITS.items())),
        Filter("source", _l("来源"), Kind.CHOICE, tuple(words.SOURCES.items())),
        Filter("since", _l("从哪天"), Kind.DATE),
        Filter("until", _l("到哪天"), Kind.DATE),
    ),
    fields=(),
    find=_none,
    place=_nowhere,
    heading=lambda _record: "",
    history=lambda _session, _number: (),
)


def _unvisited(
    session: Session, within: Collection[str], wanted: Wanted, after: Start | None, limit: int
) -> Sequence[Row]:
    return list_unvisited(
        session,
        [wanted["division"]] if "division" in wanted else within,
        today_cn(),
        days=int(wanted["days"]) if "days" in wanted else None,
        category=wanted.get("category", ""),
        after=after,
        limit=limit,
    )


def _categories() -> Sequence[tuple[str, Any]]:
    return tuple((value.value, _l(value.value)) for value in recipients.Category)


UNVISITED = RegisterPage(
    slug="unvisited",
    title=_l("该走访的户"),
    one=_l("一户"),
    read=Permission.VIEW_HELPERS,
    write=Permission.EDIT_HELPERS,
    shows=False,
    boards=(("/console/visits", _l("全部走访")), ("/console/pairings/gaps", _l("没有帮扶人的户、村、项目"))),
    note=_l("在册的户，最久没有人去的排在最前；判为不计的走访不算。只排户，不给帮扶人排名。"),
    empty=_l("放宽或清除筛选再查。"),
    columns=(
        Column("household_no", _l("户编号"), href=lambda row: f"/console/households/{row['household_no']}"),
        Column("head_name", _l("户主")),
        Column("division_code", _l("村（居）"), Kind.DIVISION),
        Column("category", _l("对象类别"), Kind.CHOICE),
        Column("helpers", _l("帮扶人")),
        Column("last_on", _l("上次走访"), Kind.DATE),
        Column("days", _l("已经几天"), Kind.NUMBER),
        Column("cycle_days", _l("规定周期（天）"), Kind.NUMBER),
        Column("late_days", _l("晚了几天"), Kind.NUMBER),
        Column("standing", _l("现在"), Kind.CHOICE, tags=words.STANDING_TAGS, words=words.STANDINGS),
    ),
    key=("since", "id"),
    rows=_unvisited,
    record_name="household_no",
    shape=household_row,
    filters=(
        Filter("division", _l("区划"), Kind.DIVISION),
        Filter("category", _l("对象类别"), Kind.CHOICE, _categories),
        Filter("days", _l("至少多少天没有走访"), Kind.NUMBER),
    ),
    fields=(),
    find=_none,
    place=_nowhere,
    heading=lambda _record: "",
    history=lambda _session, _number: (),
)

PAGES = (VISITS, UNVISITED)
