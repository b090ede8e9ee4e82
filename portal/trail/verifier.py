"""Check a transparency log, or one receipt, with nothing but public files. Copy this one file and run it.

    python verifier.py --log https://host/log --key VKEY [--against OLD_CHECKPOINT] [--json]
    python verifier.py --bundle 2026-11 --key VKEY [--against OLD_CHECKPOINT]      (a file from https://host/log/bundle/)
    python verifier.py --proof receipt.tlog-proof --key VKEY
Needs Python 3.11 or newer and the package `cryptography`; imports nothing of the project that made the log.
Formats: C2SP signed-note, checkpoint, tiles, proof; tree of RFC 6962. Exit: 0 clean, 1 does not hold, 2 could not run.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import re
import sys
import tarfile
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

NO_FORK_SEEN = """A fork re-signed with the real key passes every check made here: it shows only against an older \
checkpoint kept by somebody else (--against) or through witnesses."""
WIDTH = 256
EMPTY_ROOT = hashlib.sha256(b"").digest()
PROOF = re.compile(
    r"c2sp\.org/tlog-proof@v1(?:\nextra ([A-Za-z0-9+/=]*))?\nindex (0|[1-9][0-9]{0,17})((?:\n[A-Za-z0-9+/]{43}=)*)"
)

Read = Callable[[str], bytes]


class Invalid(ValueError):
    """Something does not hold; the message says what and where."""


DAMAGED = (ValueError, LookupError, TypeError, AttributeError, RecursionError, tarfile.TarError)


@dataclass(frozen=True)
class Key:
    """A verifier key: `name+hex(key id)+base64(0x01 ‖ Ed25519 public key)`."""

    name: str
    key_id: bytes
    public: bytes


@dataclass(frozen=True)
class Checkpoint:
    """A tree head: origin, size, root, the signed text, and (name, key id, signature) of each line below it."""

    origin: str
    size: int
    root: bytes
    text: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...]


@dataclass
class Report:
    """What was found. `problems` is empty when everything holds."""

    size: int = 0
    root: str = ""
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    shown: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """True when everything holds."""
        return not self.problems


def decode64(text: str, what: str = "a value") -> bytes:
    """Strict base64; a refusal says of `what`."""
    with suppress(ValueError):
        data = base64.b64decode(text, validate=True)
        if base64.b64encode(data).decode() == text:
            return data
    raise Invalid(f"{what} is not base64: {text[:20]!r}")


def parse_key(text: str) -> Key:
    """Read a vkey and check its key id."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3 or not parts[0] or " " in parts[0]:
        raise Invalid("the log's key is not one: name, key id and base64 with + between")
    name, key_id, data = parts[0], parts[1], decode64(parts[2], "the log's key")
    expected = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
    if len(data) != 33 or data[0] != 1 or key_id != expected.hex():
        raise Invalid(f"the log's key ({name}) has an unknown algorithm, a wrong length, or a key id of another key")
    return Key(name, expected, data[1:])


def parse_checkpoint(note: bytes) -> Checkpoint:
    """Read a checkpoint without checking its signatures. Extension lines are refused."""
    text, separator, tail = note.decode("utf-8", "replace").partition("\n\n")
    body = re.fullmatch(r"([^\n]+)\n(0|[1-9][0-9]{0,17})\n([A-Za-z0-9+/]{43}=)", text)
    if not separator or not body or "\r" in text or not tail.endswith("\n"):
        raise Invalid("not a signed checkpoint: three lines (origin, size, root), an empty line, signatures")
    below = [re.fullmatch("\u2014 ([^ ]+) ([A-Za-z0-9+/]{7,}={0,2})", line) for line in tail.split("\n")[:-1]]
    lines = [(line[1], data[:4], data[4:]) for line in below if line for data in [decode64(line[2], "a signature")]]
    if len(lines) != len(below) or not 1 <= len(lines) <= 64:
        raise Invalid("a signature of the checkpoint is damaged or missing")
    return Checkpoint(body[1], int(body[2]), decode64(body[3]), f"{text}\n".encode(), tuple(lines))


