"""Why a policy fits one household or not: each test with value, threshold, article and source, and what would change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from portal.analysis.entitled.evaluator import (
    LEAST,
    MOST,
    NO,
    UNKNOWN,
    YES,
    Facts,
    by_household,
    evaluate,
    threshold_of,
)
from portal.publishing.policies.facts import FactKind
from portal.publishing.policies.language import HUNDRED, Test, leaves_with_sense
from portal.publishing.policies.models import About
from portal.publishing.policies.queries import PolicyRow


@dataclass(frozen=True)
class Said:
    """What is known of one fact of one person (`person_id`) or of the household: an interval, or the words it may be."""

    person_id: int | None
    low: int | None
    high: int | None
    words: tuple[str, ...]
    is_known: bool
    value: int

    @property
    def is_point(self) -> bool:
        """One number and no other."""
        return self.low is not None and self.low == self.high


@dataclass(frozen=True)
class Traced:
    """One test of a policy on one household. Numbers in the fact's unit, money in fen."""

    path: str
    fact: str
    title: str
    kind: FactKind
    unit: str
    comparison: str
    threshold: int | None
    parameters: tuple[str, ...]
    wanted: tuple[str, ...]
    article: str
    source: str
    source_on: date | None
    said: tuple[Said, ...]
    would_change: bool
    """If this one test were otherwise, the household would be entitled."""
    negated: bool = False
    """It is wanted not to hold."""

    @property
    def best(self) -> int:
        """Whether at least one person, or the household, is as wanted."""
        return max((YES - one.value if self.negated else one.value for one in self.said), default=UNKNOWN)


@dataclass(frozen=True)
class Finding:
    """What a policy says of one household: yes, no or unknown, which members, and the trace."""

    policy: PolicyRow
    value: int
    person_ids: tuple[int, ...]
    tests: tuple[Traced, ...]

    @property
    def is_yes(self) -> bool:
        """Entitled by what is known."""
        return self.value == YES

    @property
    def may_be(self) -> bool:
        """Nobody can say until more is known."""
        return self.value == UNKNOWN

    @property
    def missing(self) -> tuple[Traced, ...]:
        """Tests of which the answer is not known and would decide."""
        return tuple(test for test in self.tests if test.best == UNKNOWN)

    @property
    def changing(self) -> tuple[Traced, ...]:
        """Single tests that would make the household entitled if they were otherwise."""
        return tuple(test for test in self.tests if test.would_change)


def find(
    policy: PolicyRow, facts: Facts, person_ids: Sequence[int], recorded: Mapping[str, date] | None = None
) -> Finding:
    """Evaluate one policy on facts of exactly one household, and say why."""
    tree = policy.tree()
    outcome = evaluate(tree, facts)
    value = int(by_household(outcome, facts)[0])
    entitled: tuple[int, ...] = ()
    if outcome.about is About.PERSON:
        entitled = tuple(person for person, v in zip(person_ids, outcome.values, strict=True) if v == YES)
    tests = []
    for test, negated in leaves_with_sense(tree):
        changes = value != YES and any(
            int(by_household(evaluate(tree, facts, {test.path: forced}), facts)[0]) == YES for forced in (YES, NO)
        )
        tests.append(_traced(test, facts, person_ids, recorded or {}, would_change=changes, negated=negated))
    return Finding(policy, value, entitled, tuple(tests))


def _traced(
    test: Test, facts: Facts, person_ids: Sequence[int], recorded: Mapping[str, date], *,
    would_change: bool, negated: bool,
) -> Traced:  # fmt: skip
    fact = test.fact
    number: int | None = None
    if test.comparison:
        hundredths, known = threshold_of(test.threshold, facts)
        number = int(hundredths[0]) // HUNDRED if bool(known[0]) else None
    values = evaluate(test, facts).values
    who: Sequence[int | None] = person_ids if fact.about is About.PERSON else [None]
    said = tuple(_said(test, facts, at, person, int(values[at])) for at, person in enumerate(who))
    return Traced(
        test.path, fact.name, fact.title, fact.kind, fact.unit, test.comparison, number, test.threshold.parameters,
        tuple(word for word in fact.options if word in test.words), test.article, fact.source, recorded.get(fact.source),
        said, would_change, negated,
    )  # fmt: skip


def _said(test: Test, facts: Facts, at: int, person: int | None, value: int) -> Said:
    fact = test.fact
    if fact.kind is FactKind.WORD:
        mask = int(facts.mask_of(fact)[at])
        words = tuple(word for n, word in enumerate(fact.options) if mask >> n & 1)
        return Said(person, None, None, words, len(words) < len(fact.options), value)
    known = facts.range_of(fact)
    low, high = int(known.low[at]), int(known.high[at])
    return Said(
        person, None if low == LEAST else low, None if high == MOST else high, (), low > LEAST or high < MOST, value
    )
