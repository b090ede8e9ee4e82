"""Go's checksum-database code, written by others for another log, accepts ours and finds what was changed."""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import Engine

from portal.settings import Settings
from portal.trail import merkle
from portal.trail.publish import LogFiles, Staging, extend
from portal.trail.sequence import Sequencer
from tests.trail.arrange import note_many, open_log

GOPATH = Path("/usr/share/gocode")
SOURCE = Path(__file__).parent / "oracle_go" / "main.go"
COUNT = 10_000 if os.environ.get("YANGGUANG_SOAK") == "1" else 400


def missing() -> str:
    """What is not installed here; empty when the oracle can be built."""
    if shutil.which("go") is None:
        return "Go is not installed (Debian: golang-go)"
    if not (GOPATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        return "the Go packages sumdb/note and sumdb/tlog are not installed (Debian: golang-golang-x-mod-dev)"
    return ""


pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "Go is here")


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("oracle")
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": str(GOPATH),
        "GOCACHE": str(place / "cache"),
        "GOFLAGS": "",
    }
    subprocess.run(["go", "build", "-o", place / "oracle", SOURCE], check=True, env=environment, cwd=place)
    return place / "oracle"


def ask(oracle: Path, *arguments: object) -> tuple[int, str]:
    done = subprocess.run([oracle, *map(str, arguments)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.strip()


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory, oracle: Path) -> tuple[Path, list[bytes]]:
    """A directory with the tiles of 70,003 small leaves, and their hashes."""
    leaves = [f"entry {n}".encode() for n in range(70_003 if COUNT > 1000 else 1_300)]
    files = LogFiles(tmp_path_factory.mktemp("grown"))
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    done = 0
    for size in (1000, len(leaves)):
        _, new = extend(done, leaves[done:size], hashes[done:size], files)
        for path, data in new.items():
            target = files.directory / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        done = size
    return files.directory, hashes


@pytest.fixture
def log(engine: Engine, settings: Settings) -> Sequencer:
    return open_log(engine, settings)


def test_the_published_log_is_accepted_with_every_older_checkpoint(
    engine: Engine, log: Sequencer, oracle: Path, tmp_path: Path
) -> None:
    for count in (3, 290, 500):
        note_many(engine, log.keys, count)
        (tmp_path / f"kept-{count}").write_text(log.run().note, "utf-8")
    for count in (3, 290, 500):
        assert ask(oracle, log.files.directory, log.log_key.vkey, tmp_path / f"kept-{count}") == (0, f"ok {793 + 24}")


def test_a_flipped_bit_is_named_by_its_leaf(engine: Engine, log: Sequencer, oracle: Path) -> None:
    note_many(engine, log.keys, 300)
    log.run()
    bundle = log.files.directory / "tile/entries/001.p/52"
    data = bytearray(bundle.read_bytes())
    data[40] ^= 1
    bundle.write_bytes(data)
    assert ask(oracle, log.files.directory, log.log_key.vkey) == (1, "leaf 256 mismatch")


def test_a_fork_signed_with_the_real_key_fails_only_against_the_older_checkpoint(
    engine: Engine, log: Sequencer, oracle: Path, tmp_path: Path
) -> None:
    note_many(engine, log.keys, 40)
    kept = tmp_path / "kept"
    kept.write_text(log.run().note, "utf-8")
    fork = LogFiles(tmp_path / "fork")
    leaves = [b"another history"] * 60
    root, files = extend(0, leaves, [merkle.leaf_hash(leaf) for leaf in leaves], fork)
    fork.put_new(files)
    fork.put_checkpoint(log.log_key.sign(60, root))
    assert ask(oracle, fork.directory, log.log_key.vkey) == (0, "ok 60")
    code, said = ask(oracle, fork.directory, log.log_key.vkey, kept)
    assert (code, "invalid transparency proof" in said) == (1, True)


def b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def test_proofs_of_ours_hold_there_and_damaged_ones_do_not(
    grown: tuple[Path, list[bytes]], oracle: Path, tmp_path: Path
) -> None:
    directory, hashes = grown
    tree = LogFiles(directory).hashes(len(hashes))
    chance = random.Random(1)
    inclusion, consistency, expected = [], [], []
    for number in range(COUNT):
        size = chance.randrange(2, len(hashes) + 1)
        index, old = chance.randrange(size), chance.randrange(1, size + 1)
        path, steps, good = tree.inclusion(index, size), tree.consistency(old, size), bool(number % 2)
        leaf = hashes[index] if good else hashes[(index + 1) % len(hashes)]
        old_root = tree.root(old) if good else hashes[0][::-1]
        root = b64(tree.root(size))
        inclusion.append(
            {"Index": index, "Size": size, "Leaf": b64(leaf), "Root": root, "Path": [b64(h) for h in path]}
        )
        steps64 = [b64(h) for h in steps]
        consistency.append({"Old": old, "Size": size, "OldRoot": b64(old_root), "Root": root, "Path": steps64})
        expected.append(good)
    file = tmp_path / "proofs.json"
    file.write_text(json.dumps({"Inclusion": inclusion, "Consistency": consistency}))
    code, said = ask(oracle, "--proofs", file)
    assert code == 0, said
    assert json.loads(said) == {"inclusion": expected, "consistency": expected}


def test_staging_is_never_public(settings: Settings) -> None:
    assert settings.log_dir not in Staging(settings.home / "log-staging").path.parents