def check_signature(checkpoint: Checkpoint, key: Key) -> None:
    """Raise unless the log's key signed the checkpoint. Lines of unknown keys are ignored."""
    if checkpoint.origin != key.name:
        raise Invalid(f"the checkpoint is of {checkpoint.origin}, the key of {key.name}")
    mine = [signature for name, key_id, signature in checkpoint.signatures if (name, key_id) == (key.name, key.key_id)]
    if not mine:
        raise Invalid(f"a signature by {key.name} is missing")
    try:
        for signature in mine:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, checkpoint.text)
    except (InvalidSignature, ValueError) as error:
        raise Invalid(f"a signature of {key.name} is wrong") from error


def leaf_hash(data: bytes) -> bytes:
    """H(0x00 ‖ bytes)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """H(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_root(hashes: Sequence[bytes]) -> bytes:
    """Root over leaf hashes."""
    level = list(hashes) or [EMPTY_ROOT]
    while len(level) > 1:
        odd = [level[-1]] if len(level) % 2 else []
        level = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)] + odd
    return level[0]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Raise unless leaf hash `leaf` is at `index` of the tree (size, root)."""
    if not 0 <= index < size or any(len(h) != 32 for h in (leaf, root, *path)):
        raise Invalid("the index is outside the tree, or a hash is not 32 bytes")
    value, node, last = leaf, index, size - 1  # RFC 9162 §2.1.3.2
    for sibling in path:
        if not last:
            raise Invalid("the proof is too long")
        if node & 1 or node == last:
            value = node_hash(sibling, value)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise Invalid("the proof is too short")
    if value != root:
        raise Invalid("the proof leads to another root")


def tile_path(level: int | str, number: int, width: int) -> str:
    """`tile/<level>/x001/234[.p/<width>]`."""
    parts = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        parts.append(f"x{number % 1000:03d}")
    return f"tile/{level}/{'/'.join(reversed(parts))}{'' if width == WIDTH else f'.p/{width}'}"


def tiles(count: int) -> list[tuple[int, int]]:
    """Number and width of each tile over so many hashes."""
    return [(n, min(WIDTH, count - n * WIDTH)) for n in range(-(-count // WIDTH))]


def check_log(read: Read, key: Key, against: bytes | None = None) -> Report:
    """Derive the root from all entries; check every tile, the signature, and an older checkpoint."""
    report = Report()
    checkpoint = parse_checkpoint(read("checkpoint"))
    report.size, report.root = checkpoint.size, base64.b64encode(checkpoint.root).decode()
    report.problems += _refusals(check_signature, checkpoint, key)
    hashes = _check_entries(read, checkpoint.size, report)
    _check_tiles(read, hashes, report)
    if tree_root(hashes) != checkpoint.root:
        report.problems.append("the entries do not give the signed root")
    if against is None:
        report.notes.append(NO_FORK_SEEN)
    else:
        report.problems += _refusals(_check_older, against, checkpoint, key, hashes)
    return report


def _refusals(check: Callable[..., None], *arguments: Any) -> list[str]:
    try:
        check(*arguments)
    except Invalid as error:
        return [str(error)]
    return []


def _check_older(kept: bytes, newer: Checkpoint, key: Key, hashes: Sequence[bytes]) -> None:
    older = parse_checkpoint(kept)
    check_signature(older, key)
    if older.size > newer.size:
        raise Invalid(f"the log became smaller: {older.size} leaves were signed, now {newer.size}")
    if tree_root(hashes[: older.size]) != older.root:
        raise Invalid(f"FORK: the log does not continue the kept checkpoint of {older.size} leaves (both are signed)")


def _check_entries(read: Read, size: int, report: Report) -> list[bytes]:
    """Hash of every entry; an entry that cannot be read keeps its place with no hash."""
    hashes: list[bytes] = []
    for number, width in tiles(size):
        path = tile_path("entries", number, width)
        bundle = _read(read, path, report)
        entries = _split(bundle)
        found = [leaf_hash(entry) for entry in entries]
        if len(found) != width or sum(map(len, entries)) + 2 * width != len(bundle):
            report.problems.append(f"leaf {number * WIDTH + len(found)}: {path} does not hold {width} whole entries")
        hashes += (found + [b""] * width)[:width]
    return hashes


def _split(bundle: bytes) -> list[bytes]:
    """Entries behind their lengths of two bytes; a cut one is left out."""
    entries, at = [], 0
    while (end := at + 2 + int.from_bytes(bundle[at : at + 2], "big")) <= len(bundle):
        entries.append(bundle[at + 2 : end])
        at = end
    return entries


def _check_tiles(read: Read, hashes: list[bytes], report: Report) -> None:
    """Compare all tiles with what the entries give; a wrong hash is named once, at the lowest level where it shows."""
    level, expected, doubtful = 0, hashes, set[int]()
    while expected:
        wrong: set[int] = set()
        for number, width in tiles(len(expected)):
            path, first = tile_path(level, number, width), number * WIDTH
            data = _read(read, path, report)
            if len(data) != 32 * width:
                report.problems.append(f"{path} has {len(data)} bytes, not {32 * width}")
                continue
            for index in range(first, first + width):
                stored = data[(index - first) * 32 : (index - first + 1) * 32]
                if stored != expected[index]:
                    wrong.add(index // WIDTH)
                    if index not in doubtful and expected[index]:
                        report.problems.append(_mismatch(level, index, path))
                expected[index] = expected[index] or stored
        whole = range(0, len(expected) - WIDTH + 1, WIDTH)
        level, doubtful = level + 1, wrong
        expected = [tree_root(expected[at : at + WIDTH]) for at in whole]


def _mismatch(level: int, index: int, path: str) -> str:
    under = f"leaves {index << 8 * level} to {((index + 1) << 8 * level) - 1}"
    return f"{path} hash {index % WIDTH} mismatch ({under})" if level else f"leaf {index} mismatch: not as in {path}"


def _read(read: Read, path: str, report: Report) -> bytes:
    try:
        return read(path)
    except OSError as error:
        report.problems.append(f"{path} cannot be read: {error}")
        return b""


def reader(place: str) -> Read:
    """Read the log's files from a directory, from a monthly bundle, or below an http(s) address."""
    if place.startswith(("http://", "https://")):
        return lambda path: _fetch(f"{place.rstrip('/')}/{path}")
    return _unpacked(Path(place)) if Path(place).is_file() else lambda path: (Path(place) / path).read_bytes()


