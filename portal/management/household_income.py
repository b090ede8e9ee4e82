"""What the page of a household's income shows: the computation of a day, who stands for each entry, three versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.masking import mask_name
from portal.registers.corrections import RecordRow
from portal.registers.divisions.parameters.queries import ParameterValue
from portal.registers.divisions.queries import names_of
from portal.registers.helpers.queries import pairings_of_household
from portal.registers.recipients.answers.queries import confirmed_years
from portal.registers.recipients.incomes.computing.queries import LINES, Computation, Item, computation_of
from portal.registers.recipients.incomes.confirming.queries import Entered, Hands
from portal.registers.recipients.incomes.rules import net_fen
from portal.registers.recipients.incomes.versions.queries import versions_of
from portal.registers.recipients.incomes.versions.rules import YearVersions
from portal.web import access
from portal.web.actors import learn_actors

PURPOSES: Mapping[str, Any] = {"register": _l("建档立卡"), "monitor": _l("防止返贫监测"), "dibao": _l("低保")}
LINE_NAMES: Mapping[str, Any] = {
    "poverty_line": _l("收入线"), "monitor_line": _l("监测线"), "dibao_standard": _l("低保标准"),
}  # fmt: skip
WHYS = (
    *(_l("按判决或协议"), _l("按当地算法"), _l("没有低保标准，算不出"), _l("实际给付较高，按实际")),
    *(_l("就业豁免只用于低保核算"), _l("没有低保标准，算不出豁免上限"), _l("就业豁免期内的工资，每月豁免到上限")),
    *(_l("本地规定务工收入不扣房租和生活费"), _l("本地规定可扣外出务工的房租和生活费，每月不超过当月工资")),
    *(_l("未出售的不计，卖出时计"), _l("不在计算期内"), _l("本地规定存货按价值计入经营性收入")),
    *(_l("登记时写明计入"), _l("登记时写明不计入"), _l("目录外的项目，按计入处理"), _l("贫困户人均纯收入计算方法")),
    *(
        _l("贫困户人均纯收入计算方法：专项补助不能用于生活，不计收入"),
        _l("贫困户人均纯收入计算方法：一次性救助、慰问不计收入"),
    ),
    *(_l("医疗费用的补偿不是收入（报销、救助都不计）"), _l("文件"), _l("文件，没有第二人"), _l("第二人已复核")),
    *(_l("本户已确认"), _l("等第二人复核")),
)
"""What the computation says, so that it has English: bases of the table, reasons, who stands for an entry."""
HANDS_TAGS: Mapping[Hands, str] = {
    Hands.FILE: "", Hands.COMMAND: "info", Hands.CONFIRMED: "ok", Hands.HOUSEHOLD: "ok", Hands.WAITING: "warn",
}  # fmt: skip
PERIODS: Mapping[str, Any] = {
    "rolling12": _l("截至当月的十二个月"),
    "rolling12_before": _l("当月之前的十二个月"),
    "year": _l("当年"),
}


@dataclass(frozen=True)
class Waiting:
    """One entry that a second person can confirm: what it is, which version of it."""

    kind: Entered
    row_id: int
    version: str


@dataclass(frozen=True)
class Gone:
    """What one person took out and still weighs on an exit: when, what, its sum in fen, and what a second person confirms."""

    kind: Entered
    id: int
    version: str
    on: date
    title: str
    fen: int
    changed_by: str
    changed_at: datetime

    @property
    def href(self) -> str:
        """Where its history stands."""
        return f"/console/{'incomes' if self.kind is Entered.INCOME else 'income-adjustments'}/{self.id}"


def _gone(it: Computation) -> list[Gone]:
    """Withdrawn entries and 核算事项 of a computation that wait for a second hand."""
    incomes = [
        Gone(
            Entered.INCOME, one.id, one.event_id, row.occurred_on, row.item,
            net_fen(row.category, row.amount_fen, row.cost_fen), one.changed_by, one.changed_at,
        )
        for one in it.gone
        for row in one.versions[:1]
    ]  # fmt: skip
    return incomes + [
        Gone(
            Entered.ADJUSTMENT, one.id, one.event_id, row.since, row.kind, row.amount_fen or 0, one.changed_by,
            one.changed_at,
        )
        for one in it.given_up
        for row in one.versions[:1]
    ]  # fmt: skip


@dataclass(frozen=True)
class IncomePage:
    """Everything on the page."""

    record: RecordRow
    it: Computation
    versions: Sequence[YearVersions]
    places: Mapping[str, str]
    may_confirm: bool
    may_enter: bool
    full: bool
    me: str
    gone: Sequence[Gone] = ()

    @property
    def line_name(self) -> Any:
        """Which line the income is held against."""
        return LINE_NAMES[LINES[self.it.purpose]]

    @property
    def is_past(self) -> bool:
        """Whether an earlier day was asked for."""
        return self.it.on < today_cn()

    def can_confirm(self, item: Item) -> bool:
        """Whether the reader may be the second hand of an entry."""
        return item.standing.is_waiting and self.can_be_second(item.standing.recorded_by)

    def can_be_second(self, changed_by: str) -> bool:
        """Whether the reader may be the second hand of what somebody did."""
        return self.may_confirm and changed_by != self.me

    def name(self, obligor: str) -> str:
        """An obligor's name; without the full right masked."""
        return obligor if self.full else mask_name(obligor)

    def source(self, value: ParameterValue) -> str:
        """Where a figure was laid down: the place of its row; empty for a default."""
        return "" if value.row is None else self.places.get(value.row.division_code, value.row.division_code)


def income_page(session: Session, record: RecordRow, on: date, purpose: str, me: str) -> IncomePage:
    """The page of one household on a day for a purpose; the same number of statements for any household."""
    village = record.values["division_code"]
    it = computation_of(session, record.id, on, purpose=purpose)
    helpers = {
        str(row[key]) for row in pairings_of_household(session, record.id) for key in ("helper_no", "helper_name")
    }
    own = {year: said.total_fen for year, said in confirmed_years(session, record.id).items()}
    versions = versions_of(session, record.id, village, helpers, own, on)
    values = [*it.laid_down.values(), *([it.line] if it.line is not None else [])]
    gone = _gone(it)
    learn_actors(actor for item in it.items for actor in (item.standing.recorded_by, item.standing.confirmed_by))
    learn_actors(one.changed_by for one in gone)
    return IncomePage(
        record, it, versions, names_of(session, {v.row.division_code for v in values if v.row is not None}),
        access.can(Permission.CHECK_HOUSEHOLDS, village), access.can(Permission.EDIT_HOUSEHOLDS, village),
        access.can(Permission.REVEAL_SEALED, village), me, gone,
    )  # fmt: skip


def asked_day(text: str) -> date:
    """The day of an address; today where it is none, or lies ahead."""
    today = today_cn()
    try:
        return min(date.fromisoformat(text), today)
    except ValueError:
        return today


def asked_purpose(text: str) -> str:
    """The purpose of an address; that of the register where it is none."""
    return text if text in PURPOSES else "register"


def words() -> dict[str, Any]:
    """What a template needs to say codes."""
    return {"purposes": PURPOSES, "hands_tags": HANDS_TAGS, "periods": PERIODS}
