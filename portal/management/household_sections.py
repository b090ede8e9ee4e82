"""What hangs on a household's page: its members, its income of the last twelve months, its helpers.

Put together here, because a lower register never knows who refers to it.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.kernel.clock import day_cn, today_cn
from portal.kernel.money import format_yuan
from portal.management.procedure_sections import procedure_sections
from portal.management.register_fields import Kind
from portal.management.register_pages import Cell, Section
from portal.management.visit_words import ACTIVITIES, REASONS, STATE_TAGS, STATES, VISITS
from portal.registers.corrections import RecordRow
from portal.registers.helpers.check_ins.queries import visits_of_household
from portal.registers.helpers.queries import pairings_of_household
from portal.registers.helpers.rules import is_in_force
from portal.registers.recipients import queries as recipients
from portal.registers.recipients.disclosure import Member, member
from portal.registers.recipients.incomes.computing.queries import Computation, Item, computation_of
from portal.web import access
from portal.web.filters import listing

ID_WORDS = {
    "ok": "对",
    "bad_check": "校验码不对",
    "bad_date": "日期不对",
    "bad_prefix": "地区码不对",
    "no_id": "无证件",
}
SHOWN_INCOMES = 20
SHOWN_VISITS = 12


def household_sections(session: Session, record: RecordRow, full: bool) -> Sequence[Section]:
    """Members, incomes and pairings of a household."""
    return (
        _members(session, record, full),
        *procedure_sections(session, record),
        _incomes(session, record),
        _pairings(session, record),
        *_visits(session, record),
    )


def _to_add(record: RecordRow, slug: str, label: str, permission: Permission) -> Sequence[tuple[str, str]]:
    if not access.can(permission, record.values["division_code"]):
        return ()
    return ((f"/console/{slug}/new?household_no={record.values['no']}", label),)


def _members(session: Session, record: RecordRow, full: bool) -> Section:
    people = [member(p.id, p.values, full) for p in recipients.list_persons(session, record.id)]
    together = sum(1 for p in people if p.lives_together)
    return Section(
        _("家庭成员"),
        (
            _("姓名"),
            _("与户主关系"),
            _("共同生活"),
            _("性别"),
            _("出生年"),
            _("劳动能力"),
            _("健康状况"),
            _("证件号码"),
            _("号码自检"),
        ),
        [_member_cells(p) for p in people],
        _("还没有登记成员。"),
        links=_to_add(record, "persons", _("登记家庭成员"), Permission.EDIT_HOUSEHOLDS),
        note=_("%(n)s 人，共同生活 %(c)s 人（人均按共同生活的人算）", n=len(people), c=together),
    )


RELATIONS = (_l("户主"), _l("配偶"), _l("子女"), _l("父母"), _l("孙子女"))  # the usual words, so that they have English


def _member_cells(p: Member) -> Sequence[Cell]:
    state = "" if p.id_check in ("", "ok") else "warn"
    return (
        Cell(p.name, f"/console/persons/{p.id}"),
        Cell(_(p.relation) if p.relation else "—"),
        Cell(_("是") if p.lives_together else _("否")),
        Cell(_(p.sex) if p.sex else "—"),
        Cell(p.born_year or "—"),
        Cell(_(p.labour) if p.labour else "—"),
        Cell(_(p.health) if p.health else "—"),
        Cell(p.id_form or _("没有登记")),
        Cell(_(ID_WORDS[p.id_check]) if p.id_check in ID_WORDS else "—", tag=state),
    )


def _incomes(session: Session, record: RecordRow) -> Section:
    it = computation_of(session, record.id, today_cn())
    return Section(
        _("近 12 个月收入"),
        (_("发生日期"), _("收入项目"), _("净额（元）"), _("是否计入"), _("依据"), _("凭证号")),
        [_income_cells(item) for item in it.items[:SHOWN_INCOMES]],
        _("近 12 个月没有收入记录：是不知道，不是零。"),
        links=(
            (f"/console/households/{record.values['no']}/income", _("收入核算")),
            (f"/console/incomes?household={record.values['no']}", _("全部收入明细")),
            *_to_add(record, "incomes", _("登记一笔收入"), Permission.EDIT_HOUSEHOLDS),
        ),
        note=_income_note(it),
    )


def _income_note(it: Computation) -> str:
    if it.total_fen is None:
        return ""
    words: str = _("计入收入合计 %(sum)s 元", sum=format_yuan(it.total_fen))
    if it.per_head_fen is not None:
        words += _("，人均 %(sum)s 元", sum=format_yuan(it.per_head_fen))
    if it.line_fen is not None:
        words += _("；收入线 %(line)s 元（%(basis)s）", line=format_yuan(it.line_fen), basis=it.line_basis)
    return words


def _income_cells(item: Item) -> Sequence[Cell]:
    return (
        Cell(item.values["occurred_on"].isoformat(), f"/console/incomes/{item.income_id}"),
        Cell(_(item.values["item"])),
        Cell(format_yuan(item.net_fen), kind=Kind.MONEY),
        Cell(_("计入") if item.counts else _("不计入"), tag="ok" if item.counts else "warn"),
        Cell(_(item.why)),
        Cell(item.values["voucher_no"] or "—"),
    )


def _pairings(session: Session, record: RecordRow) -> Section:
    today = today_cn()
    rows = pairings_of_household(session, record.id)
    return Section(
        _("帮扶人"),
        (_("帮扶人"), _("编号"), _("开始日期"), _("结束日期"), _("走访周期（天）"), _("现在")),
        [
            (
                Cell(row["helper_name"], f"/console/helpers/{row['helper_no']}"),
                Cell(row["helper_no"]),
                Cell(row["started_on"].isoformat(), f"/console/pairings/{row['id']}"),
                Cell(row["ended_on"].isoformat() if row["ended_on"] else "—"),
                Cell(row["visit_days"] or _("按规定"), kind=Kind.NUMBER),
                _now(is_in_force(row["started_on"], row["ended_on"], today)),
            )
            for row in rows
        ],
        _("没有帮扶人（H06）。"),
        links=_to_add(record, "pairings", _("登记结对"), Permission.EDIT_HELPERS),
    )


def _now(in_force: bool) -> Cell:
    return Cell(_("在帮扶") if in_force else _("已结束"), tag="ok" if in_force else "")


def _visits(session: Session, record: RecordRow) -> Sequence[Section]:
    if not access.can(Permission.VIEW_HELPERS, record.values["division_code"]):
        return ()
    rows = visits_of_household(session, record.id, limit=SHOWN_VISITS)
    no = record.values["no"]
    return (
        Section(
            _("走访"),
            (_("走访日期"), _("帮扶人"), _("走访"), _("做了什么"), _("照片"), _("状态")),
            [
                (
                    Cell(day_cn(row.captured_at).isoformat(), f"/console/visits/{row.claim_id}"),
                    Cell(row.helper_name, f"/console/helpers/{row.helper_no}"),
                    Cell(str(VISITS[row.visit])),
                    Cell(_what(row.activities, row.not_possible_reason)),
                    Cell(row.photo_count, kind=Kind.NUMBER),
                    Cell(str(STATES[row.state]), tag=STATE_TAGS.get(row.state, "")),
                )
                for row in rows
            ],
            _("还没有走访记录。"),
            links=(
                (f"/console/visits?household={no}", _("全部走访")),
                *_to_add(record, "visits/paper", _("录入纸质走访"), Permission.ENTER_VISITS),
            ),
        ),
    )


def _what(activities: Sequence[str], reason: str | None) -> str:
    if reason:
        return str(REASONS.get(reason, reason))
    return listing().join(str(ACTIVITIES.get(one, one)) for one in activities) or "—"
