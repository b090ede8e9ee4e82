"""Whoever copies a whole machine, its backup and the backup's passphrase reads no report; two custodians with `age` read it.

The thief here has every byte of the home, of the database and of the environment, a backup that he can open, and whatever the
installation's own keys open. The custodians have a backup, Python's standard library, `age` and the RFC, and not this program.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.jobs import archive
from portal.jobs.backup import back_up
from portal.jobs.checkup import sealed_columns
from portal.kernel import sealing
from portal.kernel.database import Base, reading, writing
from portal.kernel.sealing import SealError
from portal.oversight.complaints.boxes.queries import data_key
from portal.oversight.complaints.keys.models import AuthorityKey
from portal.oversight.complaints.keys.rules import put_away
from portal.oversight.complaints.models import Complaint, ComplaintWrap, Part
from portal.oversight.complaints.queries import open_body
from portal.registers.sealed import seal_name
from portal.trail.actions import record
from portal.trail.actions import seal_name as opening_name
from portal.web.rates import rates
from portal.web.sessions import Installation
from tests.factories.accounts import cheap_hashes
from tests.factories.complaints import COUNTY, VILLAGE, a_county, opened

KINDS = ["sqlite", "postgresql"] if os.environ.get("YANGGUANG_SOAK") else ["sqlite"]
pytestmark = [
    pytest.mark.begins_with(fill=a_county), pytest.mark.parametrize("database_url", KINDS, indirect=True),
]  # fmt: skip
PASSPHRASE, WORDS, NAME, FILE = "a passphrase of the tests", "THIEF-WORDS", "THIEF-NAME", b"OggS THIEF-FILE " * 9
HEX, BASE64 = re.compile(rb"[0-9A-Fa-f]{64}"), re.compile(rb"[A-Za-z0-9+/_-]{43}=?")


@pytest.fixture
def site(app: Flask) -> Installation:
    """An installation with one report, its writer named, with a voice note and a further word."""
    app.testing = False
    rates(app).off = True
    fields = {
        "kind": "钱没到", "door": "confidential", "mode": "named_confidential", "contact": NAME, "text": WORDS,
        "accused_name": NAME, "subject": f"division:{VILLAGE}", "files": (io.BytesIO(FILE), "v.ogg"),
    }  # fmt: skip
    with cheap_hashes():
        sent = app.test_client().post("/report", data=fields, content_type="multipart/form-data")
        locator, code = re.findall(r"data-copy>([^<]+)<", sent.text)
        said = app.test_client().post(
            f"/report/{locator.replace(' ', '')}", data={"code": code, "do": "say", "text": WORDS}
        )
    assert (sent.status_code, said.status_code) == (201, 200)
    found: Installation = app.extensions["portal.installation"]
    return found


def stolen(site: Installation, place: Path) -> Iterator[bytes]:
    """Every byte of the home, of the environment, of each row, of an opened backup; and what the installation's keys open."""
    back_up(site.settings, place / "backup", PASSPHRASE)
    archive.unpack(place / "backup", place / "opened")
    sealing.import_keys((place / "opened" / archive.KEYS).read_bytes(), PASSPHRASE, place / "opened" / "keys")
    for folder in (site.settings.home, place):
        yield from (path.read_bytes() for path in folder.rglob("*") if path.is_file())
    yield repr(os.environ).encode()
    with reading(site.engine) as session:
        for table in Base.metadata.tables:
            for row in session.execute(text(f'SELECT * FROM "{table}"')):
                yield repr(tuple(row)).encode()
                yield from (bytes(value) for value in row if isinstance(value, bytes | memoryview))
        yield from opened_by_the_server(session, site)


def opened_by_the_server(session: Session, site: Installation) -> Iterator[bytes]:
    """Sealed columns and the openings of the trail, and what is derived from the keys."""
    for table, column in sealed_columns():
        for sealed in session.execute(select(Base.metadata.tables[table].c[column])).scalars():
            if sealed is not None:
                yield site.keyring.open_bytes(bytes(sealed), seal_name(table, column))
    openings = session.execute(text("SELECT event_id, field, sealed FROM trail_openings WHERE sealed IS NOT NULL"))
    for event_id, field, sealed in openings:
        yield site.keyring.open_bytes(bytes(sealed), opening_name(event_id, field))
    for purpose in ("yangguang receipt report", "yangguang proof of work", "yangguang receipt question"):
        yield site.keyring.derived(purpose, 32)


def candidates(everything: list[bytes]) -> set[bytes]:
    """Whatever could be a private half: short values in every window, and longer text where it looks like a key."""
    found: set[bytes] = set()
    for data in everything:
        if len(data) <= 128:
            found |= {data[n : n + 32] for n in range(len(data) - 31)}
        found |= {bytes.fromhex(one.decode()) for one in HEX.findall(data)}
        for one in BASE64.findall(data):
            found.add(base64.b64decode(one[:43].replace(b"-", b"+").replace(b"_", b"/") + b"=")[:32])
    return {one for one in found if len(one) == 32}


