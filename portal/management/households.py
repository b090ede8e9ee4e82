"""Console pages of the recipients' register: households 户, persons 人, weak villages 经济薄弱村, incomes 收入明细."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import Refused
from portal.kernel.keyset import Start
from portal.management.household_sections import household_sections
from portal.management.register_fields import Field, Kind
from portal.management.register_pages import Column, Filter, RegisterPage, Row, Wanted
from portal.registers.corrections import Act, Change, RecordRow
from portal.registers.funds.payouts.actions import move_households
from portal.registers.recipients import actions, disclosure, queries
from portal.registers.recipients.incomes import actions as income_actions
from portal.registers.recipients.incomes import queries as incomes
from portal.registers.recipients.procedures.actions import attach_household, open_procedure
from portal.registers.recipients.procedures.queries import ProcedureKind, Source
from portal.registers.sealed import keyring_of
from portal.web.sessions import database

STATUS_TAGS = {"在册": "ok", "已脱贫": "info", "已退出": "", "已注销": "bad"}
SEXES = (("男", _l("男")), ("女", _l("女")))
DATUMS = tuple((name, name) for name in ("WGS84", "GCJ02", "BD09"))


MONITORED = frozenset({"脱贫不稳定户", "边缘易致贫户", "突发严重困难户"})
ENTERED_BY = {
    **dict.fromkeys(MONITORED, ProcedureKind.MONITOR),
    **dict.fromkeys(("低保户", "低保边缘户", "特困供养户"), ProcedureKind.DIBAO),
}
"""By which procedure a household of a category comes onto the list; the others by 建档立卡."""


def _choices(values: Iterable[str]) -> tuple[tuple[str, Any], ...]:
    return tuple((str(value), _l(str(value))) for value in values)


def _households(
    session: Session, within: Collection[str], wanted: Wanted, after: Start | None, limit: int
) -> Sequence[Row]:
    chosen = queries.HouseholdFilter(
        division=wanted.get("division", ""),
        category=wanted.get("category", ""),
        status=wanted.get("status", ""),
        cause=wanted.get("cause", ""),
        words=wanted.get("q", ""),
    )
    return queries.list_households(session, within, chosen, after, limit)


def _admit(session: Session, values: dict[str, Any], act: Act) -> str:
    """Register a household and begin its procedure: it has no 状态 until the county has approved.

    One that asked for help has a procedure already: that goes on with the household.
    """
    begun = values.pop("procedure_no", None)
    head = {"name": values.pop("head_name"), "relation": "户主", "id_number": values.pop("head_id", "")}
    home = actions.register_household(session, values, [head], act, today_cn())
    if begun:
        attach_household(session, begun, home.id, act, now_utc())
        return home.no
    kind = ENTERED_BY.get(values.get("category") or "", ProcedureKind.ENTRY)
    open_procedure(session, kind, home.id, Source.APPLICATION, act, now_utc())
    return home.no


def _masked_household(_session: Session, record: RecordRow, full: bool) -> Mapping[str, str]:
    return disclosure.household_forms(record.values, full)


def _correct(
    session: Session, household_id: int, values: dict[str, Any], act: Act, version: str | None
) -> list[Change]:
    """Correct a household; one that turns out to live elsewhere takes the sums of its money along."""
    changes = actions.correct_household(session, household_id, values, act, version)
    move_households(session, [household_id])
    return changes


HOUSEHOLDS = RegisterPage(
    slug="households",
    title=_l("扶贫对象"),
    one=_l("一户"),
    read=Permission.VIEW_HOUSEHOLDS,
    write=Permission.EDIT_HOUSEHOLDS,
    witnessed=lambda record: ("household.read", [("household", str(record.values["no"]))]),
    searches_ids=True,
    columns=(
        Column("no", _l("户编号")),
        Column("head_name", _l("户主")),
        Column("division_code", _l("村（居）"), Kind.DIVISION),
        Column("members", _l("人口"), Kind.NUMBER),
        Column("category", _l("对象类别"), Kind.CHOICE),
        Column("main_cause", _l("致贫原因"), Kind.CHOICE),
        Column("status", _l("状态"), Kind.CHOICE, tags=STATUS_TAGS),
        Column("entered_on", _l("纳入日期"), Kind.DATE),
        Column("exited_on", _l("退出日期"), Kind.DATE),
    ),
    key=("division_code", "no"),
    rows=_households,
    record_name="no",
    shape=disclosure.household_row,
    filters=(
        Filter("q", _l("户编号，户主或村名的开头")),
        Filter("division", _l("区划"), Kind.DIVISION),
        Filter("category", _l("对象类别"), Kind.CHOICE, _choices(queries.Category)),
        Filter("status", _l("状态"), Kind.CHOICE, _choices(queries.HouseholdStatus)),
        Filter("cause", _l("致贫原因"), Kind.CHOICE, _choices(queries.Cause)),
    ),
    fields=(
        Field("no", _l("户编号"), required=True, key=True),
        Field("division_code", _l("村（居）"), Kind.DIVISION, required=True),
        Field("address", _l("住址"), private=True),
        Field("lat_e7", _l("纬度"), Kind.DEGREES, private=True),
        Field("lng_e7", _l("经度"), Kind.DEGREES, private=True),
        Field("datum", _l("坐标系"), Kind.CHOICE, DATUMS),
        Field("category", _l("对象类别"), Kind.CHOICE, _choices(queries.Category), key=True),
        Field("main_cause", _l("致贫原因"), Kind.CHOICE, _choices(queries.Cause), key=True),
        Field("other_causes", _l("其他致贫原因"), Kind.WORDS, hint=_l("最多两项，用顿号隔开"), key=True),
        Field("entered_on", _l("纳入日期"), Kind.DATE, shown_only=True),
        Field("status", _l("状态"), Kind.CHOICE, shown_only=True),
        Field("exited_on", _l("退出日期"), Kind.DATE, shown_only=True),
        Field("head_name", _l("户主姓名"), required=True, key=True, private=True),
        Field("head_id", _l("户主证件号码"), Kind.SEALED, key=True, hint=_l("没有证件就不填")),
        Field("procedure_no", _l("已有的程序"), key=True, hint=_l("求助申报转来的，填程序编号，不另开一个")),
    ),
    find=queries.get_household,
    place=lambda _session, record: str(record.values["division_code"]),
    heading=lambda record: _("户 %(no)s", no=record.values["no"]),
    history=queries.household_history,
    boards=(
        ("/console/procedures", _l("进出程序")),
        ("/console/family-changes", _l("家庭变动")),
        ("/console/credit", _l("重新确认和诚信")),
    ),
    sections=household_sections,
    masked=_masked_household,
    links=(
        ("/timeline", _l("时间线"), Permission.VIEW_HOUSEHOLDS),
        ("/status", _l("办理程序"), Permission.EDIT_HOUSEHOLDS),
        ("/family-changes/new", _l("提出家庭变动"), Permission.EDIT_HOUSEHOLDS),
    ),
    add=_admit,
    correct=_correct,
)


def _find_person(session: Session, name: str) -> RecordRow:
    return queries.get_person(session, int(name) if name.isdigit() else 0)


def _place_of(session: Session, record: RecordRow) -> str:
    return queries.household_place(session, record.values["household_id"])[1]


def _member_of(record: RecordRow) -> list[tuple[str, str]]:
    """What a look at a member's page is about: the household reads who looked."""
    no = queries.household_place(database(), record.values["household_id"])[0]
    return [("household", no), ("person", str(record.id))]


