"""`incomes` 收入明细: no key of the trade; all columns together, and the k-th identical row of a file is a row of its own."""

from __future__ import annotations

from portal.intake.declaration import CLEAR, Cell, Column, Columns, Kind, Problems
from portal.intake.kinds.columns import choices, household, identity, money, number, one_of, text
from portal.registers.recipients.incomes.models import IncomeClass

ITEMS: dict[str, tuple[str, ...]] = {
    "工资性": ("务工工资", "公益性岗位工资", "村干部补贴", "其他工资"),
    "经营性": ("种植", "养殖", "林业", "加工", "个体经营", "光伏"),
    "财产性": ("土地流转", "房屋租赁", "资产收益分红", "利息", "征地补偿(按年)", "一次性拆迁安置补偿"),
    "转移性": (
        *(
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
        ),
        *("医疗报销", "医疗救助", "临时救助", "教育资助", "危房改造补助", "慰问金", "丧葬补助"),
    ),
}
_CLASS_OF = {item: name for name, items in ITEMS.items() for item in items}


def settle(columns: Columns, problems: Problems) -> None:
    """The date may be a day, a month or a year; item and class must agree; only 经营性 has costs."""
    columns["precision"] = ["day"] * len(columns["amount_fen"])
    for index, occurred in enumerate(columns["occurred_on"]):
        if occurred is None:
            _date_from_parts(columns, problems, index)
        _item(columns, problems, index)
        cost = columns["cost_fen"][index]
        if isinstance(cost, int) and cost and columns["category"][index] not in (None, "经营性"):
            problems.add(
                index, "成本支出", f"{cost / 100:.2f}", "只有经营性收入可以有成本支出", "清掉这一格，或改收入类别"
            )
    for name, values in columns.items():
        columns[name] = [None if value is CLEAR else value for value in values]


def _date_from_parts(columns: Columns, problems: Problems, index: int) -> None:
    year, month = columns["year"][index], columns["month"][index]
    if year is None:
        problems.add(index, "发生日期", None, "没有发生日期，也没有年度", "填发生日期，或者填年度和月份")
        return
    if month is not None and not 1 <= month <= 12:
        problems.add(index, "月份", month, f"没有 {month} 月", "填 1 到 12")
        return
    columns["precision"][index] = "year" if month is None else "month"
    columns["occurred_on"][index] = f"{year:04d}-{month or 1:02d}-01"


def _item(columns: Columns, problems: Problems, index: int) -> None:
    item, category = columns["item"][index], columns["category"][index]
    if not isinstance(item, str):
        return
    item = columns["item"][index] = item.replace("（", "(").replace("）", ")")
    belongs = _CLASS_OF.get(item)
    if belongs is None:
        problems.add(index, "收入项目", item, "收入项目不在目录里，没法判断计不计入", "从模板下拉里选一项")
    elif isinstance(category, str) and category != belongs:
        problems.add(index, "收入类别", category, f"“{item}”属于{belongs}", f"收入类别改成 {belongs}，或换一个收入项目")


KIND = Kind(
    name="incomes",
    title="收入明细",
    table="incomes",
    columns=(
        household(required=True),
        identity(),
        Column("发生日期", "occurred_on", Cell.DATE, example="2026-03-15"),
        Column("年度", "year", Cell.YEAR, example=""),
        number("月份", "month"),
        one_of("收入类别", "category", choices(IncomeClass), required=True),
        Column("收入项目", "item", Cell.TEXT, (), True, length=40, example="务工工资"),
        money("金额", "amount_fen", aliases=("收入金额",), required=True),
        money("成本支出", "cost_fen", aliases=("成本",), least=0),
        text("凭证号", "voucher_no", 80),
        Column("是否计入", "counts", Cell.YES_NO),
        text("录入人", "entered_by", 80),
        text("录入单位", "entered_unit", 200),
        text("备注", "note"),
    ),
    key=(),
    db_key=("content_key",),
    money="金额",
    settle=settle,
)
