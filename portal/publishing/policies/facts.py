"""What a policy may ask about a person or a household: the closed list of facts, with their kinds and options.

A fact that no register here keeps (`source` empty) is unknown in every run over the register; somebody who answers the
four questions may know it. Unknown is never no.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from portal.publishing.policies.models import About
from portal.registers.recipients.queries import (
    Category,
    Cause,
    DisabilityLevel,
    Health,
    HouseholdStatus,
    Labour,
    Schooling,
)

NO_DISABILITY: Final = "无"
YES, NO = "是", "否"


class FactKind(StrEnum):
    """A number in some unit, money (declared in yuan, held in fen), or one word of a list."""

    NUMBER = "数"
    MONEY = "钱"
    WORD = "词"


@dataclass(frozen=True)
class Fact:
    """One fact: its name in declarations, how people call it, and where the register keeps it."""

    name: str
    title: str
    kind: FactKind
    about: About
    options: tuple[str, ...] = ()
    unit: str = ""
    source: str = ""


_P, _H = About.PERSON, About.HOUSEHOLD
_N, _M, _W = FactKind.NUMBER, FactKind.MONEY, FactKind.WORD
_MEMBERS, _HOME, _INCOME = "对象台账·家庭成员", "对象台账·户", "收入核算"
_YN = (YES, NO)

FACTS: Final[dict[str, Fact]] = {
    fact.name: fact
    for fact in (
        Fact("age", "年龄", _N, _P, unit="周岁", source=_MEMBERS),
        Fact("sex", "性别", _W, _P, ("男", "女"), source=_MEMBERS),
        Fact("relation", "与户主关系", _W, _P, ("户主", "配偶", "子女", "父母", "其他"), source=_MEMBERS),
        Fact("lives_together", "是否共同生活", _W, _P, _YN, source=_MEMBERS),
        Fact("health", "健康状况", _W, _P, tuple(Health), source=_MEMBERS),
        Fact("labour", "劳动能力", _W, _P, tuple(Labour), source=_MEMBERS),
        Fact("schooling", "在校状况", _W, _P, tuple(Schooling), source=_MEMBERS),
        Fact("disability_level", "残疾等级", _W, _P, (*DisabilityLevel, NO_DISABILITY), source=_MEMBERS),
        Fact("guardian", "监护状况", _W, _P, ("有人抚养", "父母双亡或查找不到", "父母无法抚养")),
        Fact("supporter", "有没有人赡养抚养", _W, _P, _YN),
        Fact("pension", "是否领取养老金", _W, _P, _YN),
        Fact("insured", "是否参加基本医保", _W, _P, _YN),
        Fact("category", "对象类别", _W, _H, tuple(Category), source=_HOME),
        Fact("status", "状态", _W, _H, tuple(HouseholdStatus), source=_HOME),
        Fact("main_cause", "主要致贫原因", _W, _H, tuple(Cause), source=_HOME),
        Fact("members", "共同生活的人数", _N, _H, unit="人", source=_MEMBERS),
        Fact("labourers", "有劳动能力的人数", _N, _H, unit="人", source=_MEMBERS),
        Fact("income_per_head", "人均年收入", _M, _H, unit="元/人·年", source=_INCOME),
        Fact("income_for_dibao", "人均年收入（低保口径）", _M, _H, unit="元/人·年", source=_INCOME),
        Fact("housing_level", "住房鉴定等级", _W, _H, ("A", "B", "C", "D")),
        Fact("shock", "突然遇到大难处", _W, _H, _YN),
    )
}
