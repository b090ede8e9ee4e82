"""Under five households nothing stands alone, and nothing merged comes back by subtraction."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.registers.funds.balances.rules import prefix
from portal.registers.funds.payouts.rules import merged_places, shown_codes

villages = st.builds(
    lambda city, county, town, village: f"32{city}{county}{town}{village}",
    st.sampled_from(["08"]),
    st.sampled_from(["26", "03"]),
    st.sampled_from(["101", "102", "103"]),
    st.sampled_from(["201", "202", "203", "204"]),
)
cells = st.dictionaries(villages, st.integers(1, 9), min_size=1, max_size=14)


@settings(max_examples=500, deadline=None)
@given(cells)
def test_what_is_published_never_gives_a_small_cell_away(households: dict[str, int]) -> None:
    shown = shown_codes(households)
    pools: dict[str, list[str]] = defaultdict(list)
    for village, code in shown.items():
        if village == code:
            assert households[village] >= 5
        else:
            pools[code].append(village)
    nation = "0" * 12
    for code, members in pools.items():
        if code != nation:  # a programme of under five households in all, or of one village: nothing below it is shown
            assert len(members) >= 2
            assert sum(households[m] for m in members) >= 5


@settings(max_examples=500, deadline=None)
@given(cells)
def test_differences_of_published_sums_hide_at_least_two_cells(households: dict[str, int]) -> None:
    """The attack: subtract everything published inside a place from the place's own total, at each level."""
    shown = shown_codes(households)
    for level in (4, 3, 2, 1):
        places = {prefix(v, level).ljust(12, "0") for v in households}
        for place in places:
            inside = [v for v in households if prefix(v, level) == prefix(place, level)]
            # A place's public total is the sum of the rows shown inside it; the rest is what subtraction could find.
            total = [v for v in inside if prefix(shown[v], level) == prefix(place, level)]
            published = [v for v in total if shown[v] == v]
            finer = [v for v in total if shown[v] != v and shown[v] != place]
            rest = [v for v in total if v not in published and v not in finer]
            assert not rest or (len(rest) >= 2 and sum(households[v] for v in rest) >= 5)


@given(cells)
def test_every_village_is_shown_at_itself_or_above_itself(households: dict[str, int]) -> None:
    shown = shown_codes(households)
    assert set(shown) == set(households)
    assert all(village.startswith(code.rstrip("0")) for village, code in shown.items())


def test_two_small_villages_go_into_their_township() -> None:
    shown = shown_codes({"320826104201": 3, "320826104202": 4, "320826104203": 9})
    assert shown == {"320826104201": "320826104000", "320826104202": "320826104000", "320826104203": "320826104203"}


def test_one_small_village_takes_the_next_smallest_with_it() -> None:
    shown = shown_codes({"320826104201": 3, "320826104202": 6, "320826104203": 9})
    assert (shown["320826104201"], shown["320826104202"]) == ("320826104000", "320826104000")
    assert shown["320826104203"] == "320826104203"


def test_a_township_that_is_too_small_goes_into_its_county_with_another() -> None:
    shown = shown_codes({"320826104201": 3, "320826110201": 8, "320826110202": 9, "320826111201": 50})
    assert set(shown.values()) == {"320826000000", "320826111201"}
    assert merged_places(shown)["320826104000"] == "320826000000"
    assert merged_places(shown)["320826110201"] == "320826000000"
    assert "320826111000" not in merged_places(shown)
