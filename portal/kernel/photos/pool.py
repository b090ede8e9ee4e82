"""Hashing the windows of many pictures side by side: one jailed child for each core that may be used."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from portal.kernel.errors import BadInput, NotFound
from portal.kernel.photos.jail import PhotoJail
from portal.kernel.photos.reading import window_hashes
from portal.kernel.sealing import SealError

_MOST: Final = 8
JAILS: Final = tuple(PhotoJail() for _ in range(min(_MOST, len(os.sched_getaffinity(0)))))
"""Their children start with the first picture and are kept for the next ones."""

Hashes = list[int]


def hash_pictures(pictures: Sequence[Callable[[], bytes]]) -> list[Hashes | None]:
    """The 38 hashes of each picture, in their order; None for one that is gone, altered or unreadable."""
    found: list[Hashes | None] = [None] * len(pictures)

    def work(number: int) -> None:
        for place in range(number, len(pictures), len(JAILS)):
            found[place] = _hash(pictures[place], JAILS[number])

    with ThreadPoolExecutor(len(JAILS)) as threads:
        list(threads.map(work, range(len(JAILS))))
    return found


def _hash(picture: Callable[[], bytes], jail: PhotoJail) -> Hashes | None:
    try:
        return window_hashes(picture(), jail)
    except (BadInput, NotFound, SealError):
        return None
