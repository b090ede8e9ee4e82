"""Buckets of tokens: a flood of names lifts neither the limit of all nor that of somebody who has just asked."""

from __future__ import annotations

import pytest

from portal.web import rates as module
from portal.web.rates import Rate, Rates

GUESSES = Rate("guesses", 2, 1 / 100)


def test_a_bucket_is_emptied_told_for_how_long_and_filled_again() -> None:
    buckets = Rates()
    assert [buckets.take(GUESSES, "a", 0.0) for _ in range(3)] == [0.0, 0.0, 100.0]
    assert buckets.take(GUESSES, "b", 0.0) == 0.0
    assert buckets.take(GUESSES, "a", 50.0) == 50.0
    assert buckets.take(GUESSES, "a", 100.0) == 0.0
    buckets.give_back(GUESSES, "a")
    assert buckets.take(GUESSES, "a", 100.0) == 0.0


def test_a_flood_of_names_lifts_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_NAMES", 100)
    buckets = Rates()
    for _ in range(2):
        buckets.take(GUESSES, "", 0.0)
    for n in range(1_000):
        buckets.take(GUESSES, f"10.0.{n}", 0.0)
        buckets.take(GUESSES, "asks again and again", 0.0)
    assert len(buckets.levels) <= 100
    assert buckets.take(GUESSES, "", 1.0) > 0, "what holds for all is never forgotten"
    assert buckets.take(GUESSES, "asks again and again", 1.0) > 0
    assert buckets.take(GUESSES, "10.0.1", 1.0) == 0.0, "the oldest names are"
