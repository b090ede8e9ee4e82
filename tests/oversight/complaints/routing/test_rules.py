"""Routing: no organ that could be meant gets a complaint, and nobody near the accused can have it."""

from __future__ import annotations

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.oversight.complaints.routing.rules import (
    CaseFacts,
    OrgTree,
    Person,
    Route,
    accused_units_of,
    candidates,
    conflict_of,
    is_accused,
    route,
    topmost,
)

EXAMPLES = 1000 if os.environ.get("YANGGUANG_SOAK") == "1" else 60

PROVINCE, CITY, COUNTY, TOWN, VILLAGE, OTHER_TOWN = "P", "P1", "P11", "P11a", "P11a1", "P11b"
TREE = OrgTree(
    {
        PROVINCE: None, CITY: PROVINCE, COUNTY: CITY, TOWN: COUNTY, OTHER_TOWN: COUNTY, VILLAGE: TOWN,
        "bureau": COUNTY, "county organ": COUNTY, "city organ": CITY,
    },
    {COUNTY: frozenset({"county organ"}), CITY: frozenset({"city organ"})},
)  # fmt: skip


def _handlers(organ: str, unit: str) -> list[Person]:
    at = frozenset({organ})
    return [Person(f"{unit} worker", unit, at), Person(f"{unit} head", unit, at, at, is_head=True)]


ORGANS = _handlers(COUNTY, "county organ") + _handlers(CITY, "city organ")
PEOPLE = [
    *ORGANS,
    Person("town head", TOWN, is_head=True, superior="county leader"),
    Person("town clerk", TOWN),
    Person("village head", VILLAGE, is_head=True),
    Person("county leader", COUNTY, is_head=True),
    Person("bureau chief", "bureau", is_head=True),
]


def _route(place: str = VILLAGE, people: list[Person] = PEOPLE, **facts: frozenset[str]) -> Route:
    return route(CaseFacts(place, **facts), TREE, people)


def test_the_township_heads_complaint_starts_at_the_county_and_shuts_out_his_side() -> None:
    found = _route(accused_people=frozenset({"town head"}))
    assert found.authority == COUNTY
    assert found.ladder == (COUNTY, CITY, PROVINCE)
    assert found.excluded >= {"town head", "town clerk", "village head", "county leader"}
    assert found.excluded.isdisjoint({"county organ worker", "county organ head", "bureau chief"})


def test_the_head_of_the_organ_itself_sends_it_one_level_up() -> None:
    found = _route(accused_people=frozenset({"county organ head"}))
    assert found.authority == CITY
    assert "county organ worker" in found.excluded


def test_a_bureau_of_the_county_is_the_countys_matter_and_the_county_the_citys() -> None:
    assert _route(accused_units=frozenset({"bureau"})).authority == COUNTY
    assert _route(accused_units=frozenset({COUNTY})).authority == CITY


def test_with_nobody_named_the_township_does_not_get_it() -> None:
    at_town = frozenset({TOWN})
    tempted = [*PEOPLE, Person("town worker", TOWN, at_town), Person("town decider", TOWN, at_town, at_town)]
    assert _route(people=tempted).authority == COUNTY
    assert _route(COUNTY).authority == COUNTY


def test_accused_in_two_townships_start_above_both() -> None:
    assert _route(accused_units=frozenset({TOWN, OTHER_TOWN})).authority == COUNTY


def test_relatives_and_whoever_made_the_record_are_kept_away() -> None:
    family = Person("county organ head", "county organ", frozenset({COUNTY}), frozenset({COUNTY}),
                    relatives=frozenset({"town head"}))  # fmt: skip
    people = [family if person.no == family.no else person for person in PEOPLE]
    assert _route(people=people, accused_people=frozenset({"town head"})).authority == CITY
    moved = _route(handled_by=frozenset({"county organ worker"}))
    assert moved.authority == CITY
    assert moved.bypassed == (COUNTY,)


def test_nobody_left_means_the_topmost_queue_and_an_alarm() -> None:
    found = _route(people=PEOPLE[4:])
    assert (found.authority, found.alarm) == (PROVINCE, True)
    assert not _route().alarm


def test_one_person_alone_is_an_organ_only_where_no_other_has_two() -> None:
    alone = [person for person in PEOPLE if person.no != "county organ worker"]
    assert _route(people=alone).authority == CITY
    nobody_else = [person for person in alone if person.unit != "city organ"]
    assert _route(people=nobody_else).authority == COUNTY


def test_the_next_organ_is_one_above() -> None:
    case = CaseFacts(VILLAGE)
    assert route(case, TREE, PEOPLE, over=COUNTY).authority == CITY
    assert route(case, TREE, PEOPLE, over=CITY).alarm


