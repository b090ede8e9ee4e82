"""Are the leaves that the database keeps still the ones that were published? Receipts and histories are made from both."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.trail import merkle, verifier
from portal.trail.models import TrailEvent
from portal.trail.publish import LogFiles


def leaf_findings(session: Session, files: LogFiles) -> Iterator[tuple[int, str]]:
    """(index, `missing` or `changed`) of each published leaf that the database has lost or holds otherwise.

    Public leaves that cannot be read or are not as in their tile are left out: the verification of the public files names them.
    """
    note = files.checkpoint()
    size = verifier.parse_checkpoint(note).size if note else 0
    for number, width in verifier.tiles(size):
        yield from _findings(session, files, number, width)


def newest_leaf_findings(session: Session, files: LogFiles, size: int) -> tuple[int, list[tuple[int, str]]]:
    """The same of the newest one or two tiles alone, which takes no time; also the index where these begin."""
    newest = list(verifier.tiles(size))[-2:]
    first = newest[0][0] * merkle.TILE_WIDTH if newest else 0
    return first, [found for number, width in newest for found in _findings(session, files, number, width)]


def _findings(session: Session, files: LogFiles, number: int, width: int) -> Iterator[tuple[int, str]]:
    first = number * merkle.TILE_WIDTH
    mine = TrailEvent.seq.between(first, first + width - 1)
    columns = select(TrailEvent.seq, TrailEvent.leaf, TrailEvent.leaf_hash)
    kept = {seq: (leaf, known) for seq, leaf, known in session.execute(columns.where(mine))}
    for index, (leaf, known) in enumerate(_published(files, number, width), first):
        if merkle.leaf_hash(leaf) != known:
            continue
        if index not in kept:
            yield index, "missing"
        elif kept[index] != (leaf, known):
            yield index, "changed"


def _published(files: LogFiles, number: int, width: int) -> list[tuple[bytes, bytes]]:
    """Leaf and hash, as the entry bundle and the tile have them."""
    try:
        tile = files.tile(0, number, width)
        hashes = [tile[at : at + merkle.HASH_BYTES] for at in range(0, len(tile), merkle.HASH_BYTES)]
        return list(zip(files.leaves(number, width), hashes, strict=False))
    except (OSError, ValueError):
        return []
