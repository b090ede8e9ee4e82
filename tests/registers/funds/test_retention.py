"""How long money waits, and what share of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.registers.funds.retention import HeldLine, age_edge, is_retained, retention

TODAY = date(2026, 11, 20)


def line(days: int | None, held: int = 50, net: int = 100) -> HeldLine:
    return HeldLine(net, held, None if days is None else TODAY - timedelta(days=days))


@pytest.mark.parametrize(
    ("days", "edge"), [(0, 0), (30, 0), (31, 30), (60, 30), (61, 60), (90, 60), (91, 90), (None, None)]
)
def test_older_than_an_edge_means_from_the_next_day_on(days: int | None, edge: int | None) -> None:
    assert age_edge(days) == edge


def test_held_money_falls_into_buckets_and_a_shortfall_is_kept_apart() -> None:
    found = retention([line(10), line(40, 7), line(95, 3), line(95, 4), line(None, 2), line(99, -5)], TODAY, 1000)
    assert {b.over: (b.lines, b.held_fen) for b in found.buckets} == {
        0: (1, 50),
        30: (1, 7),
        60: (0, 0),
        90: (2, 7),
        None: (1, 2),
    }
    assert (found.held_fen, found.overdrawn_fen) == (66, 5)


def test_the_rate_is_not_paid_by_arrived() -> None:
    assert retention([line(10, 4695)], TODAY, 10000).rate_basis_points == 4695
    assert retention([line(10, 134)], TODAY, 10000).rate_basis_points == 134
    assert retention([], TODAY, 0).rate_basis_points == 0


def test_retained_means_longer_and_more_than_the_rule_says() -> None:
    assert is_retained(line(61, 11), TODAY)
    assert not is_retained(line(60, 11), TODAY)
    assert not is_retained(line(61, 10), TODAY)
    assert not is_retained(line(None, 11), TODAY)
