"""The language of conditions: what can be read, and how clearly it is said where it cannot."""

from __future__ import annotations

from typing import Any

import pytest

from portal.demo.policies import read_policies
from portal.kernel.errors import BadInput
from portal.publishing.policies.language import leaves_of, parameters_of, parse
from portal.publishing.policies.models import About

OLD = {"test": "age", "at_least": 80, "article": "第三条"}
POOR = {
    "test": "income_per_head",
    "below": {"parameter": "dibao_standard", "months": 12, "factor": "1.5"},
    "article": "第五条",
}


def test_every_policy_of_the_demonstration_can_be_read() -> None:
    declared = read_policies()
    assert len(declared) == 20
    for one in declared:
        tree = parse(one["conditions"], About(one["about"]))
        assert all(test.article for test in leaves_of(tree))
        if one.get("reached"):
            parse(one["reached"], About.HOUSEHOLD)


def test_thresholds_are_numbers_or_parameters_of_the_place() -> None:
    tree = parse({"all": [OLD, POOR]}, About.PERSON)
    age, income = leaves_of(tree)
    assert (age.threshold.hundredths, age.path) == (8000, "1.1")
    assert (income.threshold.months, income.threshold.factor) == (12, 150)
    assert parameters_of(tree) == {"dibao_standard"}
    money = parse({"test": "income_per_head", "below": "1200.50", "article": "一"}, About.HOUSEHOLD)
    assert next(leaves_of(money)).threshold.hundredths == 12_005_000


@pytest.mark.parametrize(
    ("declared", "path", "said"),
    [
        ([], "1", "对象"),
        ({}, "1", "对象"),
        ({"all": []}, "1", "至少一项"),
        ({"all": "age"}, "1", "至少一项"),
        ({"all": [OLD], "any": [OLD]}, "1", "只能有一个"),
        ({"perhaps": [OLD]}, "1", "perhaps"),
        ({"all": [OLD, {"test": "height", "at_least": 1, "article": "一"}]}, "1.2", "height"),
        ({"test": "age", "at_least": 80}, "1", "条款"),
        ({"test": "age", "article": "一"}, "1", "一个比较"),
        ({"test": "age", "at_least": 1, "below": 2, "article": "一"}, "1", "一个比较"),
        ({"test": "age", "is": "老", "article": "一"}, "1", "是数"),
        ({"test": "age", "at_least": 1.5, "article": "一"}, "1", "门槛"),
        ({"test": "age", "at_least": True, "article": "一"}, "1", "门槛"),
        ({"test": "age", "at_least": "1.005", "article": "一"}, "1", "门槛"),
        ({"test": "health", "at_least": 1, "article": "一"}, "1", "是词"),
        ({"test": "health", "in": [], "article": "一"}, "1", "至少一个词"),
        ({"test": "health", "is": "感冒", "article": "一"}, "1", "感冒"),
        ({"test": "age", "at_least": {"parameter": "hotlines"}, "article": "一"}, "1", "目录"),
        ({"test": "age", "at_least": {"parameter": "tekun_age", "months": 0}, "article": "一"}, "1", "months"),
        ({"test": "age", "at_least": {"parameter": "tekun_age", "factor": "-1"}, "article": "一"}, "1", "factor"),
        ({"test": "age", "at_least": {"parameter": "tekun_age", "plus": 1}, "article": "一"}, "1", "plus"),
        ({"some_member": {"some_member": OLD}}, "1", "不能再有"),
        (
            {"not": {"not": {"not": {"not": {"not": {"not": {"not": {"not": {"not": OLD}}}}}}}}},
            "1.1.1.1.1.1.1.1.1.1",
            "层数",
        ),
        ({"any": [OLD] * 61}, "1", "超过"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(declared: Any, path: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        parse(declared, About.PERSON)
    assert f"第 {path} 项" in refused.value.what
    assert refused.value.fix


def test_facts_of_persons_need_a_member_where_the_policy_asks_about_households() -> None:
    with pytest.raises(BadInput, match="some_member"):
        parse({"all": [OLD, POOR]}, About.HOUSEHOLD)
    parse({"all": [{"some_member": OLD}, POOR]}, About.HOUSEHOLD)
