"""The same twenty policies written by hand for OpenFisca-Core: an independent opinion, in two values, on known facts.

Nothing here reads the declarations. Words are their place in a list, money is yuan a year in fen, levels of 残疾 are 1–4
and 0 for none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from portal.publishing.policies.facts import FACTS
from portal.publishing.policies.models import About

PERIOD = "2026-11"
Person = build_entity("person", "persons", "a member", is_person=True)
Household = build_entity("household", "households", "a household", roles=[{"key": "member", "plural": "members"}])
PARAMETERS = ("dibao_standard", "edge_multiple", "tekun_age")


def code(fact: str, *words: str) -> list[int]:
    """The codes of some words of a fact."""
    return [FACTS[fact].options.index(word) for word in words]


def among(values: Any, fact: str, *words: str) -> Any:
    """Whether each value is one of some words."""
    return np.isin(values, code(fact, *words))


def _home(person: Any, name: str) -> Any:
    return person.household(name, PERIOD)


def _poor(person: Any, *words: str) -> Any:
    return among(_home(person, "category"), "category", *words)


WATCHED = ("脱贫不稳定户", "边缘易致贫户", "突发严重困难户")
STUDENTS = ("建档立卡低收入户", "低保户", "低保边缘户", "特困供养户", *WATCHED, "刚性支出困难户")


def dibao(household: Any, period: Any) -> Any:
    below = household("income_for_dibao", period) < household("dibao_standard", period) * 1200
    return below & ~among(household("category", period), "category", "特困供养户")


def dibao_edge(household: Any, period: Any) -> Any:
    income, line = household("income_for_dibao", period), household("dibao_standard", period) * 1200
    between = (income >= line) & (income < line * household("edge_multiple", period))
    return between & ~among(household("category", period), "category", "低保户", "特困供养户")


def tekun(person: Any, period: Any) -> Any:
    age, level = person("age", period), person("disability_level", period)
    weak = (age >= _home(person, "tekun_age")) | (age < 16) | among(level, "disability_level", "一级", "二级")
    idle = among(person("labour", period), "labour", "丧失劳动力", "无劳动力")
    return weak & idle & among(person("supporter", period), "supporter", "否")


def canji_shenghuo(person: Any, period: Any) -> Any:
    return ~among(person("disability_level", period), "disability_level", "无") & _poor(person, "低保户")


def canji_huli(person: Any, period: Any) -> Any:
    return among(person("disability_level", period), "disability_level", "一级", "二级")


def gaoling(person: Any, period: Any) -> Any:
    return person("age", period) >= 80


def yulu(person: Any, period: Any) -> Any:
    there = among(person("schooling", period), "schooling", "中职", "大专及以上")
    return there & _poor(person, "建档立卡低收入户", "低保户", *WATCHED)


def yiwu_jiaoyu(person: Any, period: Any) -> Any:
    return among(person("schooling", period), "schooling", "小学", "初中") & _poor(person, *STUDENTS)


def gaozhong(person: Any, period: Any) -> Any:
    return among(person("schooling", period), "schooling", "高中") & _poor(person, *STUDENTS)


def xueqian(person: Any, period: Any) -> Any:
    there = among(person("schooling", period), "schooling", "学前") & (person("age", period) >= 3)
    return there & _poor(person, *STUDENTS[:-1])


def yibao_zizhu(person: Any, period: Any) -> Any:
    return _poor(person, "特困供养户", "低保户", *WATCHED) & among(person("insured", period), "insured", "否")


def yiliao_jiuzhu(person: Any, period: Any) -> Any:
    ill = among(person("health", period), "health", "大病", "长期慢性病")
    return ill & _poor(person, "低保户", "特困供养户", "低保边缘户", *WATCHED)


def weifang(household: Any, period: Any) -> Any:
    unsafe = among(household("housing_level", period), "housing_level", "C", "D")
    names = ("低保户", "特困供养户", "低保边缘户", *WATCHED, "刚性支出困难户")
    return unsafe & among(household("category", period), "category", *names)


def linshi_jiuzhu(household: Any, period: Any) -> Any:
    return among(household("shock", period), "shock", "是")


def yanglao_daijiao(person: Any, period: Any) -> Any:
    age, level = person("age", period), person("disability_level", period)
    of_age = (age >= 16) & (age < 60) & among(person("schooling", period), "schooling", "非在校")
    meant = _poor(person, "低保户", "特困供养户") | among(level, "disability_level", "一级", "二级")
    return of_age & meant & among(person("pension", period), "pension", "否")


def gongyigang(person: Any, period: Any) -> Any:
    age = person("age", period)
    able = among(person("labour", period), "labour", "普通劳动力", "弱劳动力") & (age >= 16) & (age < 65)
    free = among(person("schooling", period), "schooling", "非在校")
    return able & free & _poor(person, "建档立卡低收入户", "低保户", *WATCHED)


def xiaoe_xindai(household: Any, period: Any) -> Any:
    meant = among(household("category", period), "category", "建档立卡低收入户", *WATCHED)
    out = among(household("status", period), "status", "已脱贫")
    return (household("labourers", period) >= 1) & (meant | out)


def guer(person: Any, period: Any) -> Any:
    return (person("age", period) < 18) & among(person("guardian", period), "guardian", "父母双亡或查找不到")


def wuren_fuyang(person: Any, period: Any) -> Any:
    return (person("age", period) < 18) & among(person("guardian", period), "guardian", "父母无法抚养")


def chanye_jiangbu(household: Any, period: Any) -> Any:
    return (household("labourers", period) >= 1) & among(household("status", period), "status", "在册")


OF_HOUSEHOLDS: tuple[Callable[..., Any], ...] = (
    dibao, dibao_edge, weifang, linshi_jiuzhu, xiaoe_xindai, chanye_jiangbu,
)  # fmt: skip
OF_PERSONS: tuple[Callable[..., Any], ...] = (
    tekun, canji_shenghuo, canji_huli, gaoling, yulu, yiwu_jiaoyu, gaozhong, xueqian, yibao_zizhu, yiliao_jiuzhu,
    yanglao_daijiao, gongyigang, guer, wuren_fuyang,
)  # fmt: skip


def _variable(name: str, entity: Any, formula: Callable[..., Any] | None = None) -> type[Variable]:
    body: dict[str, Any] = {"value_type": float, "entity": entity, "definition_period": DateUnit.MONTH, "label": name}
    if formula is not None:
        body |= {"value_type": bool, "formula": formula}
    return type(name, (Variable,), body)


def _system() -> TaxBenefitSystem:
    system = TaxBenefitSystem([Household, Person])
    for fact in FACTS.values():
        system.add_variable(_variable(fact.name, Person if fact.about is About.PERSON else Household))
    for name in PARAMETERS:
        system.add_variable(_variable(name, Household))
    for formulas, entity in ((OF_HOUSEHOLDS, Household), (OF_PERSONS, Person)):
        for formula in formulas:
            system.add_variable(_variable(f"policy_{formula.__name__}", entity, formula))
    return system


SYSTEM = _system()


def opinions(
    homes: NDArray[np.int64], households: int, known: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[np.bool_]]:
    """Whether each household is entitled to each policy, by its address: itself, or by some member."""
    builder = SimulationBuilder()
    builder.create_entities(SYSTEM)
    builder.declare_person_entity("person", np.arange(len(homes)))
    group = builder.declare_entity("household", np.arange(households))
    builder.join_with_persons(group, homes, np.repeat("member", len(homes)))
    simulation = builder.build(SYSTEM)
    for name, values in known.items():
        simulation.set_input(name, PERIOD, values.astype(np.float64))
    found = {f.__name__: simulation.calculate(f"policy_{f.__name__}", PERIOD).astype(bool) for f in OF_HOUSEHOLDS}
    for formula in OF_PERSONS:
        each = simulation.calculate(f"policy_{formula.__name__}", PERIOD)
        found[formula.__name__] = np.bincount(homes, weights=each, minlength=households) > 0
    return {name.replace("_", "-"): values for name, values in found.items()}
