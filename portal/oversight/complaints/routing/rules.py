"""Which organ gets a complaint 分流, and who must not know of it 回避: pure functions over values in hand.

信访工作条例（2022）第二十八条、第三十条（回避；材料不得转给被反映的人和单位）；纪检监察机关处理检举控告工作规则（2020）第四十七条。

Organisations form one tree: a division stands for its own government and organ, a department for itself below its
division. Persons and what they are known by are plain texts; a caller may as well hand in keyed hashes of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

Names = frozenset[str]
NOBODY: Names = frozenset()
COUNTY_DEPTH = 3
"""A county, a city and a province are above every township: whatever lies below the county may be who is meant."""


@dataclass(frozen=True)
class OrgTree:
    """组织树: who stands below whom, and which organisations are the discipline organ of a division."""

    parents: Mapping[str, str | None]
    organ_units: Mapping[str, Names] = field(default_factory=dict)  # division → units that are its organ

    def above(self, code: str) -> tuple[str, ...]:
        """Everything above an organisation, the nearest first; nothing for one that nobody knows."""
        return tuple(self._climb(self.parents.get(code)))

    def _climb(self, code: str | None) -> Iterator[str]:
        seen: set[str] = set()
        while code is not None and code not in seen:
            seen.add(code)
            yield code
            code = self.parents.get(code)

    @cached_property
    def children(self) -> Mapping[str, Names]:
        """The organisations right below each."""
        found: dict[str, set[str]] = {}
        for code, parent in self.parents.items():
            if parent is not None:
                found.setdefault(parent, set()).add(code)
        return {code: frozenset(codes) for code, codes in found.items()}

    def below(self, code: str) -> Names:
        """The organisations right below one."""
        return self.children.get(code, NOBODY)


@dataclass(frozen=True)
class Person:
    """A person as routing sees him. `known_as`: everything by which somebody may have named him.

    `handles` and `decides`: the divisions whose organ he works complaints for, or approves them in.
    """

    no: str
    unit: str | None
    handles: Names = NOBODY
    decides: Names = NOBODY
    superior: str | None = None
    relatives: Names = NOBODY  # what the relatives that he declared are known as
    is_head: bool = False
    known_as: Names = NOBODY
    called: Names = NOBODY  # his bare name, as somebody may have declared him a relative without saying where he works

    @property
    def names(self) -> Names:
        """His number and whatever else he is known as."""
        return self.known_as | {self.no}


@dataclass(frozen=True)
class CaseFacts:
    """What a complaint is routed by. `handled_by`: the numbers of those who made the disputed record what it is."""

    division: str
    accused_people: Names = NOBODY
    accused_units: Names = NOBODY
    handled_by: Names = NOBODY


@dataclass(frozen=True)
class Route:
    """分流结果: the organ that has it, that organ and those above it, who is kept away, and whether nobody is left.

    `bypassed`: the organs passed over. None of them may know; `alarm`: it lies in the topmost queue and waits.
    """

    authority: str
    ladder: tuple[str, ...]
    excluded: Names
    alarm: bool
    bypassed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conflict:
    """Whose being accused keeps a person away: names of persons, and organisations."""

    people: Names
    units: Names

    def hits(self, facts: CaseFacts, accused_units: Collection[str]) -> bool:
        """Whether any of these is accused."""
        return not self.people.isdisjoint(facts.accused_people) or not self.units.isdisjoint(accused_units)


def conflict_of(person: Person, tree: OrgTree, people: Iterable[Person]) -> Conflict:
    """回避: himself, his unit, whoever is above it, his direct superior and subordinates, his declared relatives.

    `people` must hold at least those of his own unit, of the units above and (of a head) right below it, his superior
    and subordinates, and those who declared him a relative; more do no harm.
    """
    upward: Names = frozenset((person.unit, *tree.above(person.unit))) if person.unit else NOBODY
    downward = tree.below(person.unit) if person.is_head and person.unit else NOBODY
    names = set(person.names | person.relatives)
    for other in people:
        near = other.unit is not None and (other.unit in upward or other.unit in downward)
        line = other.superior == person.no or other.no == person.superior
        if near or line or not other.relatives.isdisjoint(person.names | person.called):
            names |= other.names
    return Conflict(frozenset(names), upward | downward)


def accused_units_of(facts: CaseFacts, tree: OrgTree, people: Iterable[Person]) -> Names:
    """The accused organisations and those of the accused persons; with neither, the place below its county.

    Where nobody is named the village's township counts as accused too: its head may well be who is meant.
    """
    units = facts.accused_units | {p.unit for p in people if p.unit and not p.names.isdisjoint(facts.accused_people)}
    if units:
        return frozenset(units)
    place = (facts.division, *tree.above(facts.division))
    return frozenset(place[: max(0, len(place) - COUNTY_DEPTH)])


def holder_units(holders: Iterable[str], tree: OrgTree) -> Names:
    """Of those who held the disputed payment's money the ones below their county: what is complained of may be their doing."""
    return frozenset(code for code in holders if code in tree.parents and len(tree.above(code)) >= COUNTY_DEPTH)


def candidates(division: str, units: Collection[str], tree: OrgTree) -> tuple[str, ...]:
    """The divisions above every accused organisation whose own organ is not accused, the nearest first."""
    chains = [tree.above(unit) for unit in sorted(units)] or [(division, *tree.above(division))]
    return tuple(
        code
        for code in chains[0]
        if all(code in chain for chain in chains) and tree.organ_units.get(code, NOBODY).isdisjoint(units)
    )


def route(case: CaseFacts, tree: OrgTree, people: Sequence[Person], over: str | None = None) -> Route:
    """Choose the organ: at least one level above every accused organisation, with somebody to work and another to decide.

    Where no organ has these two, one with a single person left must do; where nobody is left at all, the complaint goes
    to the topmost queue and the alarm is raised. `over`: an organ that had its time; only those above it count.
    """
    units = accused_units_of(case, tree, people)
    excluded = frozenset(p.no for p in people if p.no in case.handled_by or is_accused(p, case)) | frozenset(
        p.no for p in people if conflict_of(p, tree, people).hits(case, units)
    )
    organs = candidates(case.division, units, tree)
    if over is not None:
        organs = tuple(code for code in organs if code in tree.above(over))
    for is_fit in (_is_able, _is_manned):
        for rank, organ in enumerate(organs):
            if is_fit(organ, people, excluded):
                return Route(organ, organs[rank:], excluded, False, organs[:rank])
    top = topmost(case.division, tree)
    return Route(top, (top,), excluded, True, tuple(code for code in organs if code != top))


def is_accused(person: Person, case: CaseFacts) -> bool:
    """Whether a complaint names this person."""
    return not person.names.isdisjoint(case.accused_people)


def topmost(division: str, tree: OrgTree) -> str:
    """The division at the top of the tree, seen from a place: the provincial queue."""
    return (division, *tree.above(division))[-1]


def _is_manned(organ: str, people: Sequence[Person], excluded: Names) -> bool:
    """Anybody at all."""
    return any(organ in person.handles | person.decides for person in people if person.no not in excluded)


def _is_able(organ: str, people: Sequence[Person], excluded: Names) -> bool:
    """One who works and another who decides."""
    free = [person for person in people if person.no not in excluded]
    deciders = {person.no for person in free if organ in person.decides}
    workers = {person.no for person in free if organ in person.handles}
    return bool(deciders) and len(deciders | workers) > 1 and bool(workers)