def _household_of(session: Session, record: RecordRow) -> tuple[str, Any]:
    no = queries.household_place(session, record.values["household_id"])[0]
    return f"/console/households/{no}", _("户 %(no)s", no=no)


def _add_person(session: Session, values: dict[str, Any], act: Act) -> str:
    household = queries.get_household(session, values.pop("household_no"))
    _refuse_alone(household.values["status"])
    return str(actions.add_person(session, household.id, values, act).id)


WEIGHTY = frozenset({"lives_together", "labour", "related_to_cadre"})
"""What of a member decides on entering and leaving the list: of a household with a 状态 two persons stand for it."""


def _refuse_alone(status: str | None, changed: Collection[str] = WEIGHTY) -> None:
    if status is not None and WEIGHTY & set(changed):
        raise Refused(
            "家庭成员变动要由另一人确认", why="人数、劳动能力和备案对象决定进出名单", fix="在这一户的页面“提出家庭变动”"
        )


def _correct_person(
    session: Session, person_id: int, values: dict[str, Any], act: Act, version: str | None
) -> list[Change]:
    home = queries.get_person(session, person_id).values["household_id"]
    _refuse_alone(queries.find_households(session, [home])[home].values["status"], values)
    return actions.correct_person(session, person_id, values, act, version)


def _withdraw_person(session: Session, person_id: int, act: Act, version: str | None) -> None:
    home = queries.get_person(session, person_id).values["household_id"]
    _refuse_alone(queries.find_households(session, [home])[home].values["status"])
    actions.withdraw_person(session, person_id, act, version)


