"""Perceptual hashes 感知哈希: 64 bits that stay nearly the same when a picture is shrunk, recompressed or brightened.

The hash is the classical one: 32 × 32 grey, discrete cosine transform, the 64 lowest frequencies, each above their
median or not. A photo's windows (the whole, nine of 90 %, nine of 80 %, each also mirrored) find crops and mirror images.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

SIDE: Final = 32
LOW: Final = 8
BITS: Final = 64
_TOP: Final = 1 << (BITS - 1)
_ALL: Final = (1 << BITS) - 1
#: Two hashes within `NEAR` bits agree in one of three bands but for one bit at most.
NEAR: Final = 4
_BANDS: Final = ((0, 21), (21, 21), (42, 22))

Window = tuple[float, float, float, float]


def _cosines() -> NDArray[np.float64]:
    places = np.arange(SIDE)
    waves: NDArray[np.float64] = np.cos(np.pi * np.outer(np.arange(LOW), 2 * places + 1) / (2 * SIDE))
    return waves


_COSINES: Final = _cosines()


def _windows() -> tuple[Window, ...]:
    found: list[Window] = [(0.0, 0.0, 1.0, 1.0)]
    for part in (0.9, 0.8):
        starts = (0.0, (1 - part) / 2, 1 - part)
        found += [(left, top, left + part, top + part) for top in starts for left in starts]
    return tuple(found)


WINDOWS: Final[tuple[Window, ...]] = _windows()
"""The 19 windows as shares of width and height (left, top, right, bottom); the first is the whole picture."""


def hashes_of(grey: NDArray[np.uint8]) -> list[int]:
    """The hash of each picture of a stack (n, 32, 32); unsigned, 64 bits."""
    low = _COSINES @ grey.astype(np.float64) @ _COSINES.T
    flat = low.reshape(len(grey), LOW * LOW)
    bits = flat > np.median(flat, axis=1, keepdims=True)
    return [int.from_bytes(row.tobytes(), "big") for row in np.packbits(bits, axis=1)]


def distance(one: int, other: int) -> int:
    """In how many of the 64 bits two hashes differ."""
    return ((one ^ other) & _ALL).bit_count()


def signed(value: int) -> int:
    """A hash as a database's signed 64-bit integer."""
    return value - (1 << BITS) if value >= _TOP else value


def unsigned(value: int) -> int:
    """The hash again, from the signed integer."""
    return value & _ALL


def band_keys(value: int) -> tuple[int, int, int]:
    """Under which three keys a hash is filed: its bits 0–20, 21–41 and 42–63, each with the number of the band."""
    first, second, third = (
        (number << 22) | ((value >> start) & ((1 << width) - 1)) for number, (start, width) in enumerate(_BANDS)
    )
    return first, second, third


def near_keys(value: int) -> Iterator[int]:
    """Every key under which a hash within four bits may be filed.

    Four differing bits leave at least one of three bands with one at most: each band's own key and those that differ
    in one bit are all there are (67).
    """
    for key, (_, width) in zip(band_keys(value), _BANDS, strict=True):
        yield key
        for bit in range(width):
            yield key ^ (1 << bit)


def pack(hashes: Sequence[int]) -> bytes:
    """Hashes as bytes, eight each, for a column."""
    return b"".join(value.to_bytes(8, "big") for value in hashes)


def unpack(data: bytes) -> list[int]:
    """The hashes of `pack` again."""
    return [int.from_bytes(data[start : start + 8], "big") for start in range(0, len(data), 8)]
