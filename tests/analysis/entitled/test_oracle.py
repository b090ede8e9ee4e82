"""The evaluator against an independent oracle: the same policies written for OpenFisca, on ten thousand random households.

Where everything is known both must say the same. Where something is unknown, a yes or no must stand whatever it turns
out to be: the oracle is asked with the gaps filled in at random, several times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

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
    evaluate,
)
from portal.demo.policies import read_policies
from portal.publishing.policies.facts import FACTS, Fact, FactKind
from portal.publishing.policies.language import parse
from portal.publishing.policies.models import About
from tests.analysis.entitled.oracle import OF_HOUSEHOLDS, OF_PERSONS, PARAMETERS, opinions

HOUSEHOLDS = 10_000
FILLINGS = 5
POLICIES = {one["slug"]: parse(one["conditions"], About(one["about"])) for one in read_policies()}


@dataclass
class World:
    """Random households: for each fact its true value and whether the register knows it."""

    homes: NDArray[np.int64]
    households: int
    true: dict[str, NDArray[np.int64]]
    known: dict[str, NDArray[np.bool_]]
    parameters: dict[str, NDArray[Any]]

    def facts(self) -> Facts:
        """What the evaluator is told."""
        facts = Facts(self.homes, self.households)
        for name, values in self.true.items():
            fact, known = FACTS[name], self.known[name]
            if fact.kind is FactKind.WORD:
                bits = np.where(known, 1 << values, (1 << len(fact.options)) - 1)
                facts.masks[name] = bits.astype(np.uint32)
            else:
                facts.ranges[name] = Range(np.where(known, values, LEAST), np.where(known, values, MOST))
        everywhere = np.ones(self.households, bool)
        yuan = self.parameters["dibao_standard"]
        facts.parameters["dibao_standard"] = Parameter((yuan * 10_000).astype(np.int64), everywhere)
        for name in ("edge_multiple", "tekun_age"):
            facts.parameters[name] = Parameter((self.parameters[name] * 100).astype(np.int64), everywhere)
        return facts

    def filled(self, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """The true values where they are known, anything where they are not."""
        guesses = {name: draw(FACTS[name], len(values), rng) for name, values in self.true.items()}
        found: dict[str, NDArray[Any]] = {
            name: np.where(self.known[name], values, guesses[name]) for name, values in self.true.items()
        }
        return found | self.parameters


def draw(fact: Fact, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Random values of a fact, the thresholds of the policies among them."""
    if fact.kind is FactKind.WORD:
        return rng.integers(0, len(fact.options), n)
    if fact.kind is FactKind.MONEY:
        return np.where(
            rng.random(n) < 0.3, rng.choice([720, 800, 1000, 1200], n) * 1200, rng.integers(0, 3_000_000, n)
        )
    if fact.name == "age":
        return np.where(
            rng.random(n) < 0.4, rng.choice([3, 15, 16, 17, 18, 59, 60, 64, 65, 79, 80], n), rng.integers(0, 100, n)
        )
    return rng.integers(0, 6, n)


def make_world(seed: int, share_known: float) -> World:
    """Ten thousand households of one to six members."""
    rng = np.random.default_rng(seed)
    homes = np.repeat(np.arange(HOUSEHOLDS), rng.integers(1, 7, HOUSEHOLDS)).astype(np.int64)
    sizes = {name: len(homes) if fact.about is About.PERSON else HOUSEHOLDS for name, fact in FACTS.items()}
    return World(
        homes,
        HOUSEHOLDS,
        {name: draw(FACTS[name], n, rng) for name, n in sizes.items()},
        {name: rng.random(n) < share_known for name, n in sizes.items()},
        {
            "dibao_standard": rng.choice([600, 720, 800], HOUSEHOLDS),
            "edge_multiple": rng.choice([1.25, 1.5, 2.0], HOUSEHOLDS),
            "tekun_age": rng.choice([60, 65], HOUSEHOLDS),
        },
    )


def test_every_policy_of_the_demonstration_has_an_opinion_of_its_own() -> None:
    written = {f.__name__.replace("_", "-") for f in (*OF_HOUSEHOLDS, *OF_PERSONS)}
    assert set(POLICIES) == written
    assert len(written) == 20
    assert set(PARAMETERS) == {"dibao_standard", "edge_multiple", "tekun_age"}


def test_where_everything_is_known_both_say_the_same() -> None:
    world = make_world(7, share_known=1.0)
    facts = world.facts()
    theirs = opinions(world.homes, world.households, world.filled(np.random.default_rng(1)))
    for slug, tree in POLICIES.items():
        ours = by_household(evaluate(tree, facts), facts)
        assert not np.any(ours == UNKNOWN), slug
        assert np.array_equal(ours == YES, theirs[slug]), slug
        assert 0 < theirs[slug].sum() < HOUSEHOLDS, f"{slug}: the test would prove nothing"


@pytest.mark.parametrize("share_known", [0.5, 0.9])
def test_a_yes_or_no_stands_whatever_the_unknown_turns_out_to_be(share_known: float) -> None:
    world = make_world(11, share_known)
    facts = world.facts()
    ours = {slug: by_household(evaluate(tree, facts), facts) for slug, tree in POLICIES.items()}
    for filling in range(FILLINGS):
        theirs = opinions(world.homes, world.households, world.filled(np.random.default_rng(filling)))
        for slug, values in ours.items():
            assert np.all(theirs[slug][values == YES]), slug
            assert not np.any(theirs[slug][values == NO]), slug
    for slug, values in ours.items():
        assert {NO, UNKNOWN} <= set(np.unique(values).tolist()), slug
