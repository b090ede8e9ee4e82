"""What somebody answers to four questions, as facts: for the same evaluator as the register. Nothing is kept.

Everybody who was ticked becomes a member of whom only that is known; a rest of the household stands for whoever was not,
so that "none of these" is knowledge and "I do not know" is not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from portal.analysis.entitled.evaluator import LEAST, MOST, Facts, Parameter, Range, all_words, bit_of, fact_named
from portal.analysis.entitled.tracing import Finding, find
from portal.publishing.policies.facts import NO_DISABILITY
from portal.publishing.policies.models import About
from portal.publishing.policies.queries import PolicyRow
from portal.registers.recipients.queries import Category, HouseholdStatus


class Who(StrEnum):
    """家里有哪些人."""

    OLD = "old"  # 60–79
    VERY_OLD = "very-old"  # 80 and more
    CHILD = "child"  # under 16
    ALONE = "alone"  # a child without parents
    LEFT = "left"  # a child whose parents cannot care for it
    PRESCHOOL = "preschool"
    PUPIL = "pupil"
    SENIOR = "senior"
    VOCATIONAL = "vocational"
    HEAVY = "heavy"  # 残疾一级、二级
    LIGHT = "light"  # 残疾三级、四级
    ILL = "ill"
    UNABLE = "unable"
    UNKNOWN = "unknown"


class Listed(StrEnum):
    """现在是哪一类户."""

    DIBAO = "dibao"
    EDGE = "edge"
    TEKUN = "tekun"
    WATCHED = "watched"
    LISTED = "listed"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Answers:
    """Four answers: who lives there; the yearly income per head in fen, from … to; the list; house and sudden trouble.

    None, or UNKNOWN, is "I do not know".
    """

    who: frozenset[Who]
    income: tuple[int, int] | None
    listed: Listed
    unsafe: bool | None
    shock: bool | None
    uninsured: bool | None = None


_CATEGORIES: Mapping[Listed, tuple[Category, ...]] = {
    Listed.DIBAO: (Category.DIBAO,),
    Listed.EDGE: (Category.DIBAO_EDGE,),
    Listed.TEKUN: (Category.TEKUN,),
    Listed.WATCHED: (Category.UNSTABLE, Category.EDGE, Category.SUDDEN),
    Listed.LISTED: (Category.LOW_INCOME,),
    Listed.NONE: (),
}
#: What each tick says of the member that it makes.
_SAYS: Mapping[Who, Mapping[str, tuple[int, int] | tuple[str, ...]]] = {
    Who.OLD: {"age": (60, 79)},
    Who.VERY_OLD: {"age": (80, 130)},
    Who.CHILD: {"age": (0, 15)},
    Who.ALONE: {"age": (0, 17), "guardian": ("父母双亡或查找不到",)},
    Who.LEFT: {"age": (0, 17), "guardian": ("父母无法抚养",)},
    Who.PRESCHOOL: {"schooling": ("学前",), "age": (3, 6)},
    Who.PUPIL: {"schooling": ("小学", "初中"), "age": (5, 17)},
    Who.SENIOR: {"schooling": ("高中",), "age": (14, 21)},
    Who.VOCATIONAL: {"schooling": ("中职", "大专及以上"), "age": (14, 30)},
    Who.HEAVY: {"disability_level": ("一级", "二级")},
    Who.LIGHT: {"disability_level": ("三级", "四级")},
    Who.ILL: {"health": ("大病", "长期慢性病")},
    Who.UNABLE: {"labour": ("丧失劳动力", "无劳动力")},
}
#: What nobody who was not ticked can be.
_ELSE: Mapping[str, tuple[frozenset[Who], tuple[str, ...]]] = {
    "schooling": (frozenset({Who.PRESCHOOL, Who.PUPIL, Who.SENIOR, Who.VOCATIONAL}), ("非在校",)),
    "disability_level": (frozenset({Who.HEAVY, Who.LIGHT}), (NO_DISABILITY,)),
    "health": (frozenset({Who.ILL}), ("健康", "残疾")),
    "labour": (frozenset({Who.UNABLE}), ("普通劳动力", "弱劳动力")),
    "guardian": (frozenset({Who.ALONE, Who.LEFT}), ("有人抚养",)),
}


def facts_of(answers: Answers, parameters: Mapping[str, Parameter]) -> Facts:
    """One household as somebody describes it."""
    ticked = sorted(answers.who - {Who.UNKNOWN})
    members: list[Who | None] = [*ticked, None]
    facts = Facts(np.zeros(len(members), np.int64), 1, parameters=dict(parameters))
    low, high = zip(*(_age(member, answers.who) for member in members), strict=True)
    facts.ranges["age"] = Range(np.array(low, np.int64), np.array(high, np.int64))
    for name in _ELSE:
        facts.masks[name] = np.array([_mask(name, member, answers.who) for member in members], np.uint32)
    if answers.income is not None:
        for name in ("income_per_head", "income_for_dibao"):
            facts.ranges[name] = Range(np.array([answers.income[0]], np.int64), np.array([answers.income[1]], np.int64))
    _household(facts, answers)
    return facts


def _age(member: Who | None, who: Collection[Who]) -> tuple[int, int]:
    """The age of a ticked member as far as the tick says it; of all others what no tick has claimed."""
    said = _SAYS[member].get("age") if member is not None else None
    if said is not None:
        return int(said[0]), int(said[1])
    if Who.UNKNOWN in who:
        return LEAST, MOST
    if member is None:
        return 16, 59
    young = {Who.CHILD, Who.ALONE, Who.LEFT, Who.PRESCHOOL, Who.PUPIL, Who.SENIOR} & set(who)
    return (0 if young else 16), 130 if Who.VERY_OLD in who else 79 if Who.OLD in who else 59


def _mask(name: str, member: Who | None, who: Collection[Who]) -> int:
    fact = fact_named(name)
    said = _SAYS[member].get(name) if member is not None else None
    if said is not None:
        return sum(bit_of(fact, str(word)) for word in said)
    claimed, rest = _ELSE[name]
    if Who.UNKNOWN in who or (member is not None and claimed & set(who)):
        return all_words(fact)  # the old man may be the disabled one: nobody has said that he is not
    return sum(bit_of(fact, word) for word in rest)


def _household(facts: Facts, answers: Answers) -> None:
    words: dict[str, tuple[str, ...]] = {}
    if answers.listed is not Listed.UNKNOWN:
        words["category"] = tuple(_CATEGORIES[answers.listed])
        if answers.listed is Listed.NONE:
            words["status"] = ()
    if answers.listed in (Listed.LISTED, Listed.WATCHED):
        words["status"] = (HouseholdStatus.LISTED, HouseholdStatus.OUT_OF_POVERTY)
    if answers.unsafe is not None:
        words["housing_level"] = ("C", "D") if answers.unsafe else ("A", "B")
    if answers.shock is not None:
        words["shock"] = ("是",) if answers.shock else ("否",)
    if answers.uninsured is not None:
        words["insured"] = ("是", "否") if answers.uninsured else ("是",)
    for name, known in words.items():
        fact = fact_named(name)
        n = facts.persons if fact.about is About.PERSON else 1
        facts.masks[name] = np.full(n, sum(bit_of(fact, word) for word in known), np.uint32)
    able = Who.UNABLE not in answers.who and Who.UNKNOWN not in answers.who
    facts.ranges["labourers"] = Range(np.array([1 if able else 0], np.int64), np.array([MOST], np.int64))


def findings_for(
    answers: Answers, policies: Collection[PolicyRow], parameters: Mapping[str, Parameter]
) -> list[Finding]:
    """What applies by these answers: first what does, then what may, then what does not."""
    facts = facts_of(answers, parameters)
    found = [find(policy, facts, range(facts.persons)) for policy in policies]
    return sorted(found, key=lambda finding: -finding.value)
