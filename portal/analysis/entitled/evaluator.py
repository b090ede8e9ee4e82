"""Evaluating conditions for any number of households at once, in three values: no, unknown, yes.

What is known of a number is an interval, of a word the set of words it may be: an interval of one point and a set of one
word are knowledge, everything is ignorance, and what somebody tells in a form lies between. A test is yes or no only
where every possibility says so; all is the least of its parts, any the greatest (Kleene). The page of one household, the
four questions and the run over a city are the same code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from portal.publishing.policies.facts import FACTS, Fact
from portal.publishing.policies.language import HUNDRED, Group, Members, Negation, Node, Test, Threshold
from portal.publishing.policies.models import About

NO: Final = 0
UNKNOWN: Final = 1
YES: Final = 2
LEAST: Final = -(10**12)
MOST: Final = 10**12
"""Beyond every age, number of persons and income in fen; times a hundred it still fits."""
Values: TypeAlias = NDArray[np.int8]
Ints: TypeAlias = NDArray[np.int64]
Masks: TypeAlias = NDArray[np.uint32]


@dataclass(frozen=True)
class Range:
    """What is known of a number of each person or household: from … to, both inclusive."""

    low: Ints
    high: Ints


@dataclass(frozen=True)
class Parameter:
    """A dated parameter as it holds for each household: hundredths of its unit (money: of fen); `known` where it is laid down."""

    hundredths: Ints
    known: NDArray[np.bool_]


@dataclass
class Facts:
    """What is known of some households and their members. Persons stand in the order of their households."""

    homes: Ints  # of each person: the index of his household
    households: int
    ranges: dict[str, Range] = field(default_factory=dict)
    masks: dict[str, Masks] = field(default_factory=dict)
    parameters: dict[str, Parameter] = field(default_factory=dict)

    @property
    def persons(self) -> int:
        """How many persons."""
        return len(self.homes)

    def size(self, about: About) -> int:
        """How many there are of what a fact is about."""
        return self.persons if about is About.PERSON else self.households

    def range_of(self, fact: Fact) -> Range:
        """A number; unknown where nobody has entered it."""
        if fact.name not in self.ranges:
            n = self.size(fact.about)
            self.ranges[fact.name] = Range(np.full(n, LEAST, np.int64), np.full(n, MOST, np.int64))
        return self.ranges[fact.name]

    def mask_of(self, fact: Fact) -> Masks:
        """A word as the set of words it may be, one bit for each option."""
        if fact.name not in self.masks:
            self.masks[fact.name] = np.full(self.size(fact.about), all_words(fact), np.uint32)
        return self.masks[fact.name]


def bit_of(fact: Fact, word: str) -> int:
    """The bit of one option."""
    return 1 << fact.options.index(word)


def all_words(fact: Fact) -> int:
    """Every option: nothing is known."""
    return (1 << len(fact.options)) - 1


@dataclass(frozen=True)
class Outcome:
    """What a part of the tree says: a value for each person or household, and what its own parts say."""

    node: Node
    about: About
    values: Values
    parts: tuple[Outcome, ...] = ()


Forced: TypeAlias = Mapping[str, int]


def evaluate(node: Node, facts: Facts, forced: Forced | None = None) -> Outcome:
    """The values of a tree. `forced`: tests (by path) that are taken to be so, to see what would change."""
    return _evaluate(node, facts, forced or {})


def _evaluate(node: Node, facts: Facts, forced: Forced) -> Outcome:
    if isinstance(node, Test):
        if node.path in forced:
            return Outcome(node, node.fact.about, np.full(facts.size(node.fact.about), forced[node.path], np.int8))
        return Outcome(node, node.fact.about, _test(node, facts))
    if isinstance(node, Negation):
        part = _evaluate(node.part, facts, forced)
        return Outcome(node, part.about, (YES - part.values).astype(np.int8), (part,))
    if isinstance(node, Members):
        part = _evaluate(node.part, facts, forced)
        return Outcome(node, About.HOUSEHOLD, over_members(_of_persons(part, facts), facts, node.every), (part,))
    parts = tuple(_evaluate(part, facts, forced) for part in node.parts)
    return _join(node, parts, facts)


def _join(node: Group, parts: tuple[Outcome, ...], facts: Facts) -> Outcome:
    of_persons = any(part.about is About.PERSON for part in parts)
    columns = [_of_persons(part, facts) if of_persons else part.values for part in parts]
    values = columns[0].copy()
    for column in columns[1:]:
        (np.minimum if node.every else np.maximum)(values, column, out=values)
    return Outcome(node, About.PERSON if of_persons else About.HOUSEHOLD, values, parts)


def _of_persons(outcome: Outcome, facts: Facts) -> Values:
    """A value for each person: what is said of a household holds for its members."""
    return outcome.values if outcome.about is About.PERSON else outcome.values[facts.homes]


def over_members(values: Values, facts: Facts, every: bool) -> Values:
    """Some member (the greatest) or every one (the least) of each household; without members nobody, and nothing, is known."""
    found = np.full(facts.households, UNKNOWN, np.int8)
    if facts.persons:
        starts = np.flatnonzero(np.diff(facts.homes, prepend=-1))
        joined = (np.minimum if every else np.maximum).reduceat(values, starts)
        found[facts.homes[starts]] = joined
    return found


def by_household(outcome: Outcome, facts: Facts) -> Values:
    """Whether each household is entitled: itself, or by some member."""
    if outcome.about is About.HOUSEHOLD:
        return outcome.values
    return over_members(outcome.values, facts, every=False)


def entitled_members(outcome: Outcome, facts: Facts) -> Ints:
    """How many members of each household are entitled; 0 where the household is entitled as one."""
    if outcome.about is About.HOUSEHOLD:
        return np.zeros(facts.households, np.int64)
    return np.bincount(facts.homes, weights=outcome.values == YES, minlength=facts.households).astype(np.int64)


def _test(test: Test, facts: Facts) -> Values:
    if test.words:
        return _among(facts.mask_of(test.fact), sum(bit_of(test.fact, word) for word in test.words))
    known = facts.range_of(test.fact)
    threshold, is_known = threshold_of(test.threshold, facts)
    if test.fact.about is About.PERSON and len(threshold) > 1:
        threshold, is_known = threshold[facts.homes], is_known[facts.homes]
    values = _compare(test.comparison, known.low * HUNDRED, known.high * HUNDRED, threshold)
    return np.where(is_known, values, UNKNOWN).astype(np.int8)


def _among(masks: Masks, wanted: int) -> Values:
    values = np.full(len(masks), UNKNOWN, np.int8)
    values[(masks & np.uint32(~wanted & 0xFFFFFFFF)) == 0] = YES
    values[(masks & np.uint32(wanted)) == 0] = NO
    return values


def _compare(comparison: str, low: Ints, high: Ints, threshold: Ints) -> Values:
    """Yes where the whole interval passes, no where none of it does."""
    if comparison == "at_least":
        surely, never = low >= threshold, high < threshold
    elif comparison == "above":
        surely, never = low > threshold, high <= threshold
    elif comparison == "at_most":
        surely, never = high <= threshold, low > threshold
    else:
        surely, never = high < threshold, low >= threshold
    return np.where(surely, YES, np.where(never, NO, UNKNOWN)).astype(np.int8)


def threshold_of(threshold: Threshold, facts: Facts) -> tuple[Ints, NDArray[np.bool_]]:
    """What each household is held against, in hundredths, and where it is known; one value for all when it is a number."""
    if not threshold.parameter:
        return np.array([threshold.hundredths], np.int64), np.array([True])
    held = facts.parameters[threshold.parameter]
    if not threshold.factor_parameter:
        return held.hundredths * threshold.months * threshold.factor // HUNDRED, held.known
    factor = facts.parameters[threshold.factor_parameter]
    return held.hundredths * threshold.months * factor.hundredths // HUNDRED, held.known & factor.known


def fact_named(name: str) -> Fact:
    """A fact of the closed list."""
    return FACTS[name]