@st.composite
def _worlds(draw: st.DrawFn) -> tuple[CaseFacts, OrgTree, list[Person]]:
    """A random tree of at most five levels, organs at some divisions, people anywhere, somebody accused."""
    parents: dict[str, str | None] = {"0": None}
    for level in range(1, draw(st.integers(2, 4)) + 1):
        above = [code for code in parents if code.count(".") == level - 1]
        for _ in range(draw(st.integers(1, 3))):
            parent = draw(st.sampled_from(above))
            parents[f"{parent}.{len(parents)}"] = parent
    divisions = sorted(parents)
    organs = {code: frozenset({f"{code} organ"}) for code in draw(st.sets(st.sampled_from(divisions)))}
    for code in organs:
        parents[f"{code} organ"] = code
    units = sorted(parents)
    people = [_somebody(draw, f"p{n}", units, divisions) for n in range(draw(st.integers(1, 9)))]
    for code in sorted(organs):
        people += [
            Person(f"{code} worker", f"{code} organ", frozenset({code})),
            Person(f"{code} decider", f"{code} organ", frozenset({code}), frozenset({code}), is_head=True),
        ]
    numbers = [person.no for person in people]
    facts = CaseFacts(
        draw(st.sampled_from(divisions)),
        draw(st.frozensets(st.sampled_from(numbers), max_size=2)),
        draw(st.frozensets(st.sampled_from(units), max_size=2)),
        draw(st.frozensets(st.sampled_from(numbers), max_size=2)),
    )
    return facts, OrgTree(parents, organs), people


def _somebody(draw: st.DrawFn, no: str, units: list[str], divisions: list[str]) -> Person:
    others = st.sampled_from([f"p{n}" for n in range(9)])
    places = st.frozensets(st.sampled_from(divisions), max_size=1)
    return Person(
        no, draw(st.none() | st.sampled_from(units)), draw(places), draw(places), draw(st.none() | others),
        draw(st.frozensets(others, max_size=1)), draw(st.booleans()),
    )  # fmt: skip


@settings(max_examples=EXAMPLES, deadline=None)
@given(_worlds())
def test_every_route_lies_above_the_accused_and_leaves_somebody_who_is_free(
    world: tuple[CaseFacts, OrgTree, list[Person]],
) -> None:
    facts, tree, people = world
    found = route(facts, tree, people)
    units = accused_units_of(facts, tree, people)
    if found.alarm:
        assert found.ladder == (topmost(facts.division, tree),)
        return
    assert all(found.authority in tree.above(unit) for unit in units)
    assert tree.organ_units.get(found.authority, frozenset()).isdisjoint(units)
    free = {p.no for p in people if found.authority in p.handles | p.decides} - found.excluded
    assert free
    assert list(found.ladder[1:]) == [c for c in tree.above(found.authority) if c in found.ladder]


@settings(max_examples=EXAMPLES, deadline=None)
@given(_worlds())
def test_nobody_near_the_accused_is_ever_free(world: tuple[CaseFacts, OrgTree, list[Person]]) -> None:
    facts, tree, people = world
    excluded = route(facts, tree, people).excluded
    accused = [person for person in people if is_accused(person, facts)]
    assert excluded >= {person.no for person in accused} | {p.no for p in people if p.no in facts.handled_by}
    for one in accused:
        for other in people:
            same_unit = one.unit is not None and one.unit == other.unit
            under = one.unit is not None and other.unit is not None and one.unit in tree.above(other.unit)
            line = other.superior == one.no or one.superior == other.no
            family = one.no in other.relatives or other.no in one.relatives
            if same_unit or under or line or family:
                assert other.no in excluded


@settings(max_examples=EXAMPLES, deadline=None)
@given(_worlds(), st.data())
def test_a_further_accused_opens_no_other_organ_and_frees_nobody(
    world: tuple[CaseFacts, OrgTree, list[Person]], data: st.DataObject
) -> None:
    facts, tree, people = world
    if not facts.accused_people and not facts.accused_units:
        return
    more = data.draw(st.sampled_from([person.no for person in people]))
    before = route(facts, tree, people)
    wider = CaseFacts(facts.division, facts.accused_people | {more}, facts.accused_units, facts.handled_by)
    after = route(wider, tree, people)
    assert after.excluded >= before.excluded
    could = candidates(facts.division, accused_units_of(facts, tree, people), tree)
    assert after.alarm or after.authority in could
    assert after.alarm or not before.alarm


def test_a_conflict_is_the_same_whoever_else_is_known() -> None:
    """Reading a list looks only at the people around the reader: strangers must not change the answer."""
    for person in PEOPLE:
        around = [p for p in PEOPLE if p.unit == person.unit or (p.unit and p.unit in TREE.above(person.unit or ""))]
        around += [p for p in PEOPLE if p.unit and TREE.parents.get(p.unit) == person.unit]
        around += [p for p in PEOPLE if p.superior == person.no or p.no == person.superior]
        assert conflict_of(person, TREE, around) == conflict_of(person, TREE, PEOPLE)
