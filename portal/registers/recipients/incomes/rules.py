"""Which income items count 是否计入, and what one entry is worth.

The table is the `register` purpose of 贫困户人均纯收入计算方法 (data dictionary of the province, §4); a place that
rules otherwise enters a dated parameter `income_item.<item>` = 是/否, with its basis (for 低保: purpose `dibao`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from portal.kernel.errors import Refused
from portal.registers.recipients.incomes.models import IncomeClass


@dataclass(frozen=True)
class Item:
    """One 收入项目: its class, whether it counts as income, and on what that rests."""

    name: str
    category: IncomeClass
    counts: bool
    basis: str


_METHOD = "贫困户人均纯收入计算方法"
_EARMARKED = _METHOD + "：专项补助不能用于生活，不计收入"
_ONE_OFF = _METHOD + "：一次性救助、慰问不计收入"
_MEDICAL = "医疗费用的补偿不是收入（报销、救助都不计）"

ITEMS: Mapping[str, Item] = {
    item.name: item
    for item in (
        *(
            Item(name, IncomeClass.WAGES, True, _METHOD)
            for name in ("务工工资", "公益性岗位工资", "村干部补贴", "其他工资")
        ),
        *(
            Item(name, IncomeClass.BUSINESS, True, _METHOD)
            for name in ("种植", "养殖", "林业", "加工", "个体经营", "光伏")
        ),
        *(
            Item(name, IncomeClass.PROPERTY, True, _METHOD)
            for name in ("土地流转", "房屋租赁", "资产收益分红", "利息", "征地补偿(按年)")
        ),
        Item("一次性拆迁安置补偿", IncomeClass.PROPERTY, False, _ONE_OFF),
        *(
            Item(name, IncomeClass.TRANSFER, True, _METHOD)
            for name in (
                "低保金",
                "特困供养金",
                "养老金",
                "高龄补贴",
                "残疾人补贴",
                "计生奖扶",
                "生态补偿",
                "惠农补贴",
                "赡养费",
                "抚恤金",
            )
        ),
        Item("医疗报销", IncomeClass.TRANSFER, False, _MEDICAL),
        Item("医疗救助", IncomeClass.TRANSFER, False, _MEDICAL),
        Item("临时救助", IncomeClass.TRANSFER, False, _ONE_OFF),
        Item("教育资助", IncomeClass.TRANSFER, False, _EARMARKED),
        Item("危房改造补助", IncomeClass.TRANSFER, False, _EARMARKED),
        Item("慰问金", IncomeClass.TRANSFER, False, _ONE_OFF),
        Item("丧葬补助", IncomeClass.TRANSFER, False, _ONE_OFF),
    )
}
"""收入项目 of the data dictionary, with countability and basis."""


@dataclass(frozen=True)
class Countability:
    """Whether one entry counts and why: the basis is shown beside the figure."""

    counts: bool
    basis: str


def plain_item(name: str) -> str:
    """An item's name with half-width brackets and no blanks: `征地补偿（按年）` is `征地补偿(按年)`."""
    return name.strip().replace("（", "(").replace("）", ")").replace(" ", "")


def countability(
    item: str, stated: bool | None = None, local: Mapping[str, tuple[bool, str]] | None = None
) -> Countability:
    """Whether an entry counts: what the entry says (是否计入) first, then the place's own rule, then the table.

    An entry cannot say 计入 of an item that never counts (T01: a reimbursement entered as income); only the place's rule can.
    An unknown item counts (nothing says that it does not); `local` maps an item to (counts, basis).
    """
    name = plain_item(item)
    known = ITEMS.get(name)
    never = known is not None and not known.counts
    if stated is not None and not (stated and never):
        return Countability(stated, "登记时写明" + ("计入" if stated else "不计入"))
    if local and name in local:
        return Countability(*local[name])
    return Countability(known.counts, known.basis) if known else Countability(True, "目录外的项目，按计入处理")


def net_fen(category: str, amount_fen: int, cost_fen: int | None) -> int:
    """What an entry is worth: 经营性 is net of its cost, the others are as they stand."""
    return amount_fen - (cost_fen or 0) if category == IncomeClass.BUSINESS else amount_fen


def income_problem(category: str, item: str, cost_fen: int | None, occurred_on: date, today: date) -> None:
    """Refuse an entry that cannot be: unknown class, item of another class, cost where none belongs, a future day."""
    if category not in set(IncomeClass):
        raise Refused(f"收入类别没有“{category}”", fix="从 工资性、经营性、财产性、转移性 里选")
    known = ITEMS.get(plain_item(item))
    if known is not None and known.category != category:
        raise Refused(f"“{item}”属于{known.category}收入，不是{category}", fix=f"类别改成{known.category}")
    if cost_fen is not None and category != IncomeClass.BUSINESS:
        raise Refused("只有经营性收入才有成本支出", fix="成本支出留空")
    if occurred_on > today:
        raise Refused("发生日期在今天之后", fix="收到了再登记")


def counted_refusal(item: str, counts: bool | None) -> None:
    """Refuse to set an item that never counts to 计入 (I01: medical reimbursement entered as income)."""
    known = ITEMS.get(plain_item(item))
    if counts and known is not None and not known.counts:
        raise Refused(f"“{item}”不能计入收入", why=known.basis, fix="是否计入留空或选“否”")
