"""`households` 扶贫对象: one row per person; 户编号 groups them into households."""

from __future__ import annotations

from portal.intake.declaration import CLEAR, Cell, Column, Columns, Kind, Problems
from portal.intake.kinds.columns import choices, day, division, identity, one_of, place, text
from portal.registers.recipients.models import (
    Category,
    Cause,
    DisabilityLevel,
    Health,
    HouseholdStatus,
    Labour,
    Schooling,
)

HEAD = "户主"
HOUSEHOLD_FIELDS = (
    "division_code",
    "address",
    "lat_e7",
    "lng_e7",
    "datum",
    "category",
    "main_cause",
    "other_causes",
    "entered_on",
    "status",
    "exited_on",
)
"""Fields of a row that say something about the household; all others are about the person."""
STATUS_FIELDS = ("status", "exited_on")
"""What the 户主 row alone decides where it says a 状态; members' rows then speak of themselves."""

DECIDED_FIELDS = frozenset({*STATUS_FIELDS, "entered_on", "category", "lives_together", "household_id"})
"""What a file changes of a known household only with a second person: who is on the list, as what, and how many they are."""


def settle(columns: Columns, problems: Problems) -> None:
    """At most two further causes, each of the official twelve; nobody leaves before he came."""
    causes = set(choices(Cause))
    for index, value in enumerate(columns["other_causes"]):
        if not isinstance(value, str):
            continue
        parts = [
            part
            for part in value.replace(",", "、").replace("，", "、").replace("；", "、").replace(";", "、").split("、")
            if part.strip()
        ]
        parts = [part.strip() for part in parts]
        if len(parts) > 2 or not causes.issuperset(parts):
            problems.add(
                index, "其他致贫原因", value, "最多两个，且都要在官方十二类里", "用“、”隔开，例如 因学、缺劳力"
            )
        columns["other_causes"][index] = "、".join(parts)
    for index, code in enumerate(columns["division_code"]):
        if code is CLEAR:
            problems.add(index, "区划代码", "清空", "每一户都在一个村，不能清空", "填所在村的区划代码")
    for index, (start, end) in enumerate(zip(columns["entered_on"], columns["exited_on"], strict=True)):
        if isinstance(start, str) and isinstance(end, str) and end < start:
            problems.add(index, "退出日期", end, f"早于纳入日期 {start}", "核对两个日期")
    for index, (name, number) in enumerate(zip(columns["name"], columns["id"], strict=True)):
        if number is None and name is None:
            problems.add(index, "证件号码", None, "没有证件号码，也没有姓名，认不出是谁", "至少填写一项")
        if name is CLEAR or number is CLEAR:
            problems.add(
                index,
                "姓名" if name is CLEAR else "证件号码",
                "清空",
                "认人要靠它，不能清空",
                "要改号码，请在对象页面更正",
            )


KIND = Kind(
    name="households",
    title="扶贫对象",
    table="persons",
    columns=(
        Column(
            "户编号",
            "household_no",
            Cell.CODE,
            ("户编码", "家庭编号", "户号"),
            True,
            length=40,
            example="H320826100001001",
        ),
        text("姓名", "name", 80, required=True),
        identity(),
        text("与户主关系", "relation", 20, aliases=("关系", "家庭关系")),
        Column("是否共同生活", "lives_together", Cell.YES_NO, ("共同生活",), default=True, example="是"),
        one_of("性别", "sex", ("男", "女")),
        day("出生日期", "born_on", aliases=("出生年月日",)),
        text("民族", "ethnicity", 20),
        one_of("健康状况", "health", choices(Health)),
        one_of("劳动能力", "labour", choices(Labour)),
        one_of("在校状况", "schooling", choices(Schooling)),
        one_of("残疾等级", "disability_level", choices(DisabilityLevel)),
        division(aliases=("村区划代码",), village=True),
        text("住址", "address", 200, aliases=("家庭住址", "地址")),
        *place(),
        one_of("对象类别", "category", choices(Category)),
        one_of("致贫原因", "main_cause", choices(Cause)),
        text("其他致贫原因", "other_causes", 60),
        day("纳入日期", "entered_on"),
        one_of("状态", "status", choices(HouseholdStatus)),
        day("退出日期", "exited_on"),
        text("开户银行", "bank_name", 80),
        Column("银行账号", "account", Cell.ACCOUNT, ("账号", "银行卡号", "一卡通账号"), example="6222021234567890128"),
        Column("联系电话", "phone", Cell.PHONE, ("电话", "手机号", "手机号码"), example="13800000000"),
        Column("备案对象", "related_to_cadre", Cell.YES_NO, example="否"),
    ),
    key=("household_no", "id"),
    db_key=("household_id", "id_index"),
    settle=settle,
)
