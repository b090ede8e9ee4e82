"""Which fields a notice of each pattern has, and which never stand on any.

What is not declared here is not published. Elements after 国开办发〔2018〕11号 art. 4 and the notices of allocation results
that counties print; lists of households carry a masked name, the group, how many persons, and money, nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from portal.kernel.errors import NotFound, Refused
from portal.publishing.notices.models import NoticeKind


class Of(StrEnum):
    """What a field holds: it decides how it is read, masked and gated."""

    NAME = "姓名"
    GROUP = "村组"
    UNIT = "单位"
    PERSONS = "人数"
    HOUSEHOLDS = "户数"
    MONEY = "金额"
    QUANTITY = "数量"
    WORDS = "文字"


@dataclass(frozen=True)
class Column:
    """One column of a notice's list."""

    code: str
    label: str
    of: Of
    is_needed: bool = True
    also: tuple[str, ...] = ()  # what other tables call it


@dataclass(frozen=True)
class Detail:
    """One element that stands above the list."""

    code: str
    label: str
    of: Of = Of.WORDS
    is_needed: bool = True


@dataclass(frozen=True)
class Pattern:
    """样式. `parameter` names the dated days of its window; one that `lists_people` loses its list when they are over."""

    code: str
    title: str
    kinds: tuple[NoticeKind, ...]
    parameter: str
    basis: str
    lead: str
    columns: tuple[Column, ...] = ()
    details: tuple[Detail, ...] = ()
    lists_people: bool = False

    def column(self, label: str) -> Column | None:
        """The column that a table's head names."""
        wanted = re.sub(r"[\s（(].*$", "", label.strip())
        return next((c for c in self.columns if wanted in (c.label, *c.also)), None)

    @property
    def sums(self) -> tuple[Column, ...]:
        """Columns whose sum stays when the list is gone."""
        return tuple(c for c in self.columns if c.of in (Of.PERSONS, Of.HOUSEHOLDS, Of.MONEY))


_WINDOW, _DECIDED = NoticeKind.POSTING, NoticeKind.ANNOUNCEMENT
_NAME = Column("name", "姓名", Of.NAME, also=("户主姓名", "户主", "申请人", "收款人"))
_GROUP = Column("group", "村组", Of.GROUP, also=("组别", "村民小组", "住址", "家庭住址", "地址", "所在组"))
_PERSONS = Column("persons", "家庭人口", Of.PERSONS, also=("人口", "人数", "人口数", "享受人数", "保障人口"))
_OPINION = Column("opinion", "初步意见", Of.WORDS, also=("意见", "评议意见", "公示内容"))
_AMOUNT = Column("amount_fen", "金额", Of.MONEY, also=("补贴金额", "发放金额", "分配金额", "资金"))
_PEOPLE = (_NAME, _GROUP, _PERSONS, _OPINION)
_REGISTER = "省级扶贫条例；扶贫领域基层政务公开标准目录"
_FUND = "国开办发〔2018〕11号 第四条"