def _masked_person(session: Session, record: RecordRow, full: bool) -> Mapping[str, str]:
    return disclosure.person_forms(record.values, keyring_of(session), full)


PERSONS = RegisterPage(
    slug="persons",
    title=_l("家庭成员"),
    one=_l("家庭成员"),
    read=Permission.VIEW_HOUSEHOLDS,
    write=Permission.EDIT_HOUSEHOLDS,
    witnessed=lambda record: ("household.read", _member_of(record)),
    fields=(
        Field("household_no", _l("户编号"), required=True, key=True),
        Field("name", _l("姓名"), required=True, private=True),
        Field("id_number", _l("证件号码"), Kind.SEALED, column="id_sealed"),
        Field("relation", _l("与户主关系"), Kind.WORDS, hint=_l("户主、配偶、子女、父母……")),
        Field("lives_together", _l("是否共同生活"), Kind.YES_NO),
        Field("sex", _l("性别"), Kind.CHOICE, SEXES),
        Field("born_on", _l("出生日期"), Kind.DATE, private=True),
        Field("ethnicity", _l("民族"), Kind.WORDS),
        Field("health", _l("健康状况"), Kind.CHOICE, _choices(queries.Health), private=True),
        Field("labour", _l("劳动能力"), Kind.CHOICE, _choices(queries.Labour)),
        Field("schooling", _l("在校状况"), Kind.CHOICE, _choices(queries.Schooling)),
        Field("disability_level", _l("残疾等级"), Kind.CHOICE, _choices(queries.DisabilityLevel), private=True),
        Field("bank_name", _l("开户银行")),
        Field("account", _l("银行账号"), Kind.SEALED, column="account_sealed"),
        Field("phone", _l("联系电话"), Kind.SEALED, column="phone_sealed"),
        Field("related_to_cadre", _l("备案对象"), Kind.YES_NO, hint=_l("近亲属是村（社区）干部或经办人员")),
    ),
    find=_find_person,
    place=_place_of,
    heading=lambda record: _("家庭成员：%(relation)s", relation=_(record.values["relation"] or "关系未填")),
    history=queries.person_history,
    parent=_household_of,
    masked=_masked_person,
    add=_add_person,
    correct=_correct_person,
    withdraw=_withdraw_person,
    reveal=actions.reveal_field,
)


def _weak_villages(
    session: Session, within: Collection[str], wanted: Wanted, after: Start | None, limit: int
) -> Sequence[Row]:
    return queries.list_weak_villages(
        session,
        [wanted["division"]] if "division" in wanted else within,
        year=int(wanted["year"]) if "year" in wanted else None,
        level=wanted.get("level", ""),
        status=wanted.get("status", ""),
        after=after,
        limit=limit,
    )


def _find_weak_village(session: Session, name: str) -> RecordRow:
    return queries.weak_village_row(session, int(name) if name.isdigit() else 0)


def _recognise(session: Session, values: dict[str, Any], act: Act) -> str:
    return str(actions.recognise_weak_village(session, values, act).id)


WEAK_VILLAGES = RegisterPage(
    slug="weak-villages",
    title=_l("经济薄弱村"),
    one=_l("薄弱村"),
    read=Permission.VIEW_HOUSEHOLDS,
    write=Permission.EDIT_HOUSEHOLDS,
    columns=(
        Column("village_code", _l("村"), Kind.DIVISION),
        Column("recognised_year", _l("认定年度"), Kind.NUMBER),
        Column("level", _l("级别"), Kind.CHOICE),
        Column("collective_income_fen", _l("村集体年收入"), Kind.MONEY),
        Column("line_fen", _l("达标线"), Kind.MONEY),
        Column("status", _l("状态"), Kind.CHOICE),
        Column("support_unit_id", _l("帮扶单位"), Kind.UNIT),
    ),
    key=("village_code", "id"),
    rows=_weak_villages,
    filters=(
        Filter("division", _l("区划"), Kind.DIVISION),
        Filter("year", _l("认定年度"), Kind.NUMBER),
        Filter("level", _l("级别"), Kind.CHOICE, _choices(queries.WeakVillageLevel)),
        Filter("status", _l("状态"), Kind.CHOICE, _choices(queries.WeakVillageStatus)),
    ),
    fields=(
        Field("village_code", _l("村"), Kind.DIVISION, required=True, key=True),
        Field("recognised_year", _l("认定年度"), Kind.NUMBER, required=True, key=True),
        Field("level", _l("级别"), Kind.CHOICE, _choices(queries.WeakVillageLevel)),
        Field("collective_income_fen", _l("村集体年收入"), Kind.MONEY),
        Field("line_fen", _l("达标线"), Kind.MONEY),
        Field("status", _l("状态"), Kind.CHOICE, _choices(queries.WeakVillageStatus)),
        Field("support_unit_id", _l("帮扶单位"), Kind.UNIT),
        Field("first_secretary", _l("第一书记"), private=True),
    ),
    find=_find_weak_village,
    place=lambda _session, record: str(record.values["village_code"]),
    heading=lambda record: _("%(year)s 年经济薄弱村", year=record.values["recognised_year"]),
    history=queries.weak_village_history,
    add=_recognise,
    correct=actions.correct_weak_village,
)