def test_whoever_copies_everything_at_rest_opens_no_report(site: Installation, tmp_path: Path) -> None:
    everything = list(stolen(site, tmp_path))
    assert sum(map(len, everything)) > 1 << 20
    joined = b"\0".join(everything)
    for mark in (WORDS.encode(), NAME.encode(), b"THIEF-FILE", b"AGE-SECRET-KEY-"):
        assert mark not in joined and base64.b64encode(mark)[:-4] not in joined and mark.hex().encode() not in joined
    with reading(site.engine) as session:
        rows = session.execute(
            text(
                "SELECT public FROM authority_keys UNION SELECT public FROM personal_keys UNION SELECT writer_public FROM complaints"
            )
        )
        publics = {bytes(row[0]) for row in rows}
        wraps = session.scalars(select(ComplaintWrap)).all()
        complaint = session.scalars(select(Complaint)).one()
        keys = opened(session, "county-inspector")
        assert open_body(session, complaint, keys).text == WORDS, "the organ opens it"
        body = data_key(session, complaint.id, Part.BODY, keys)
    assert len(publics) >= 6 and len(wraps) >= 8
    guesses = candidates(everything)
    assert len(guesses) > 50 and body not in guesses
    halves = {X25519PrivateKey.from_private_bytes(one).public_key().public_bytes_raw() for one in guesses}
    assert halves & publics == set(), "no private half of an organ, of a person or of the writer lies anywhere"
    held = keys.newest(COUNTY)
    assert held is not None
    assert candidates([held.packed()]) >= {held.private}, "the search would have found one"
    files = [path for path in site.settings.sealed_dir.iterdir() if path.is_file()]
    assert len(files) == 1
    with pytest.raises((pyrage.DecryptError, SealError)):
        pyrage.decrypt(files[0].read_bytes(), [pyrage.x25519.Identity.generate()])


def age(folder: Path, identity: str, sealed: str, into: str) -> int:
    """What the `age` command answers."""
    (folder / "identity").write_text(identity)
    command = ["age", "-d", "-i", "identity", "-o", into, sealed]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


@pytest.mark.skipif(shutil.which("age") is None, reason="the age command is not installed")
def test_two_custodians_open_a_report_from_a_backup_with_age_and_without_this_program(
    app: Flask, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    custodians = [pyrage.x25519.Identity.generate() for _ in range(2)]
    with writing(app.extensions["portal.installation"].engine) as session:
        row = session.scalars(select(AuthorityKey).where(AuthorityKey.authority == COUNTY)).one()
        secret = opened(session, "county-inspector").newest(COUNTY)
        assert secret is not None
        row.escrow_box = put_away(secret, [str(one.to_public()) for one in custodians])
        record(session, kind="test.put_away_again", actor="test", subjects=[])
    site: Installation = request.getfixturevalue("site")
    if not site.settings.database_url.startswith("sqlite"):
        pytest.skip("the drill opens the database's file with nothing but Python's standard library")
    back_up(site.settings, tmp_path / "backup", PASSPHRASE)
    with tarfile.open(tmp_path / "backup") as tar:
        tar.extractall(tmp_path / "opened", filter="data")
    base = sqlite3.connect(tmp_path / "opened" / "database")
    (escrow,) = base.execute("SELECT escrow_box FROM authority_keys WHERE authority = ?", (COUNTY,)).fetchone()
    (tmp_path / "escrow").write_bytes(escrow)
    first, second = map(str, custodians)
    assert age(tmp_path, first, "escrow", "half") != 0, "one custodian alone opens nothing"
    assert age(tmp_path, second, "escrow", "half") == 0
    assert age(tmp_path, second, "half", "secret") != 0
    assert age(tmp_path, first, "half", "secret") == 0
    division, version, _private, identity = json.loads((tmp_path / "secret").read_text())
    assert (division, version) == (COUNTY, 1)
    (sealed,) = (tmp_path / "opened" / "files" / "reports").iterdir()
    shutil.copy(sealed, tmp_path / "file")
    assert age(tmp_path, identity, "file", "evidence") == 0
    assert (tmp_path / "evidence").read_bytes() == FILE
    (locator,) = base.execute("SELECT locator FROM complaints").fetchone()
    script = Path(__file__).parents[3] / "scripts" / "open-report"
    given = [sys.executable, "-I", str(script), "secret", "opened/database", locator]
    told = subprocess.run(given, cwd=tmp_path, capture_output=True, check=True, encoding="utf-8").stdout
    body, identity = told.splitlines()
    assert WORDS in body and NAME in identity and body.startswith("body: ") and identity.startswith("identity: ")
    base.close()