def _fetch(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310  (scheme checked)
        return bytes(answer.read())


def _unpacked(bundle: Path) -> Read:
    """A bundle is a plain tar of the log's files; nothing of it is written to disk."""
    with tarfile.open(bundle, "r:") as tar:
        places = {member.name: (member.offset_data, member.size) for member in tar}

    def read(path: str) -> bytes:
        if path not in places:
            raise FileNotFoundError(f"it is not in {bundle.name}, or its name there is damaged")
        with bundle.open("rb") as file:
            file.seek(places[path][0])
            return file.read(places[path][1])

    return read


def canonical(value: Any) -> bytes:
    """RFC 8785 for the log's profile: ASCII keys, integers, text, no floats."""
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float) or (isinstance(value, int) and abs(value) >= 2**53):
        raise Invalid("a number is outside the profile")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _refuse_floats(item)


def commitment(field_name: str, opening: dict[str, Any]) -> bytes:
    """HMAC-SHA-256(salt, "yangguang/v1/" + field + 0x00 + JCS(value))."""
    salt = decode64(opening["salt"])
    if len(salt) != 32 or not any(salt):
        raise Invalid(f"{field_name}: a salt is 32 bytes and not all zero")
    return hmac.digest(salt, b"yangguang/v1/" + field_name.encode() + b"\x00" + canonical(opening["value"]), "sha256")


