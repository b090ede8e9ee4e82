"""Recount what the sealed leaves of past months were, with nothing but public files. Copy this one file and run it.

    python recount.py --log https://host/log [--json]

Thirty days after a month has ended, `kinds/<YYYY-MM>.json` says of each sealed leaf that the month added whether it was
padding, a case opened, a step of a case, or an access, with the salt that opens its commitment. Here every one of them is
checked against its leaf, and a leaf left closed is named. That the leaves themselves are the signed ones says verifier.py.
Needs Python 3.11 or newer and nothing else. Exit: 0 clean, 1 something does not hold, 2 could not run.
"""

from __future__ import annotations

import argparse
import base64
import hmac
import json
import sys
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

WIDTH = 256
LABEL = b"yangguang/v1/kind\x00"
DAMAGED = (ValueError, LookupError, TypeError, AttributeError, RecursionError)

Read = Callable[[str], bytes]


def recount(read: Read) -> dict[str, Any]:
    """`{"ok", "size", "months": {month: {kind: count}}, "problems"}` of a log."""
    size = int(read("checkpoint").split(b"\n")[1])
    problems: list[str] = []
    sealed = {index: leaf for index, leaf in leaves(read, size) if leaf["t"] == "sealed"}
    counts: dict[str, dict[str, int]] = {}
    reached = 0
    for month in _months(sealed.values()):
        try:
            text = read(f"kinds/{month}.json")
        except OSError:
            if _due(month) < max(leaf["d"] for leaf in sealed.values()):
                problems.append(f"kinds/{month}.json is due and cannot be read")
            continue
        try:
            counts[month], reached = _month(month, json.loads(text), sealed, reached, problems)
        except DAMAGED as error:
            problems.append(f"kinds/{month}.json is damaged: {error!r}")
    return {"ok": not problems, "size": size, "months": counts, "problems": problems}


def leaves(read: Read, size: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Index and content of every leaf that can be read; what cannot is verifier.py's finding."""
    for number in range(-(-size // WIDTH)):
        bundle, at = read(_path(number, min(WIDTH, size - number * WIDTH))), 0
        for index in range(number * WIDTH, min(size, (number + 1) * WIDTH)):
            end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
            with suppress(*DAMAGED):
                leaf = json.loads(bundle[at + 2 : end])
                if {"t", "d", "c"} <= leaf.keys():
                    yield index, leaf
            at = end


def _path(number: int, width: int) -> str:
    parts = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        parts.append(f"x{number % 1000:03d}")
    return f"tile/entries/{'/'.join(reversed(parts))}{'' if width == WIDTH else f'.p/{width}'}"


def _months(sealed: Any) -> Iterator[str]:
    """From the first month that a sealed leaf names to the last."""
    named = sorted({leaf["d"][:7] for leaf in sealed})
    month = named[0] if named else "x"
    while named and month <= named[-1]:
        yield month
        year, number = int(month[:4]), int(month[5:])
        month = f"{year + number // 12}-{number % 12 + 1:02d}"


def _due(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return (date(year + number // 12, number % 12 + 1, 1) + timedelta(days=30)).isoformat()


def _month(
    month: str, opened: dict[str, Any], sealed: dict[int, dict[str, Any]], reached: int, problems: list[str]
) -> tuple[dict[str, int], int]:
    start, end = int(opened["from"]), int(opened["size"])
    if start != reached:
        problems.append(f"kinds/{month}.json begins at leaf {start}, the months before it end at {reached}")
    said = {item["i"]: item for item in opened["kinds"]}
    mine = {index: leaf for index, leaf in sealed.items() if start <= index < end}
    right = [index for index, leaf in mine.items() if _opens(said.get(index), leaf)]
    problems += [f"leaf {index}: kinds/{month}.json does not open it" for index in sorted(mine.keys() - right)]
    problems += [f"leaf {index}: kinds/{month}.json opens no such leaf" for index in sorted(said.keys() - mine.keys())]
    return dict(sorted(Counter(said[index]["kind"] for index in right).items())), end


def _opens(item: dict[str, Any] | None, leaf: dict[str, Any]) -> bool:
    with suppress(*DAMAGED):
        if item is not None:
            salt = base64.b64decode(item["salt"], validate=True)
            made = hmac.digest(salt, LABEL + b'"' + item["kind"].encode("ascii") + b'"', "sha256")
            return len(salt) == 32 and any(salt) and base64.b64encode(made).decode() == leaf["c"]["kind"]
    return False


def _reader(place: str) -> Read:
    if not place.startswith(("http://", "https://")):
        return lambda path: (Path(place) / path).read_bytes()

    def fetch(path: str) -> bytes:
        with urllib.request.urlopen(f"{place.rstrip('/')}/{path}", timeout=30) as answer:  # noqa: S310  (scheme checked)
            return bytes(answer.read())

    return fetch


def main(arguments: Sequence[str] | None = None) -> int:
    """Recount the log that the arguments name; returns the exit code."""
    parser = argparse.ArgumentParser(description="Recount the sealed leaves of a transparency log from public files.")
    parser.add_argument("--log", required=True, help="address or directory of the log")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    try:
        said = recount(_reader(chosen.log))
    except (OSError, *DAMAGED) as error:
        print(f"could not run: {type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201
        return 2
    lines = [*said["problems"], *(f"{month}: {counts}" for month, counts in said["months"].items())]
    lines.append(f"{'OK' if said['ok'] else 'NOT OK'}: {len(said['months'])} months of {said['size']} leaves opened")
    print(json.dumps(said) if chosen.json else "\n".join(lines))  # noqa: T201
    return 0 if said["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
