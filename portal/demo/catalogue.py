"""The kinds of money of the demonstration: what each is called, whose it is, who pays it and how often.

The order matters: a smaller scale takes the first kinds of the list. Names follow published ones; document numbers are
invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

import numpy as np

from portal.demo.arrays import DemoTable, Ints, table, words
from portal.demo.places import Places
from portal.demo.plan import Plan


class Rhythm(Enum):
    """How often a kind of money is paid."""

    MONTHLY = auto()
    YEARLY = auto()
    TERMS = auto()  # twice a year
    PROJECT = auto()


@dataclass(frozen=True)
class FundKind:
    """One kind of money; every covered year has a programme of it."""

    letters: str
    name: str
    fund_class: str
    level: str
    department: str
    way: str
    rhythm: Rhythm
    month: int  # when yearly money is paid
    basis: str
    scope: str = ""  # blank: the dictionary's default

    @property
    def listed_only(self) -> bool:
        """发放范围=在册对象, by the default of the data dictionary."""
        return self.fund_class == "扶贫资金" and self.way == "到户补贴"


_RELIEF, _FARM, _AID, _GIFT = "扶贫资金", "涉农资金", "社会救助", "社会帮扶"
_M, _Y, _T, _P = Rhythm.MONTHLY, Rhythm.YEARLY, Rhythm.TERMS, Rhythm.PROJECT

KINDS: Final = (
    FundKind("XJCY", "衔接推进乡村振兴补助资金（产业发展）", _RELIEF, "中央", "NY", "项目", _P, 0, "财农〔2021〕19号"),
    FundKind("DB", "农村最低生活保障金", _AID, "省", "MZ", "一卡通", _M, 0, "社会救助暂行办法"),
    FundKind("CJ", "残疾人两项补贴", _AID, "省", "CL", "一卡通", _M, 0, "国发〔2015〕52号"),
    FundKind("GD", "耕地地力保护补贴", _FARM, "中央", "NY", "一卡通", _Y, 6, "财农〔2016〕26号"),
    FundKind("XJJC", "衔接推进乡村振兴补助资金（基础设施）", _RELIEF, "省", "JT", "项目", _P, 0, "财农〔2021〕19号"),
    FundKind("DHJB", "低收入农户产业发展到户奖补", _RELIEF, "市", "NY", "到户补贴", _Y, 10, "本级实施办法（演示）"),
    FundKind("GL", "高龄老人津贴", _AID, "县", "MZ", "一卡通", _M, 0, "老年人权益保障法"),
    FundKind("SHBF", "“万企兴万村”社会帮扶资金", _GIFT, "社会", "GS", "项目", _P, 0, "捐赠协议（演示）"),
    FundKind("TK", "特困人员基本生活供养金", _AID, "省", "MZ", "一卡通", _M, 0, "社会救助暂行办法"),
    FundKind("GYG", "乡村公益性岗位补贴", _AID, "县", "RS", "一卡通", _M, 0, "本级实施办法（演示）"),
    FundKind("JYZZ", "困难家庭学生资助（雨露计划）", _RELIEF, "省", "JY", "到户补贴", _T, 4, "国开办发〔2015〕19号"),
    FundKind("GBNT", "高标准农田建设补助", _FARM, "中央", "NY", "项目", _P, 0, "国办发〔2019〕50号"),
    FundKind("NTSL", "农田水利设施建设补助", _FARM, "省", "SL", "项目", _P, 0, "本级实施办法（演示）"),
    FundKind("YLJZ", "城乡医疗救助", _AID, "中央", "YB", "一卡通", _T, 5, "国办发〔2021〕42号"),
    FundKind("LSJZ", "临时救助", _AID, "县", "MZ", "一卡通", _T, 3, "国发〔2014〕47号"),
    FundKind("WW", "困难群众春节慰问", _GIFT, "社会", "GS", "到户补贴", _Y, 1, "捐赠协议（演示）"),
    FundKind("WG", "农村危房改造补助", _FARM, "中央", "ZJ", "到户补贴", _Y, 9, "财社〔2020〕文（演示）"),
    FundKind("JTJJ", "发展壮大村级集体经济扶持资金", _RELIEF, "省", "NY", "项目", _P, 0, "本级实施办法（演示）"),
    FundKind("NCGL", "农村公路提档升级补助", _FARM, "市", "JT", "项目", _P, 0, "本级实施办法（演示）"),
    FundKind("YGDZ", "以工代赈资金", _RELIEF, "中央", "FG", "项目", _P, 0, "国家以工代赈管理办法"),
    FundKind("JYCJ", "就业帮扶车间奖补", _RELIEF, "市", "RS", "项目", _P, 0, "本级实施办法（演示）"),
    FundKind("TX", "扶贫小额信贷贴息", _RELIEF, "市", "NY", "到户补贴", _Y, 11, "本级实施办法（演示）"),
    FundKind("BQ", "易地搬迁后续扶持资金", _RELIEF, "中央", "FG", "项目", _P, 0, "本级实施办法（演示）"),
    FundKind("YS", "农村饮水安全巩固提升", _FARM, "省", "SL", "项目", _P, 0, "本级实施办法（演示）"),
    FundKind("NJ", "农机购置与应用补贴", _FARM, "中央", "NY", "一卡通", _Y, 8, "农机购置补贴实施意见（演示）"),
    FundKind("LL", "农产品冷链物流补助", _FARM, "省", "FG", "项目", _P, 0, "本级实施办法（演示）"),
    FundKind("GGFW", "村级公共服务设施补助", _RELIEF, "县", "ZJ", "项目", _P, 0, "本级实施办法（演示）"),
    FundKind("DG", "稻谷生产者补贴", _FARM, "中央", "NY", "一卡通", _Y, 10, "本级实施办法（演示）"),
    FundKind("WCWG", "外出务工交通补助", _RELIEF, "市", "RS", "到户补贴", _Y, 3, "本级实施办法（演示）"),
    FundKind("ZX", "社会爱心助学金", _GIFT, "社会", "JY", "到户补贴", _Y, 9, "捐赠协议（演示）"),
    FundKind("DS", "电商产业发展补助", _FARM, "市", "FG", "项目", _P, 0, "本级实施办法（演示）"),
)

BY_LETTERS: Final = {kind.letters: kind for kind in KINDS}


@dataclass(frozen=True)
class Programme:
    """One kind of money of one year."""

    index: int
    code: str
    kind: FundKind
    year: int


def make_programmes(plan: Plan) -> list[Programme]:
    """The programmes of all years; when the number does not divide evenly the last years have one more."""
    base, more = divmod(plan.scale.programmes, len(plan.years))
    result: list[Programme] = []
    for position, year in enumerate(plan.years):
        kinds = KINDS[: base + (1 if position >= len(plan.years) - more else 0)]
        for kind in kinds:
            result.append(Programme(len(result), f"ZX{year}-{kind.letters}", kind, year))
    return result


def programme_table(places: Places, programmes: list[Programme], spent_fen: Ints) -> DemoTable:
    """资金项目; the budget is what was handed out, rounded up to the next 10,000 yuan, and a little more."""
    county = "320800000000" if places.plan.scale.has_city else places.counties[0]
    budget = (np.ceil(spent_fen * 1.01 / 1_000_000) * 1_000_000).astype(np.int64)
    mark = {"中央": "苏财农", "省": "苏财农", "市": "淮财农", "县": "涟财农", "社会": "涟工联"}
    return table(
        "programmes",
        "programmes",
        {
            "资金项目编码": words([p.code for p in programmes]),
            "名称": words([f"{p.year}年{p.kind.name}" for p in programmes]),
            "资金类别": words([p.kind.fund_class for p in programmes]),
            "主管部门": words([places.department(county, p.kind.department) for p in programmes]),
            "年度": np.array([p.year for p in programmes], dtype=np.int64),
            "级次": words([p.kind.level for p in programmes]),
            "预算金额": budget,
            "指标文号": words([f"{mark[p.kind.level]}〔{p.year}〕{7 + p.index % 60}号" for p in programmes]),
            "政策依据": words([p.kind.basis for p in programmes]),
            "发放方式": words([p.kind.way for p in programmes]),
            "发放范围": words(["在册对象" if p.kind.listed_only else "不限" for p in programmes]),
        },
    )
