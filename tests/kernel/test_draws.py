"""Draws: the same population, share and seed give the same sample to everybody, with nothing but SHA-256."""

from __future__ import annotations

import hashlib
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.draws import draw, population_digest, sample_size

NAMES = st.lists(st.text(st.characters(exclude_characters="\n", codec="utf-8"), min_size=1), unique=True, max_size=40)


def test_a_sample_can_be_repeated_with_sha256_alone() -> None:
    drawn = draw(["户-3", "户-1", "户-2", "户-4"], Decimal(50), "seed-1")
    digest = hashlib.sha256("yangguang/draw/v1\n户-1\n户-2\n户-3\n户-4\n".encode()).hexdigest()
    lots = {
        member: hashlib.sha256(f"yangguang/draw/v1\nseed-1\n{digest}\n{member}".encode()).hexdigest()
        for member in ("户-1", "户-2", "户-3", "户-4")
    }
    assert drawn.population_sha256 == digest
    assert list(drawn.sample) == sorted(lots, key=lambda member: lots[member])[:2]


def test_a_known_draw_never_changes() -> None:
    drawn = draw([f"{n:03d}" for n in range(100)], Decimal(5), "2026-10")
    assert drawn.population_sha256 == "2ae2f0092116aaa639f4fa6575b824f64befd3f75f3c2d00dc6db80acfc3d7ab"
    assert drawn.sample == ("037", "096", "062", "017", "018")


@pytest.mark.parametrize(
    ("population", "share", "size"),
    [(0, "20", 0), (1, "5", 1), (20, "5", 1), (21, "5", 2), (5, "20", 1), (6, "20", 2), (10, "0", 0), (7, "100", 7)],
)
def test_a_share_is_rounded_up(population: int, share: str, size: int) -> None:
    assert sample_size(population, Decimal(share)) == size


@given(NAMES, st.decimals(0, 100, places=2), st.integers(0, 2**32))
def test_order_and_repetition_of_the_list_change_nothing(names: list[str], share: Decimal, seed: int) -> None:
    one = draw(names, share, str(seed))
    assert draw([*reversed(names), *names], share, str(seed)) == one
    assert len(set(one.sample)) == len(one.sample) == sample_size(len(names), share)
    assert set(one.sample) <= set(names)


def test_another_seed_or_another_member_gives_other_lots() -> None:
    members = [str(n) for n in range(200)]
    drawn = draw(members, Decimal(20), "a")
    assert draw(members, Decimal(20), "b").sample != drawn.sample
    assert draw([*members, "200"], Decimal(20), "a").sample[:5] != drawn.sample[:5]


def test_everybody_has_the_same_chance() -> None:
    members = [str(n) for n in range(20)]
    counts = Counter(member for seed in range(2000) for member in draw(members, Decimal(20), str(seed)).sample)
    assert all(320 < counts[member] < 480 for member in members)  # 400 expected, 18 the standard deviation


def test_what_cannot_be_a_line_is_refused() -> None:
    with pytest.raises(ValueError, match="member"):
        population_digest(["a\nb"])
    with pytest.raises(ValueError, match="seed"):
        draw(["a"], Decimal(5), "")
    with pytest.raises(ValueError, match="share"):
        draw(["a"], Decimal(101), "s")
