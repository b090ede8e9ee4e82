"""Decisions on photos: names of their files, their digest, how alike two of them are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from portal.kernel.errors import BadInput
from portal.kernel.photos.hashing import BITS, WINDOWS, band_keys, near_keys, signed

FOLDER: Final = "photos"
#: Beyond four bits a likeness is a signal only, and is not filed.
NEAR_BITS: Final = 4
#: Whole pictures are filed apart from their windows: a new photo looks for 19 times as many keys among them.
WHOLE: Final = 1 << 24


def original_name(sha256: str) -> str:
    """Under which name the sealed original lies."""
    return f"{sha256}.original"


def derivative_name(sha256: str) -> str:
    """Under which name the sealed rebuilt picture lies."""
    return f"{sha256}.rebuilt"


def check_digest(sha256: str, data: bytes) -> bytes:
    """The digest as bytes. Raises BadInput `digest_mismatch` when the bytes are others than those that were announced."""
    found = hashlib.sha256(data)
    if found.hexdigest() != sha256:
        raise BadInput(
            "照片和它的摘要对不上", why="传的时候断了，或被改过", fix="重新上传这张照片", code="digest_mismatch"
        )
    return found.digest()


@dataclass(frozen=True)
class Likeness:
    """How an earlier photo resembles: bits that differ, which window, whether mirrored."""

    earlier_id: int
    bits: int
    window: int
    mirrored: bool


@dataclass(frozen=True)
class Filed:
    """A hash of an earlier photo as it is filed."""

    photo_id: int
    window: int
    value: int


def band_rows(photo_id: int, hashes: Sequence[int]) -> list[dict[str, int]]:
    """Under which keys the hashes of a photo's windows are filed (the first is the whole): rows of the table of bands."""
    return [
        {"key": key if window else key | WHOLE, "photo_id": photo_id, "window": window, "hash": signed(value)}
        for window, value in enumerate(hashes[: len(WINDOWS)])
        for key in band_keys(value)
    ]


def near_whole(hashes: Sequence[int]) -> list[int]:
    """The keys under which whole pictures near any of a photo's 38 hashes may be filed."""
    return sorted({key | WHOLE for value in hashes for key in near_keys(value)})


def near_parts(hashes: Sequence[int]) -> list[int]:
    """The keys under which windows near a photo's whole or its mirror image may be filed."""
    return sorted({key for value in _wholes(hashes) for key in near_keys(value)})


def _wholes(hashes: Sequence[int]) -> tuple[int, int]:
    return hashes[0], hashes[len(WINDOWS)]


def likenesses(hashes: Sequence[int], filed: Sequence[Filed], most: int = NEAR_BITS) -> list[Likeness]:
    """The earlier photos within `most` bits of a new one, each by its nearest likeness.

    The new photo's whole and mirror image are held against every window of the earlier ones, and its windows against
    the whole of the earlier ones: either may be a part of the other.
    """
    count = len(WINDOWS)
    theirs = np.array([other.value for other in filed], dtype=np.uint64)[:, None]
    bits = np.bitwise_count(theirs ^ np.array(hashes, dtype=np.uint64)[None, :])
    best: dict[int, Likeness] = {}
    for row in np.flatnonzero(bits.min(axis=1, initial=BITS) <= most).tolist():
        other = filed[row]
        mine = range(len(hashes)) if other.window == 0 else (0, count)
        least, place = min((int(bits[row, n]), n) for n in mine)
        found = Likeness(other.photo_id, least, other.window or place % count, place >= count)
        if least <= most and _is_nearer(found, best.get(other.photo_id)):
            best[other.photo_id] = found
    return sorted(best.values(), key=lambda like: (like.bits, like.earlier_id))


def _is_nearer(found: Likeness, other: Likeness | None) -> bool:
    return other is None or (found.bits, found.window, found.mirrored) < (other.bits, other.window, other.mirrored)
