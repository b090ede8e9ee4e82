"""Perceptual hashes: near for what looks alike, far for what does not, and found without looking at all of them."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.photos.hashing import (
    BITS,
    NEAR,
    WINDOWS,
    band_keys,
    distance,
    hashes_of,
    near_keys,
    pack,
    signed,
    unpack,
    unsigned,
)

HASHES = st.integers(0, 2**BITS - 1)


def test_the_hash_is_the_textbook_one() -> None:
    """Worked out slowly from the definition: cosine transform, 64 low frequencies, above their median or not."""
    grey = np.random.default_rng(8).integers(0, 255, (32, 32), dtype=np.uint8)
    low = [
        sum(
            int(grey[y, x]) * math.cos(math.pi * u * (2 * y + 1) / 64) * math.cos(math.pi * v * (2 * x + 1) / 64)
            for y in range(32)
            for x in range(32)
        )
        for u in range(8)
        for v in range(8)
    ]
    middle = statistics.median(low)
    assert f"{hashes_of(grey[None])[0]:064b}" == "".join("1" if value > middle else "0" for value in low)


def test_brightness_and_noise_change_few_bits_and_another_picture_many() -> None:
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 200, (2, 8, 8))
    one, other = (np.kron(c, np.ones((4, 4))).astype(np.int64) for c in coarse)
    brighter = np.clip(one + 20 + rng.normal(0, 3, one.shape), 0, 255)
    first, second, third = hashes_of(np.stack([one, brighter, other]).astype(np.uint8))
    assert distance(first, second) <= 6
    assert distance(first, third) >= 16


def test_there_are_nineteen_windows_inside_the_picture_and_the_first_is_all_of_it() -> None:
    assert len(WINDOWS) == len(set(WINDOWS)) == 19
    assert WINDOWS[0] == (0, 0, 1, 1)
    assert all(0 <= x0 < x1 <= 1 + 1e-9 and 0 <= y0 < y1 <= 1 + 1e-9 for x0, y0, x1, y1 in WINDOWS)


@given(HASHES, st.sets(st.integers(0, BITS - 1), max_size=NEAR))
def test_whatever_differs_in_four_bits_is_filed_under_a_near_key(value: int, flipped: set[int]) -> None:
    other = value
    for bit in flipped:
        other ^= 1 << bit
    assert distance(value, other) == len(flipped)
    assert set(near_keys(value)) & set(band_keys(other))


@given(HASHES)
def test_a_hash_has_three_keys_and_sixty_seven_near_ones_that_fit_a_small_integer(value: int) -> None:
    assert len(set(band_keys(value))) == 3
    near = list(near_keys(value))
    assert len(near) == len(set(near)) == 67
    assert max(near) < 2**31


@given(st.lists(HASHES, max_size=40))
def test_hashes_go_into_columns_and_come_back(values: list[int]) -> None:
    assert unpack(pack(values)) == values
    assert [unsigned(signed(value)) for value in values] == values
    assert all(-(2**63) <= signed(value) < 2**63 for value in values)


@pytest.mark.parametrize("value", [0, 1, 2**63, 2**64 - 1])
def test_the_ends_of_the_range_are_kept(value: int) -> None:
    assert unsigned(signed(value)) == value