_PATTERNS: Final = (
    Pattern(
        "entry", "建档立卡纳入公示", (_WINDOW,), "posting_days.register", _REGISTER,
        "经本户申请、入户核实和村民代表民主评议，下列农户拟纳入建档立卡范围，现予公示。", _PEOPLE, lists_people=True,
    ),
    Pattern(
        "exit", "脱贫退出公示", (_WINDOW,), "posting_days.register", _REGISTER,
        "经入户核实、民主评议并由本户签字，下列农户拟退出，退出后在跟踪期内政策不变，现予公示。", _PEOPLE,
        lists_people=True,
    ),
    Pattern(
        "monitored", "监测对象公示", (_WINDOW,), "posting_days.monitored", "健全防止返贫动态监测和帮扶机制的有关规定",
        "经入户核实和民主评议，下列农户的监测认定（或风险消除）意见现予公示。", _PEOPLE, lists_people=True,
    ),
    Pattern(
        "relief", "社会救助初审对象公示", (_WINDOW,), "posting_days.relief", "民发〔2021〕57号",
        "经申请、入户调查和信息核对，下列农户的初审意见现予公示。", _PEOPLE, lists_people=True,
    ),
    Pattern(
        "subsidy", "惠民惠农补贴发放公示", (_WINDOW,), "posting_days.fund_project", "财办〔2020〕37号",
        "下列补贴在发放前公示。请核对姓名、数量和金额。",
        (
            _NAME, _GROUP, Column("item", "补贴项目", Of.WORDS, False, ("项目", "事由", "补助事由")),
            Column("standard", "标准", Of.WORDS, False, ("补贴标准",)),
            Column("quantity", "数量", Of.QUANTITY, False, ("面积", "亩数")), _AMOUNT,
        ),
        (Detail("programme", "补贴项目", is_needed=False), Detail("document", "文号", is_needed=False)),
        lists_people=True,
    ),
    Pattern(
        "assets", "资产收益分配方案公示", (_WINDOW,), "posting_days.fund_project", "国办函〔2021〕51号",
        "资产收益分配方案经村民代表会议讨论，现予公示。",
        (_NAME, _GROUP, Column("item", "分配依据", Of.WORDS, False, ("依据",)), _AMOUNT),
        (
            Detail("asset", "资产名称"), Detail("income_fen", "本次收益", Of.MONEY),
            Detail("principle", "分配原则"),
        ),
        lists_people=True,
    ),
    Pattern(
        "allocation", "资金分配结果公告公示", (_WINDOW, _DECIDED), "posting_days.fund_project", _FUND,
        "资金分配结果如下。",
        (Column("who", "单位或村", Of.UNIT, also=("单位", "乡镇", "村", "镇村", "项目单位", "分配对象")),
         Column("households", "受益户数", Of.HOUSEHOLDS, False, ("户数",)), _AMOUNT,
         Column("use", "用途", Of.WORDS, False, ("备注", "资金用途"))),
        (
            Detail("fund", "资金名称"), Detail("document", "文号"), Detail("total_fen", "资金总额", Of.MONEY),
            Detail("central_fen", "其中中央资金", Of.MONEY, False), Detail("province_fen", "其中省级资金", Of.MONEY, False),
            Detail("city_fen", "其中市级资金", Of.MONEY, False), Detail("county_fen", "其中县级资金", Of.MONEY, False),
            Detail("principle", "分配原则"),
        ),
    ),
    Pattern(
        "project_before", "项目实施前公告公示", (_WINDOW, _DECIDED), "posting_days.fund_project", _FUND,
        "项目即将实施，有关事项如下。", (),
        (
            Detail("project", "项目名称"), Detail("place", "建设地点"), Detail("content", "建设内容"),
            Detail("investment_fen", "投资规模", Of.MONEY), Detail("source", "资金来源"), Detail("executor", "实施单位"),
            Detail("schedule", "时间进度"), Detail("benefit", "受益对象和带动机制"), Detail("goal", "绩效目标"),
        ),
    ),
    Pattern(
        "project_after", "项目完工公告公示", (_WINDOW, _DECIDED), "posting_days.fund_project", _FUND,
        "项目已经完工，有关事项如下。", (),
        (
            Detail("project", "项目名称"), Detail("place", "建设地点"), Detail("executor", "实施单位"),
            Detail("planned_fen", "计划资金", Of.MONEY), Detail("settled_fen", "结算金额", Of.MONEY),
            Detail("fee_fen", "项目管理费", Of.MONEY, False), Detail("surplus_fen", "结余", Of.MONEY, False),
            Detail("surplus_use", "结余去向", is_needed=False), Detail("dates", "开标、合同、完工、验收日期"),
            Detail("result", "建成内容"), Detail("benefit", "受益对象"), Detail("goal", "绩效完成情况"),
        ),
    ),
    Pattern(
        "result", "认定结果公告", (_DECIDED,), "posting_days.register", _REGISTER,
        "经县级审定，认定结果公告如下。", _PEOPLE, lists_people=True,
    ),
    Pattern(
        "plain", "其他公告", (_DECIDED,), "posting_days.fund_project", "政府信息公开条例（2019）第二十一条",
        "现将有关事项公告如下。", (),
        (Detail("matter", "公告事项"), Detail("document", "文号", is_needed=False)),
    ),
)  # fmt: skip

PATTERNS: Final[dict[str, Pattern]] = {pattern.code: pattern for pattern in _PATTERNS}

_NEVER: Final = (
    (re.compile(r"身份证|证件号|公民身份"), "身份证件号码"),
    (re.compile(r"账号|帐号|卡号|银行|存折"), "银行账号"),
    (re.compile(r"电话|手机|联系方式"), "联系电话"),
    (re.compile(r"病|残疾|健康|残情"), "疾病和残疾情况"),
    (re.compile(r"低保(类别|档次|等级|类型)|救助类别|困难类型|对象类别"), "低保等救助类别"),
    (re.compile(r"致贫|原因"), "致贫原因"),
    (re.compile(r"子女|学生姓名|儿童|未成年"), "未成年人的信息"),
    (re.compile(r"出生|年龄|生日"), "出生日期"),
)


def get_pattern(code: str) -> Pattern:
    """A pattern by its code; NotFound when there is none."""
    if code not in PATTERNS:
        raise NotFound("没有这种公示样式", fix="从列出的样式里选")
    return PATTERNS[code]


def head_problem(pattern: Pattern, label: str) -> None:
    """Refuse a column that may stand on no notice, or that this pattern does not have; names it."""
    if pattern.column(label) is not None or label.strip() in ("户编号", "序号", "村", "编号", ""):
        return
    for words, what in _NEVER:
        if words.search(label):
            raise Refused(
                f"“{label}”这一列不能上公示",
                why=f"{what}任何公示都不公布",
                fix="从表里删去这一列再贴",
                code="never_published",
            )
    known = "、".join(column.label for column in pattern.columns)
    raise Refused(f"这种公示没有“{label}”这一列", fix=f"只贴这些列：{known}", code="unknown_column")
