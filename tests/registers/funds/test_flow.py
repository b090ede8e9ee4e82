"""The way of the money: every node balances to the fen, whatever the chain looks like."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.kernel.errors import BadInput
from portal.registers.divisions.models import UnitKind
from portal.registers.funds.balances.rules import LineFacts, entry_level, place_lines
from portal.registers.funds.flow import FlowRow, FlowSummary, Unbalanced, build_flow
from portal.registers.funds.flows.rules import Focus, Line, parse_focus, place_closely, say

TODAY = date(2026, 11, 20)
PLACES = ("320826000000", "320826104000", "320826104201", "320826104202", "320826110000", "320826110201", "")
UNITS = [(f"U{i}", kind) for i, kind in enumerate(list(UnitKind) * 2)] + [(None, None)]


def make_facts(
    line_id: int, parent: int | None, place: str = "", unit: int = -1, project: str | None = None
) -> LineFacts:
    code, kind = UNITS[unit]
    return LineFacts(
        id=line_id, parent_id=parent, programme_id=line_id % 3, amount_fen=0, currency="CNY", allocated_on=TODAY,
        place_code=place, unit_code=code, unit_kind=kind, unit_place=place, project_code=project, level="中央",
        fund_class="扶贫资金", programme_year=2026, department_code="D1" if line_id % 2 else None,
    )  # fmt: skip


@st.composite
def money_trees(draw: st.DrawFn) -> tuple[dict[int, LineFacts], dict[int, dict[str, int]]]:
    """Random chains: any holder below any other, taken-back sums, overpayment, and money to households anywhere."""
    facts: dict[int, LineFacts] = {}
    sums: dict[int, dict[str, int]] = {}
    for line_id in range(1, draw(st.integers(1, 12)) + 1):
        parent = draw(st.sampled_from([None, *facts])) if facts else None
        project = draw(st.sampled_from([None, None, "XM-1", "XM-2"]))
        facts[line_id] = make_facts(
            line_id, parent, draw(st.sampled_from(PLACES)), draw(st.integers(0, len(UNITS) - 1)), project
        )
        gross, returned = draw(st.integers(0, 10**9)), draw(st.integers(0, 10**6))
        paid = draw(st.integers(0, 10**9))
        sums[line_id] = {"gross": gross, "returned": returned, "paid": paid, "home": draw(st.integers(0, paid))}
    return facts, sums


def rows_of(facts: dict[int, LineFacts], sums: dict[int, dict[str, int]]) -> dict[int, FlowRow]:
    routes, rows = place_lines(facts), {}
    for line_id, route in routes.items():
        below = [i for i, f in facts.items() if f.parent_id == line_id]
        passed, back = sum(sums[i]["gross"] for i in below), sum(sums[i]["returned"] for i in below)
        own = sums[line_id]
        rows[line_id] = FlowRow(
            route.source, route.kind, route.department, route.town, route.leaf, route.tier, route.parent_tier,
            route.enters, payee=f"payees:P{facts[line_id].programme_id}", gross_fen=own["gross"], back_fen=back,
            passed_on_fen=passed, returned_fen=own["returned"], paid_fen=own["paid"], paid_household_fen=own["home"],
            held_fen=own["gross"] + back - passed - own["paid"] - own["returned"], waiting_since=TODAY,
        )  # fmt: skip
    return rows


@settings(max_examples=300, deadline=None)
@given(money_trees())
def test_every_node_balances_to_the_fen(tree: tuple[dict[int, LineFacts], dict[int, dict[str, int]]]) -> None:
    facts, sums = tree
    picture = build_flow(rows_of(facts, sums).values(), year=2026, focus="", as_of=TODAY)
    roots = [i for i, f in facts.items() if f.parent_id is None]
    assert picture.summary.received_fen == sum(sums[i]["gross"] for i in roots)
    assert picture.summary.paid_fen == sum(s["paid"] for s in sums.values())
    assert picture.summary.returned_fen == sum(sums[i]["returned"] for i in roots)
    assert picture.summary.outside_fen == 0
    assert len({node.id for node in picture.nodes}) == len(picture.nodes)
    tiers = {node.id: node.tier for node in picture.nodes}
    assert all(tiers[link.source] < tiers[link.target] for link in picture.links)
    for node in picture.nodes:
        assert node.gap_fen == 0
        assert sum(link.fen for link in picture.links if link.source == node.id) == node.out_fen


@settings(max_examples=300, deadline=None)
@given(money_trees(), st.sampled_from(["320826104000", "320826104201", "320826110201"]))
def test_a_small_place_seen_closely_balances_too(
    tree: tuple[dict[int, LineFacts], dict[int, dict[str, int]]], code: str
) -> None:
    facts, sums = tree
    rows, focus = rows_of(facts, sums), Focus("area", code)
    inside = {i for i, f in facts.items() if f.place_code.startswith(code.rstrip("0"))}
    lines = [Line(i, facts[i].parent_id, rows[i], f"unit:{facts[i].unit_code}", 3 + i % 3, "") for i in sorted(inside)]
    picture = build_flow(place_closely(lines, focus), year=2026, focus=str(focus), as_of=TODAY)
    entering = [i for i in inside if facts[i].parent_id not in inside]
    assert picture.summary.received_fen == sum(sums[i]["gross"] for i in entering)
    assert picture.summary.held_fen == sum(rows[i].held_fen for i in inside)


def test_sums_that_do_not_meet_are_never_drawn() -> None:
    row = FlowRow("中央", "扶贫资金", "unit:A", "", "", 3, 0, True, gross_fen=100, held_fen=99)
    with pytest.raises(Unbalanced):
        build_flow([row], year=2026, focus="", as_of=TODAY)


def test_a_shortfall_is_shown_and_is_no_error() -> None:
    row = FlowRow(
        "中央", "扶贫资金", "", "", "area:320826104201", 5, 0, True, gross_fen=100, paid_fen=130, held_fen=-30
    )
    picture = build_flow([row], year=2026, focus="", as_of=TODAY)
    assert picture.in_tier(5)[0].held_fen == -30


def test_a_holder_beside_its_giver_stands_one_tier_lower() -> None:
    department = UNITS.index(("U0", UnitKind.DEPARTMENT))
    facts = {1: make_facts(1, None, unit=department), 2: make_facts(2, 1, unit=department + len(UnitKind))}
    routes = place_lines(facts)
    assert (routes[1].tier, routes[2].tier, routes[2].town) == (3, 4, f"unit:U{len(UnitKind)}")


def test_a_ring_of_parents_does_not_hang() -> None:
    facts = {1: make_facts(1, 2), 2: make_facts(2, 1)}
    assert set(place_lines(facts)) == {1, 2}


def test_money_enters_a_place_where_its_giver_lies_outside() -> None:
    assert entry_level("320826104201", None) == 0
    assert entry_level("320826104201", "320826000000") == 4
    assert entry_level("320826104201", "320826104000") == 5
    assert entry_level("320826104201", "320826104201") == 9
    assert entry_level("320803000000", "320826000000") == 3


def test_the_sentence_cuts_shares_downwards() -> None:
    summary = FlowSummary(31240_00 * 100, 28450_00 * 100, 2790_00 * 100, 0, 0, 63)
    assert (
        say(summary, 2026, "柳荫村")
        == "2026 年柳荫村收到 312.4 万元，91% 已到项目或农户，27.9 万元还在账上，最久 63 天。"
    )
    assert say(summary, 2026, "Liuyin", english=True) == (
        "Liuyin received ¥3.12 million in 2026; 91% has reached projects or households; "
        "¥279,000 is still on account, the longest for 63 days."
    )
    assert say(FlowSummary(0, 0, 0, 0, 0, None), 2026, "柳荫村") == "2026 年柳荫村还没有资金记录。"
    assert "99.9%" in say(FlowSummary(100_000, 99_999, 1, 0, 0, 3), 2026, "某村")


def test_a_focus_is_read_or_refused() -> None:
    assert parse_focus("area:320826") == Focus("area", "320826000000")
    assert parse_focus("") == Focus()
    for wrong in ("village:1", "area:abc", "programme:", "x"):
        with pytest.raises(BadInput):
            parse_focus(wrong)


def test_the_order_of_rows_does_not_matter() -> None:
    department = UNITS.index(("U0", UnitKind.DEPARTMENT))
    facts = {
        1: make_facts(1, None, unit=department),
        2: make_facts(2, 1, "320826104201"),
        3: make_facts(3, 1, "320826110201"),
    }
    sums = {i: {"gross": 900 // i, "returned": 0, "paid": 10, "home": 5} for i in facts}
    rows = list(rows_of(facts, sums).values())
    first = build_flow(rows, year=2026, focus="", as_of=TODAY)
    random.Random(1).shuffle(rows)
    assert build_flow(rows, year=2026, focus="", as_of=TODAY) == first
