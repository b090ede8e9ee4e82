"""Three values: unknown is never no; the vectors say what one household after the other would."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.analysis.entitled.evaluator import (
    LEAST,
    MOST,
    NO,
    UNKNOWN,
    YES,
    Facts,
    Parameter,
    Range,
    by_household,
    entitled_members,
    evaluate,
)  # fmt: skip
from portal.analysis.entitled.tracing import find
from portal.demo.policies import read_policies
from portal.publishing.policies.facts import FACTS, FactKind
from portal.publishing.policies.language import parse
from portal.publishing.policies.models import About
from tests.factories.policies import OLD_AGE


def people(*ages: int | None, homes: list[int] | None = None, households: int = 1) -> Facts:
    """Members of given ages; None is unknown."""
    facts = Facts(np.array(homes or [0] * len(ages), np.int64), households)
    facts.ranges["age"] = Range(
        np.array([LEAST if a is None else a for a in ages], np.int64),
        np.array([MOST if a is None else a for a in ages], np.int64),
    )
    return facts


def value(declared: dict[str, Any], facts: Facts, about: About = About.HOUSEHOLD) -> int:
    return int(by_household(evaluate(parse(declared, about), facts), facts)[0])


def test_all_any_and_not_are_kleenes() -> None:
    tests = {NO: 90, UNKNOWN: None, YES: 80}
    for (a, age_a), (b, age_b) in product(tests.items(), repeat=2):
        facts = people(age_a, age_b)
        for kind, joined in (("some_member", max(a, b)), ("every_member", min(a, b))):
            assert value({kind: {"test": "age", "at_most": 85, "article": "一"}}, facts) == joined
            assert value({"not": {kind: {"test": "age", "at_most": 85, "article": "一"}}}, facts) == 2 - joined


def test_a_household_without_members_is_unknown() -> None:
    facts = people(81, homes=[1], households=3)
    outcome = evaluate(parse(OLD_AGE, About.PERSON), facts)
    assert by_household(outcome, facts).tolist() == [UNKNOWN, YES, UNKNOWN]
    assert entitled_members(outcome, facts).tolist() == [0, 1, 0]


def test_an_interval_decides_where_all_of_it_passes() -> None:
    facts = people(80)
    for low, high, said in ((80, 120, YES), (60, 79, NO), (60, 120, UNKNOWN)):
        facts.ranges["age"] = Range(np.array([low]), np.array([high]))
        assert value(OLD_AGE, facts, About.PERSON) == said


def test_a_threshold_that_is_not_laid_down_leaves_it_open() -> None:
    declared = {"test": "income_per_head", "below": {"parameter": "dibao_standard", "months": 12}, "article": "一"}
    facts = people(50)
    facts.ranges["income_per_head"] = Range(np.array([0]), np.array([0]))
    facts.parameters["dibao_standard"] = Parameter(np.array([8_000_000]), np.array([True]))
    assert value(declared, facts) == YES
    facts.ranges["income_per_head"] = Range(np.array([960_000]), np.array([960_000]))
    assert value(declared, facts) == NO, "the line itself is not below the line"
    facts.parameters["dibao_standard"] = Parameter(np.array([0]), np.array([False]))
    assert value(declared, facts) == UNKNOWN


def test_what_would_change_it_is_told() -> None:
    from_file = next(one for one in read_policies() if one["slug"] == "canji-shenghuo")
    tree = parse(from_file["conditions"], About.PERSON)

    class Row:
        """As much of a policy as the trace asks."""

        def tree(self) -> Any:
            return tree

    facts = people(40, 50)
    facts.masks["disability_level"] = np.array([1 << 4, 1], np.uint32)  # none; first degree
    facts.masks["category"] = np.array([1 << FACTS["category"].options.index("低保边缘户")], np.uint32)
    finding = find(Row(), facts, [7, 8])  # type: ignore[arg-type]  # only its tree is asked
    assert (finding.value, finding.person_ids) == (NO, ())
    assert [test.fact for test in finding.changing] == ["category"]
    facts.masks["category"] = np.array([1 << FACTS["category"].options.index("低保户")], np.uint32)
    assert find(Row(), facts, [7, 8]).person_ids == (8,)  # type: ignore[arg-type]  # as above


TREES = [(parse(one["conditions"], About(one["about"]))) for one in read_policies()]


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_many_households_at_once_are_each_as_if_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    homes = np.repeat(np.arange(6), rng.integers(1, 4, 6)).astype(np.int64)
    whole = Facts(homes, 6)
    for name, fact in FACTS.items():
        n = whole.size(fact.about)
        known = rng.random(n) < 0.7
        if fact.kind is FactKind.WORD:
            bits = np.where(known, 1 << rng.integers(0, len(fact.options), n), (1 << len(fact.options)) - 1)
            whole.masks[name] = bits.astype(np.uint32)
        else:
            values = rng.integers(0, 100, n) * (20_000 if fact.kind is FactKind.MONEY else 1)
            whole.ranges[name] = Range(np.where(known, values, LEAST), np.where(known, values, MOST))
    for name in ("dibao_standard", "edge_multiple", "tekun_age"):
        whole.parameters[name] = Parameter(rng.integers(1, 9, 6) * 1000, rng.random(6) < 0.8)
    for tree in TREES:
        together = by_household(evaluate(tree, whole), whole)
        alone = [int(by_household(evaluate(tree, one), one)[0]) for one in (_only(whole, at) for at in range(6))]
        assert together.tolist() == alone


def _only(whole: Facts, at: int) -> Facts:
    mine = whole.homes == at
    one = Facts(np.zeros(int(mine.sum()), np.int64), 1)
    for name, fact in FACTS.items():
        chosen: Any = mine if fact.about is About.PERSON else slice(at, at + 1)
        if fact.kind is FactKind.WORD:
            one.masks[name] = whole.masks[name][chosen]
        else:
            one.ranges[name] = Range(whole.ranges[name].low[chosen], whole.ranges[name].high[chosen])
    for name, held in whole.parameters.items():
        one.parameters[name] = Parameter(held.hundredths[at : at + 1], held.known[at : at + 1])
    return one
