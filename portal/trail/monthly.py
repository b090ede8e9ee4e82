"""What the log hands out by month: the whole of it as one file, and, later, what its sealed leaves were.

A month (at UTC+8) is closed by the first publication after it: the checkpoint that stood at its end is kept, and never
changes. Its bundle 整月下载 is a plain tar of that checkpoint, all tiles and all entries below it, made while it is sent
from files that themselves never change, so that the same month is the same bytes for ever. Thirty days after its end the
kinds 种类 of the sealed leaves that the month added are opened: anybody can count them, and one left closed shows.
"""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from portal.kernel.clock import CHINA
from portal.kernel.errors import NotFound
from portal.kernel.sealing import SealError
from portal.trail import merkle, verifier
from portal.trail.actions import seal_name
from portal.trail.commitments import commit
from portal.trail.keys import TrailKeys
from portal.trail.models import TrailEvent, TrailOpening
from portal.trail.publish import LogFiles

MONTH = re.compile(r"20\d{2}-(0[1-9]|1[0-2])")
OPENED_AFTER = timedelta(days=30)
CATEGORIES = frozenset({"pad", "case.opened", "case.step", "access"})
_BLOCK = 512


@dataclass(frozen=True)
class Bundle:
    """A month's download: the checkpoint it stands for, whether the month is over, and the file, piece by piece."""

    month: str
    note: bytes
    finished: bool
    pieces: Iterator[bytes]

    @property
    def root(self) -> str:
        """Root of the tree it holds, as hex: what its bytes depend on."""
        return verifier.parse_checkpoint(self.note).root.hex()


def month_of(moment: datetime) -> str:
    """The calendar month at UTC+8 as YYYY-MM."""
    return moment.astimezone(CHINA).strftime("%Y-%m")


def month_after(month: str) -> str:
    """The next one."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12}-{number % 12 + 1:02d}"


def opened_on(month: str) -> datetime:
    """When the kinds of a month are due: 30 days after its last day has ended."""
    return datetime.fromisoformat(f"{month_after(month)}-01T00:00:00+08:00") + OPENED_AFTER


def close_months(files: LogFiles, signed_at: datetime, now: datetime) -> None:
    """Keep the standing checkpoint, signed at `signed_at`, for every month that has ended since."""
    note, month = files.checkpoint(), month_of(signed_at)
    while note is not None and month < month_of(now):
        if not (files.directory / _closing(month)).exists():
            files.put_new({_closing(month): note})
        month = month_after(month)


def open_kinds(connection: Connection, keys: TrailKeys, files: LogFiles, now: datetime) -> list[dict[str, Any]]:
    """Publish the kinds of every month that is due. Returns a finding for each leaf whose kind cannot be opened."""
    findings: list[dict[str, Any]] = []
    start = 0
    for month in sorted(path.name for path in (files.directory / "closed").glob("20*")):
        closed = verifier.parse_checkpoint(files.read(_closing(month)))
        if opened_on(month) > now:
            break
        name = f"kinds/{month}.json"
        if not (files.directory / name).exists():
            lines = list(_opened(connection, keys, start, closed.size, findings))
            head = {"from": start, "month": month, "origin": closed.origin, "size": closed.size, "v": 1}
            body = ",\n".join(lines)
            files.put_new({name: f'{json.dumps(head)[:-1]}, "kinds": [\n{body}\n]}}\n'.encode()})
        start = closed.size
    return findings


def _closing(month: str) -> str:
    return f"closed/{month}"


def _opened(
    connection: Connection, keys: TrailKeys, start: int, end: int, findings: list[dict[str, Any]]
) -> Iterator[str]:
    """One line a leaf. A kind that is gone, changed, or none of the four is left out, so that its leaf stays closed."""
    kinds = TrailOpening.event_id == TrailEvent.event_id, TrailOpening.field == "kind"
    rows = connection.execute(
        select(TrailEvent.seq, TrailEvent.event_id, TrailEvent.leaf, TrailOpening.sealed)
        .outerjoin(TrailOpening, kinds[0] & kinds[1])
        .where(TrailEvent.seq >= start, TrailEvent.seq < end, TrailEvent.sealed)
        .order_by(TrailEvent.seq)
        .execution_options(yield_per=1000)
    )
    for seq, event_id, leaf, sealed in rows:
        opening = _opening(keys, event_id, leaf, sealed)
        if opening is None:
            findings.append({"what": "kind of a sealed leaf cannot be opened", "event": event_id, "index": seq})
        else:
            yield json.dumps({"i": seq, "kind": opening["value"], "salt": opening["salt"]}, separators=(",", ":"))


def _opening(keys: TrailKeys, event_id: str, leaf: bytes, sealed: bytes | None) -> dict[str, Any] | None:
    if sealed is None:
        return None
    with suppress(SealError, ValueError, KeyError, TypeError):
        opening: dict[str, Any] = json.loads(keys.keyring.open_(sealed, seal_name(event_id, "kind")))
        made = commit(verifier.decode64(opening["salt"]), "kind", opening["value"])
        if opening["value"] in CATEGORIES and made == verifier.decode64(json.loads(leaf)["c"]["kind"]):
            return opening
    return None


def bundle(files: LogFiles, month: str, now: datetime) -> Bundle:
    """The download of a month; of the running one what is published so far. Raises NotFound, saying why and when."""
    if not MONTH.fullmatch(month):
        raise NotFound("没有这个月份的下载", why="月份写作 2026-11 这样", fix="从 /log/ 页面进入")
    finished = (files.directory / _closing(month)).is_file()
    note = files.read(_closing(month)) if finished else files.checkpoint()
    if note is None or (not finished and month != month_of(now)):
        raise NotFound(
            "没有这个月份的下载",
            why="那个月还没有到，或者那时还没有这本流水",
            fix="下载本月的，里面有从头到现在的每一条",
        )
    return Bundle(month, note, finished, _pieces(files, note))


def why_no_kinds(month: str, now: datetime) -> NotFound:
    """The error for kinds that are not published, with the day from which they are."""
    due = f"{opened_on(month):%Y-%m-%d}" if MONTH.fullmatch(month) else ""
    if not due or opened_on(month) <= now:
        return NotFound("没有这个月份的种类", why="那时还没有这本流水，或者地址写错", fix="从 /log/ 页面进入")
    return NotFound("这个月份的种类还没有公布", why="密封条目的种类在月末之后三十天公布", fix="三十天后再来")


def _pieces(files: LogFiles, note: bytes) -> Iterator[bytes]:
    size = verifier.parse_checkpoint(note).size
    yield from _member("key", files.read("key"))
    yield from _member("checkpoint", note)
    for path, level, number, width in _paths(size):
        # A file that is missing here is missing in the bundle: whoever verifies it reads which leaves it held.
        with suppress(FileNotFoundError):
            data = files.entries(number, width) if level == "entries" else files.tile(int(level), number, width)
            yield from _member(path, data)
    yield bytes(2 * _BLOCK)


def _paths(size: int) -> Iterable[tuple[str, str, int, int]]:
    levels = [("entries", size), *((str(level), count) for level, count in merkle.tile_levels(size))]
    for level, count in levels:
        for number, width in verifier.tiles(count):
            yield verifier.tile_path(level, number, width), level, number, width


def _member(name: str, data: bytes) -> Iterator[bytes]:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o644
    yield info.tobuf(tarfile.USTAR_FORMAT)
    yield data
    yield bytes(-len(data) % _BLOCK)
