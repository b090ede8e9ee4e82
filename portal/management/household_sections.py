"""What hangs on a household's page: its members, its income of the last twelve months, its helpers.

Put together here, because a lower register never knows who refers to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.money import format_yuan
from portal.management.register_fields import Kind
from portal.management.register_pages import Cell, Section
from portal.registers.corrections import RecordRow
from portal.registers.divisions.parameters.queries import find_value
from portal.registers.helpers.queries import pairings_of_household
from portal.registers.helpers.rules import is_in_force
from portal.registers.recipients import queries as recipients
from portal.registers.recipients.disclosure import Member, member
from portal.registers.recipients.incomes import queries as incomes
from portal.web import access

ID_WORDS = {
    "ok": "对",
    "bad_check": "校验码不对",
    "bad_date": "日期不对",
    "bad_prefix": "地区码不对",
    "no_id": "无证件",
}
SHOWN_INCOMES = 20


def household_sections(session: Session, record: RecordRow, full: bool) -> Sequence[Section]:
    """Members, incomes and pairings of a household."""
    return (
        _members(session, record, full),
        _incomes(session, record),
        _pairings(session, record),
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
            _("健康"),
            _("证件号码"),
            _("号码自检"),
        ),
        [_member_cells(p) for p in people],
        _("还没有登记成员。"),
        links=_to_add(record, "persons", _("登记家庭成员"), Permission.EDIT_HOUSEHOLDS),
        note=_("%(n)s 人，共同生活 %(c)s 人（人均按共同生活的人算）", n=len(people), c=together),
    )


def _member_cells(p: Member) -> Sequence[Cell]:
    state = "" if p.id_check in ("", "ok") else "warn"
    return (
        Cell(p.name, f"/console/persons/{p.id}"),
        Cell(p.relation or "—"),
        Cell(_("是") if p.lives_together else _("否")),
        Cell(p.sex or "—"),
        Cell(p.born_year or "—"),
        Cell(_(p.labour) if p.labour else "—"),
        Cell(_(p.health) if p.health else "—"),
        Cell(p.id_form or _("没有登记")),
        Cell(_(ID_WORDS[p.id_check]) if p.id_check in ID_WORDS else "—", tag=state),
    )


def first_month_day(today: date) -> date:
    """The first day of the twelve calendar months that end with this month (rolling12)."""
    month = today.year * 12 + today.month - 1 - 11
    return date(month // 12, month % 12 + 1, 1)


def _incomes(session: Session, record: RecordRow) -> Section:
    today, village = today_cn(), record.values["division_code"]
    lines = incomes.list_incomes(session, record.id, first_month_day(today), today)
    local = incomes.local_rules(session, {line.values["item"] for line in lines}, village, today)
    lines = incomes.list_incomes(session, record.id, first_month_day(today), today, local) if local else lines
    return Section(
        _("近 12 个月收入"),
        (_("发生日期"), _("收入项目"), _("净额（元）"), _("是否计入"), _("依据"), _("凭证号")),
        [_income_cells(line) for line in lines[:SHOWN_INCOMES]],
        _("近 12 个月没有收入记录：是不知道，不是零。"),
        links=(
            (f"/console/incomes?household={record.values['no']}", _("全部收入明细")),
            *_to_add(record, "incomes", _("登记一笔收入"), Permission.EDIT_HOUSEHOLDS),
        ),
        note=_income_note(session, record, incomes.counted_fen(lines), bool(lines), today),
    )


def _income_note(session: Session, record: RecordRow, total_fen: int, known: bool, today: date) -> str:
    if not known:
        return ""
    _everybody, together = recipients.count_members(session, record.id)
    line = find_value(session, "poverty_line", record.values["division_code"], today)
    words: str = _("计入收入合计 %(sum)s 元", sum=format_yuan(total_fen))
    if together:
        words += _("，人均 %(sum)s 元", sum=format_yuan(total_fen // together))
    if line is not None:
        words += _("；收入线 %(line)s 元（%(basis)s）", line=format_yuan(line.fen), basis=line.basis)
    return words


def _income_cells(line: incomes.IncomeLine) -> Sequence[Cell]:
    return (
        Cell(line.occurred_on.isoformat(), f"/console/incomes/{line.values['id']}"),
        Cell(_(line.values["item"])),
        Cell(format_yuan(line.net_fen), kind=Kind.MONEY),
        Cell(_("计入") if line.counted.counts else _("不计入"), tag="ok" if line.counted.counts else "warn"),
        Cell(line.counted.basis),
        Cell(line.values["voucher_no"] or "—"),
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
