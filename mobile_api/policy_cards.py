"""What the policy cards on the phone say: the parameters in force at a place, each with its basis, in spoken words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.registers.divisions.parameters.queries import ParameterValue, values_for
from portal.registers.divisions.queries import list_children
from portal.registers.divisions.rules import NATION
from portal.registers.recipients.incomes.queries import IncomeClass, items_of, never_counted
from portal.web.language import gettext as _

_NAMES = ("poverty_line", "dibao_standard", "visit_days", "posting_days.register", "hotlines")


@dataclass(frozen=True)
class PolicyCard:
    """One card: a question as a household asks it, the answer, and what it rests on."""

    code: str
    title: str
    text: str
    basis: str


@dataclass(frozen=True)
class Policies:
    """The cards, and the income line of a head and year for the running total (None: nobody has entered it)."""

    cards: list[PolicyCard]
    income_line_fen: int | None


def policies_of(session: Session, on: date) -> Policies:
    """What holds on a day where this installation works, in the page's language; an unset standard says so."""
    values = values_for(session, _NAMES, _place(session, on), on)
    cards = [_line(values), _dibao(values), _counted(), _not_counted()]
    cards += [_visits(values), _posting(values), _hotlines(values)]
    line = values.get("poverty_line")
    return Policies(cards, line.fen if line else None)


def _place(session: Session, on: date) -> str:
    """The smallest division that holds all that are registered: a county's installation knows one county."""
    place, below = NATION, list_children(session, None, on)
    while len(below) == 1:
        place = below[0].code
        below = list_children(session, place, on)
    return place


def _basis(value: ParameterValue | None) -> str:
    return _(value.basis) if value and value.basis else ""


def _line(values: dict[str, ParameterValue]) -> PolicyCard:
    value = values.get("poverty_line")
    text = (
        _("家里每人一年的纯收入低于 %(sum)s 元，可以申请纳入帮扶。", sum=value.text)
        if value
        else _("本地还没有录入今年的收入线，问镇里。")
    )
    return PolicyCard("line", _("收入线是多少？"), text, _basis(value))


def _dibao(values: dict[str, ParameterValue]) -> PolicyCard:
    value = values.get("dibao_standard")
    text = (
        _("低保标准是每人每月 %(sum)s 元；家里人均收入低于它，可以申请低保。", sum=value.text)
        if value
        else _("本地还没有录入低保标准，问镇里。")
    )
    return PolicyCard("dibao", _("低保标准是多少？"), text, _basis(value))


def _counted() -> PolicyCard:
    names = [_(name) for kind in IncomeClass for name in items_of(kind) if name not in never_counted()]
    text = _("这些钱算收入：%(names)s。种地、养殖、做买卖的，先减去成本。", names=_("、").join(names))
    return PolicyCard("counted", _("哪些钱算收入？"), text, _("贫困户人均纯收入计算方法"))


def _not_counted() -> PolicyCard:
    text = _("这些钱不算收入：%(names)s。", names=_("、").join(_(name) for name in never_counted()))
    return PolicyCard("not-counted", _("哪些钱不算收入？"), text, _("贫困户人均纯收入计算方法"))


def _visits(values: dict[str, ParameterValue]) -> PolicyCard:
    value = values.get("visit_days")
    text = _(
        "每 %(days)s 天至少走访一次，结对时另有约定的按约定。去不成，写明“无法走访，因为…”也算办了。",
        days=value.text if value else "30",
    )
    return PolicyCard("visits", _("多久走访一次？"), text, _basis(value))


def _posting(values: dict[str, ParameterValue]) -> PolicyCard:
    value = values.get("posting_days.register")
    text = _("纳入和退出都要在村里公示 %(days)s 天，有意见的人可以在公示期里提。", days=value.text if value else "7")
    return PolicyCard("posting", _("名单公示几天？"), text, _basis(value))


def _hotlines(values: dict[str, ParameterValue]) -> PolicyCard:
    value = values.get("hotlines")
    text = _("有人拿了不该拿的钱，打 %(numbers)s。", numbers=_(value.text) if value else "12317")
    return PolicyCard("hotlines", _("对钱有意见找谁？"), text, _("电话不经过帮扶人，打了也不会告诉他。"))