def _incomes(
    session: Session, within: Collection[str], wanted: Wanted, after: Start | None, limit: int
) -> Sequence[Row]:
    return incomes.list_register(
        session,
        [wanted["division"]] if "division" in wanted else within,
        household=wanted.get("household", ""),
        category=wanted.get("category", ""),
        since=date.fromisoformat(wanted["since"]) if "since" in wanted else None,
        until=date.fromisoformat(wanted["until"]) if "until" in wanted else None,
        after=after,
        limit=limit,
    )


def _find_income(session: Session, name: str) -> RecordRow:
    return incomes.income_row(session, int(name) if name.isdigit() else 0)


def _add_income(session: Session, values: dict[str, Any], act: Act) -> str:
    household = queries.get_household(session, values.pop("household_no"))
    return str(income_actions.add_income(session, household.id, values, act, today=today_cn()).id)


def _correct_income(
    session: Session, income_id: int, values: dict[str, Any], act: Act, version: str | None
) -> Sequence[Change]:
    return income_actions.correct_income(session, income_id, values, act, version, today=today_cn())


INCOMES = RegisterPage(
    slug="incomes",
    title=_l("收入明细"),
    one=_l("一笔收入"),
    read=Permission.VIEW_HOUSEHOLDS,
    write=Permission.EDIT_HOUSEHOLDS,
    note=_l("医疗报销、救助、慰问一类不计收入，登记时不能选“计入”。"),
    columns=(
        Column("occurred_on", _l("发生日期"), Kind.DATE),
        Column("household_no", _l("户编号"), href=lambda row: f"/console/households/{row['household_no']}"),
        Column("division_code", _l("村（居）"), Kind.DIVISION),
        Column("category", _l("收入类别"), Kind.CHOICE),
        Column("item", _l("收入项目"), Kind.CHOICE),
        Column("amount_fen", _l("金额"), Kind.MONEY),
        Column("cost_fen", _l("成本支出"), Kind.MONEY),
        Column("counts", _l("登记为计入"), Kind.YES_NO),
        Column("voucher_no", _l("凭证号")),
    ),
    key=("occurred_on", "id"),
    rows=_incomes,
    filters=(
        Filter("household", _l("户编号")),
        Filter("division", _l("区划"), Kind.DIVISION),
        Filter("category", _l("收入类别"), Kind.CHOICE, _choices(incomes.IncomeClass)),
        Filter("since", _l("从哪天"), Kind.DATE),
        Filter("until", _l("到哪天"), Kind.DATE),
    ),
    fields=(
        Field("household_no", _l("户编号"), required=True, key=True),
        Field("occurred_on", _l("发生日期"), Kind.DATE, required=True),
        Field("category", _l("收入类别"), Kind.CHOICE, _choices(incomes.IncomeClass), required=True),
        Field("item", _l("收入项目"), Kind.CHOICE, lambda: _choices(incomes.known_items()), required=True),
        Field("amount_fen", _l("金额"), Kind.MONEY, required=True),
        Field("cost_fen", _l("成本支出"), Kind.MONEY, hint=_l("只有经营性收入才有")),
        Field("voucher_no", _l("凭证号")),
        Field("counts", _l("是否计入"), Kind.YES_NO, hint=_l("不知道就按收入项目的规定")),
        Field("entered_unit", _l("录入单位")),
        Field("note", _l("备注"), Kind.LONG, private=True),
    ),
    find=_find_income,
    place=_place_of,
    heading=lambda record: f"{_(record.values['item'])} {record.values['occurred_on'].isoformat()}",
    history=incomes.income_history,
    parent=_household_of,
    add=_add_income,
    correct=_correct_income,
    withdraw=income_actions.withdraw_income,
)

PAGES = (HOUSEHOLDS, PERSONS, WEAK_VILLAGES, INCOMES)
