"""The verifier stands alone, names what was changed, and says what it cannot see."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import Engine

from portal.kernel.database import reading
from portal.kernel.errors import NotFound, Refused
from portal.settings import Settings
from portal.trail import merkle, prove, verifier
from portal.trail.note import LogKey
from portal.trail.publish import LogFiles, extend
from portal.trail.sequence import Sequencer
from tests.trail.arrange import ORIGIN, check, note_something, open_log

KEY = LogKey(ORIGIN, bytes(range(32)))
LEAVES = [f"leaf {n}".encode() for n in range(600)]


def publish(directory: Path, leaves: list[bytes], key: LogKey = KEY) -> LogFiles:
    files = LogFiles(directory)
    root, new = extend(0, leaves, [merkle.leaf_hash(leaf) for leaf in leaves], files)
    files.put_new(new)
    files.put_key(key.vkey)
    files.put_checkpoint(key.sign(len(leaves), root))
    return files


@pytest.fixture
def log(tmp_path: Path) -> LogFiles:
    return publish(tmp_path / "log", LEAVES)


def damage(log: LogFiles, path: str, at: int) -> None:
    data = bytearray(log.read(path))
    data[at] ^= 0x10
    (log.directory / path).write_bytes(data)


def alone(tmp_path: Path, *arguments: object) -> tuple[int, dict[str, object], str]:
    """Run a copy of the one file in an empty directory, as a stranger would."""
    place = tmp_path / "stranger"
    place.mkdir(exist_ok=True)
    shutil.copy(verifier.__file__, place / "verifier.py")
    command = [sys.executable, "-I", "verifier.py", *map(str, arguments), "--json"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr


def test_a_clean_log_is_accepted_by_the_copied_file(log: LogFiles, tmp_path: Path) -> None:
    code, said, _ = alone(tmp_path, "--log", log.directory, "--key", KEY.vkey)
    assert (code, said["ok"], said["size"], said["problems"]) == (0, True, 600, [])
    assert any("fork" in note for note in said["notes"])  # type: ignore[attr-defined]


def test_a_log_is_verified_over_http(log: LogFiles, tmp_path: Path) -> None:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(log.directory))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        code, said, _ = alone(tmp_path, "--log", f"http://127.0.0.1:{server.server_port}")
        (log.directory / "tile/1/000.p/2").unlink()
        broken, named, _ = alone(tmp_path, "--log", f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()
    assert (code, said["size"]) == (0, 600)
    assert any("taken from the log itself" in note for note in said["notes"])  # type: ignore[attr-defined]
    assert broken == 1
    assert "tile/1/000.p/2 cannot be read" in str(named["problems"])


def test_the_copied_file_says_when_it_could_not_run(tmp_path: Path) -> None:
    assert alone(tmp_path, "--log", tmp_path / "nowhere")[0] == 2
    assert alone(tmp_path, "--proof", tmp_path / "nothing", "--key", KEY.vkey)[0] == 2


FLIPS = {
    "an entry": ("tile/entries/001", 57, "leaf 261 mismatch"),
    "the last entry": ("tile/entries/002.p/88", -1, "leaf 599 mismatch"),
    "a hash of a full tile": ("tile/0/001", 32 * 7, "leaf 263 mismatch"),
    "a hash of a partial tile": ("tile/0/002.p/88", 32 * 87 + 31, "leaf 599 mismatch"),
    "an upper tile": ("tile/1/000.p/2", 33, "tile/1/000.p/2 hash 1 mismatch (leaves 256 to 511)"),
}


@pytest.mark.parametrize(("path", "at", "named"), FLIPS.values(), ids=FLIPS.keys())
def test_one_flipped_byte_is_named(log: LogFiles, path: str, at: int, named: str) -> None:
    damage(log, path, at)
    report = check(log.directory, KEY)
    assert [p for p in report.problems if p.startswith(named)], report.problems
    assert sum("mismatch" in p for p in report.problems) == 1


def test_a_damaged_length_names_the_first_leaf_that_cannot_be_read(log: LogFiles) -> None:
    damage(log, "tile/entries/001", 60)
    assert check(log.directory, KEY).problems == ["leaf 262: tile/entries/001 does not hold 256 whole entries"]


def test_every_byte_of_every_file_counts(tmp_path: Path) -> None:
    log = publish(tmp_path / "log", LEAVES[:300])
    for path in ("tile/entries/001.p/44", "tile/0/001.p/44", "tile/1/000.p/1", "checkpoint"):
        whole = log.read(path)
        for at in range(0, len(whole), 1 if path == "checkpoint" else 29):
            (log.directory / path).write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            with suppress(verifier.Invalid):
                assert not check(log.directory, KEY).ok, (path, at)
        (log.directory / path).write_bytes(whole)
    assert check(log.directory, KEY).ok


def test_missing_cut_and_lengthened_files_are_named(log: LogFiles) -> None:
    for path, change in {
        "tile/0/000": lambda data: data[:-32],
        "tile/entries/000": lambda data: data[:-3],
        "tile/entries/001": lambda data: data + b"\x00\x01a",
        "tile/entries/002.p/88": lambda data: data + b"\x00",
    }.items():
        whole = log.read(path)
        (log.directory / path).write_bytes(change(whole))
        assert path in " ".join(check(log.directory, KEY).problems)
        (log.directory / path).unlink()
        assert path in " ".join(check(log.directory, KEY).problems)
        (log.directory / path).write_bytes(whole)


def test_a_fork_passes_alone_and_fails_against_a_kept_checkpoint(log: LogFiles, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(publish(tmp_path / "older", LEAVES[:400]).read("checkpoint"))
    assert check(log.directory, KEY, kept.read_bytes()).ok
    fork = publish(tmp_path / "fork", [*LEAVES[:399], b"rewritten", *LEAVES[400:]])
    code, said, _ = alone(tmp_path, "--log", fork.directory, "--key", KEY.vkey)
    assert (code, said["ok"]) == (0, True)
    code, said, _ = alone(tmp_path, "--log", fork.directory, "--key", KEY.vkey, "--against", kept)
    assert code == 1
    assert "FORK" in str(said["problems"])


def test_a_smaller_log_and_a_strangers_key_are_refused(log: LogFiles, tmp_path: Path) -> None:
    newest = log.read("checkpoint")
    older = publish(tmp_path / "older", LEAVES[:300])
    assert "smaller" in " ".join(check(older.directory, KEY, newest).problems)
    assert check(log.directory, LogKey(ORIGIN, bytes(31) + b"\x01")).problems == [f"a signature by {ORIGIN} is missing"]
    assert "the key of somebody.else/log" in check(log.directory, LogKey("somebody.else/log", KEY.seed)).problems[0]


@pytest.mark.parametrize("bit", [0x01, 0x10, 0x80])
def test_every_flipped_bit_of_a_key_or_signature_says_which_of_them(log: LogFiles, bit: int) -> None:
    """Whether the byte is base64 afterwards is chance: the part is named all the same."""

    def flipped(data: bytes, at: int) -> bytes:
        return data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]

    vkey, note = KEY.vkey.encode(), log.read("checkpoint")
    for at in range(len(vkey)):
        with pytest.raises(verifier.Invalid, match="the log's key"):
            verifier.parse_key(flipped(vkey, at).decode("ascii", "replace"))
    for at in range(note.index(b"\n\n") + 2, len(note) - 1):
        with pytest.raises(verifier.Invalid, match="signature"):
            verifier.check_signature(verifier.parse_checkpoint(flipped(note, at)), verifier.parse_key(KEY.vkey))


@pytest.fixture
def receipt(engine: Engine, settings: Settings) -> tuple[Sequencer, bytes]:
    sequencer = open_log(engine, settings)
    event_id = note_something(engine, 7, before={"n": 6}, why="更正", request_id="R-1")
    for number in range(20):
        note_something(engine, number)
    sequencer.run()
    with reading(engine) as session:
        proof = prove.prove(session, sequencer.files, prove.Record(event_id), ["after", "before", "why", "rq"])
    return sequencer, proof


def test_a_receipt_opens_only_the_chosen_fields(receipt: tuple[Sequencer, bytes], tmp_path: Path) -> None:
    sequencer, proof = receipt
    file = tmp_path / "receipt.tlog-proof"
    file.write_bytes(proof)
    code, said, _ = alone(tmp_path, "--proof", file, "--key", sequencer.log_key.vkey)
    assert code == 0
    shown = said["shown"]
    assert shown["open"] == {"after": {"n": 7}, "before": {"n": 6}, "why": "更正", "rq": "R-1"}  # type: ignore[index]
    assert shown["leaf"]["t"] == "test.noted"  # type: ignore[index]
    assert b"demo" not in base64.b64decode(proof.split(b"\n")[1][6:])  # the actor stays closed


def altered(proof: bytes, change: str) -> bytes:
    lines = proof.split(b"\n")
    extra = json.loads(base64.b64decode(lines[1][6:]))
    if change == "value":
        extra["open"]["after"]["value"]["n"] = 8
    elif change == "salt":
        extra["open"]["after"]["salt"] = base64.b64encode(b"\x01" * 32).decode()
    elif change == "zero salt":
        extra["open"]["after"]["salt"] = base64.b64encode(bytes(32)).decode()
    elif change == "other field":
        extra["open"]["before"] = extra["open"]["after"]
    elif change == "leaf":
        extra["leaf"] = base64.b64encode(base64.b64decode(extra["leaf"]).replace(b"test.noted", b"test.voted")).decode()
    elif change == "index":
        lines[2] = b"index 1"
    elif change == "path":
        lines[3] = base64.b64encode(bytes(32))
    elif change == "path missing":
        del lines[3]
    elif change == "checkpoint":
        lines[-5] = b"28"  # another size
    elif change == "header":
        lines[0] = b"c2sp.org/tlog-proof@v2"
    lines[1] = b"extra " + base64.b64encode(json.dumps(extra).encode())
    return b"\n".join(lines)


CHANGES = {
    "value": "after: the opening does not belong",
    "salt": "after: the opening does not belong",
    "zero salt": "after: a salt is 32 bytes",
    "other field": "before: the opening does not belong",
    "leaf": "leads to another root",
    "index": "leads to another root",
    "path": "leads to another root",
    "path missing": "too short",
    "checkpoint": "signature of .* is wrong",
    "header": "not a tlog-proof",
}


def test_altered_receipts_are_refused(receipt: tuple[Sequencer, bytes]) -> None:
    sequencer, proof = receipt
    verifier.check_proof(altered(proof, "nothing"), sequencer.log_key.verifier)
    for change, named in CHANGES.items():
        with pytest.raises(verifier.Invalid, match=named):
            verifier.check_proof(altered(proof, change), sequencer.log_key.verifier)


def test_a_receipt_for_an_unpublished_or_absent_leaf_is_not_made(engine: Engine, settings: Settings) -> None:
    sequencer = open_log(engine, settings)
    event_id = note_something(engine)
    with reading(engine) as session:
        with pytest.raises(Refused, match="还没有发布"):
            prove.prove(session, sequencer.files, prove.Record(event_id))
        with pytest.raises(NotFound, match="没有这一条"):
            prove.receipt(sequencer.files, 0)