def check_proof(text: bytes, key: Key, leaf: bytes | None = None) -> Report:
    """Check a .tlog-proof: inclusion, signature, and everything its `extra` opens. Raises Invalid on a damaged file."""
    head, _, note = text.partition(b"\n\n")
    lines = PROOF.fullmatch(head.decode("ascii", "replace"))
    if not lines:
        raise Invalid("not a tlog-proof: its first line, perhaps `extra`, an index, and one hash a line")
    extra: dict[str, Any] = json.loads(decode64(lines[1])) if lines[1] else {}
    index, path, checkpoint = int(lines[2]), [decode64(line) for line in lines[3].split()], parse_checkpoint(note)
    check_signature(checkpoint, key)
    stored = decode64(extra.get("leaf", "")) if leaf is None else leaf
    verify_inclusion(leaf_hash(stored), index, checkpoint.size, path, checkpoint.root)
    report = Report(checkpoint.size, base64.b64encode(checkpoint.root).decode())
    body = json.loads(stored)
    report.shown = {"index": index, "leaf": body, "open": {}}
    for name, opening in extra.get("open", {}).items():
        said = body.get("rq") if name == "rq" else body["c"].get(name)
        if said != base64.b64encode(commitment(name, opening)).decode():
            raise Invalid(f"{name}: the opening does not belong to this leaf")
        report.shown["open"][name] = opening["value"]
    if extra.get("row") is not None:
        report.shown["row"] = _check_row(extra["row"], report.shown["open"].get("rows"))
    return report


def _check_row(row: dict[str, Any], rows: dict[str, Any] | None) -> dict[str, Any]:
    """Second step: the row's commitment lies in the row tree that the leaf's opened `rows` names."""
    entry, index = row["value"], row["i"]
    if rows is None or rows["n"] != row["n"] or entry["i"] != index:
        raise Invalid("row: the leaf's `rows` is not opened, or of another size, or the entry is of another row")
    if row.get("data") is not None and hashlib.sha256(canonical(row["data"])).hexdigest() != entry["after"]:
        raise Invalid("row: the values do not give the recorded digest")
    leaf = leaf_hash(commitment("row", row))
    verify_inclusion(leaf, index, row["n"], [decode64(h) for h in row["path"]], decode64(rows["root"]))
    return {"entry": entry, "values": row.get("data")}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks that the arguments ask for; returns the exit code."""
    parser = argparse.ArgumentParser(description="Check a transparency log or a receipt from public files only.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--log", "--bundle", help="address or directory of the log, or a monthly bundle")
    what.add_argument("--proof", type=Path, help="a .tlog-proof file")
    parser.add_argument("--key", help="the log's verifier key, got from somewhere else than the log")
    parser.add_argument("--against", type=Path, help="an older checkpoint that you or somebody else kept")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    if chosen.proof and not chosen.key:
        parser.error("--proof needs --key")
    try:
        report = _run(chosen)
    except OSError as error:
        print(f"could not run: {type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except DAMAGED as error:
        report = Report(problems=[str(error) if isinstance(error, Invalid) else f"damaged: {error!r}"])
    end = f"{'OK' if report.ok else 'NOT OK'}: {report.size} leaves, root {report.root}"
    said = json.dumps({"ok": report.ok, **vars(report)}, ensure_ascii=False)
    print(said if chosen.json else "\n".join([*report.problems, *report.notes, end]))  # noqa: T201
    return 0 if report.ok else 1


def _run(chosen: argparse.Namespace) -> Report:
    if chosen.proof:
        return check_proof(chosen.proof.read_bytes(), parse_key(chosen.key))
    read = reader(chosen.log)
    key = parse_key(chosen.key or read("key").decode("ascii", "replace").split("\n")[0])
    report = check_log(read, key, chosen.against.read_bytes() if chosen.against else None)
    if not chosen.key:
        report.notes.append("The key was taken from the log itself; compare it with a copy from elsewhere (--key).")
    return report


if __name__ == "__main__":
    sys.exit(main())
