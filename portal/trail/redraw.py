"""Make a random inspection's draw again, with nothing but public files. Copy this one file and run it.

    python redraw.py --log https://host/log --no SJ-2026-000001 [--json]

The public log holds two leaves of a draw: the promise (`sampling.committed`: hash of the seed, the shares) and, later,
the draw itself (`sampling.drawn`: the seed, and of each stratum digest and size of the population and digest of the
sample). `draws/<no>.json` has the population as tokens that name nobody. Checked are: the promise stands before the draw;
SHA-256 of `yangguang/inspection/v1`, the number and the seed, a line feed between them, is the promise; the shares are
those promised; each list has the digest and size that the log says; and lots give the sample that the log says:

- a population's digest is SHA-256 of the line `yangguang/draw/v1` and the tokens, sorted by their bytes, each on a line;
- a token's lot is SHA-256 of `yangguang/draw/v1`, the seed, that digest and the token, a line feed between them;
- the smallest lots are drawn, so many as the share of the population comes to, rounded up.

That the leaves are the signed ones says verifier.py. Needs Python 3.11 or newer and nothing else.
Exit: 0 everything agrees, 1 something does not, 2 could not run.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import Any

WIDTH = 256
DRAW, INSPECTION = "yangguang/draw/v1", "yangguang/inspection/v1"
DAMAGED = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)

Read = Callable[[str], bytes]


def redraw(read: Read, no: str) -> dict[str, Any]:
    """`{"ok", "no", "strata": [...], "problems"}` of one draw."""
    promised = drawn = None
    problems: list[str] = []
    for index, leaf in leaves(read, int(read("checkpoint").split(b"\n")[1])):
        if leaf["t"] in ("sampling.committed", "sampling.drawn") and leaf["pub"].get("no") == no:
            if leaf["t"] == "sampling.drawn":
                problems += ["there is a second draw of this number"] if drawn else []
                drawn = drawn or (index, leaf["pub"])
            else:
                problems += ["there is a second promise of this number"] if promised else []
                promised = promised or (index, leaf["pub"])
    if promised is None or drawn is None:
        return {"ok": False, "no": no, "strata": [], "problems": ["the log has not both promise and draw"]}
    if promised[0] > drawn[0]:
        problems.append("the draw stands before the promise")
    pub, seed = promised[1], drawn[1]["seed"]
    if sha256(INSPECTION, no, seed) != pub["commitment"]:
        problems.append("the seed is not the one that was promised")
    lists = {one["stratum"]: one["tokens"] for one in json.loads(read(f"draws/{no}.json"))["strata"]}
    told = [_stratum(one, lists.get(one["stratum"], []), seed, problems) for one in drawn[1]["strata"]]
    if {one["stratum"]: one["per_cent"] for one in drawn[1]["strata"]} != pub["shares"]:
        problems.append("the shares are not those that were promised")
    if sum(len(tokens) for tokens in lists.values()) != len({token for tokens in lists.values() for token in tokens}):
        problems.append("a token stands twice")
    return {
        "ok": not problems,
        "no": no,
        "promised": promised[0],
        "drawn": drawn[0],
        "strata": told,
        "problems": problems,
    }


def _stratum(said: dict[str, Any], tokens: list[str], seed: str, problems: list[str]) -> dict[str, Any]:
    name, digest = said["stratum"], population_digest(tokens)
    if (digest, len(tokens)) != (said["population_sha256"], said["population"]):
        problems.append(f"{name}: the list is not the population that the log says")
    count = int((len(tokens) * Decimal(said["per_cent"]) / 100).to_integral_value(ROUND_CEILING))
    sample = sorted(tokens, key=lambda token: (sha256(DRAW, seed, digest, token), token))[:count]
    if hashlib.sha256("".join(f"{token}\n" for token in sample).encode()).hexdigest() != said["sample_sha256"]:
        problems.append(f"{name}: these lots give another sample than the log says")
    return {"stratum": name, "population": len(tokens), "drawn": len(sample), "sample": sample}


def population_digest(tokens: Sequence[str]) -> str:
    """SHA-256 over the sorted tokens."""
    return hashlib.sha256(
        "".join(f"{line}\n" for line in [DRAW, *sorted(set(tokens), key=str.encode)]).encode()
    ).hexdigest()


def sha256(*lines: str) -> str:
    """SHA-256 of some lines, a line feed between them."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def leaves(read: Read, size: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Index and content of every leaf."""
    for number in range(-(-size // WIDTH)):
        bundle, at = read(_path(number, min(WIDTH, size - number * WIDTH))), 0
        for index in range(number * WIDTH, min(size, (number + 1) * WIDTH)):
            end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
            yield index, json.loads(bundle[at + 2 : end])
            at = end


def _path(number: int, width: int) -> str:
    groups, rest = [f"{number % 1000:03d}"], number // 1000
    while rest:
        groups.insert(0, f"x{rest % 1000:03d}")
        rest //= 1000
    return f"tile/entries/{'/'.join(groups)}" + (f".p/{width}" if width < WIDTH else "")


def reader(source: str) -> Read:
    """Files of a log by an address or from a folder; in a folder `draws` may lie beside the log's own files."""
    if source.startswith(("http://", "https://")):

        def fetch(name: str) -> bytes:
            with urllib.request.urlopen(f"{source.rstrip('/')}/{name}", timeout=60) as answer:  # noqa: S310  # http(s) only, as asked above
                content: bytes = answer.read()
                return content

        return fetch
    return lambda name: (Path(source) / name).read_bytes()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    asked.add_argument("--log", required=True)
    asked.add_argument("--no", required=True)
    asked.add_argument("--json", action="store_true")
    options = asked.parse_args(arguments)
    try:
        told = redraw(reader(options.log), options.no)
    except (OSError, *DAMAGED) as error:
        print(f"could not run: {error!r}", file=sys.stderr)  # noqa: T201  # a program of its own
        return 2
    if options.json:
        print(json.dumps(told, ensure_ascii=False))  # noqa: T201  # a program of its own
    else:
        for one in told["strata"]:
            print(f"{one['stratum']}: {one['drawn']} of {one['population']}")  # noqa: T201  # a program of its own
        print("everything agrees" if told["ok"] else "\n".join(told["problems"]))  # noqa: T201  # a program of its own
    return 0 if told["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
