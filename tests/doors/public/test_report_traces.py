"""What a report leaves behind: nothing of where it came from, nothing of what it says, no moment of the day.

A hundred marked reports in every run, a thousand in the long programmes.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.kernel.database import Base, reading
from portal.web.rates import rates
from portal.web.sessions import Installation
from tests.factories.accounts import cheap_hashes
from tests.factories.complaints import VILLAGE, a_county
from tests.factories.proofs import made

pytestmark = pytest.mark.begins_with(fill=a_county)
MANY = 1000 if os.environ.get("YANGGUANG_SOAK") else 40
UA, LANGUAGE, WORDS, NAME, FILE = "MARKED-AGENT", "x-marked-tongue", "MARKED-WORDS", "MARKED-NAME", "MARKED-FILE"
ADDRESSES = "198.51."  # what all of them begin with


@pytest.fixture
def reader(app: Flask) -> Iterator[FlaskClient]:
    app.testing = False
    with cheap_hashes():
        yield app.test_client()


def installed(client: FlaskClient) -> Installation:
    found: Installation = client.application.extensions["portal.installation"]
    return found


def address(n: int) -> str:
    return f"{ADDRESSES}{n % 250}.{n // 250 + 17}"


def marked(client: FlaskClient, n: int, **more: str) -> int:
    """One report from a marked address; what is sent holds marks of its own."""
    fields = {
        "kind": "钱没到", "door": "confidential", "mode": "named_confidential", "contact": f"{NAME}-{n}",
        "text": f"{WORDS}-{n}", "accused_name": f"{NAME}-{n}", "subject": f"division:{VILLAGE}",
        "files": (io.BytesIO(b"OggS" + f"{FILE}-{n}".encode() * 50), f"{FILE}.ogg"), **more,
    }  # fmt: skip
    headers = {"User-Agent": f"{UA}-{n}", "Accept-Language": LANGUAGE, "X-Forwarded-For": address(n)}
    sent = client.post(
        "/report", data=fields, content_type="multipart/form-data", headers=headers,
        environ_overrides={"REMOTE_ADDR": address(n)},
    )  # fmt: skip
    return sent.status_code


def rows(client: FlaskClient) -> Iterator[bytes]:
    """Every row of every table, as text and as the bytes of its columns."""
    with reading(installed(client).engine) as session:
        for table in Base.metadata.tables:
            for row in session.execute(text(f'SELECT * FROM "{table}"')):
                yield repr(tuple(row)).encode() + b"".join(bytes(v) for v in row if isinstance(v, bytes | memoryview))


def files_below(*folders: Path) -> Iterator[bytes]:
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                yield path.read_bytes()


def test_marked_reports_leave_no_trace(
    reader: FlaskClient, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    buckets = rates(reader.application)
    assert marked(reader, 0) == 201
    assert buckets.levels, "the limiter was asked"
    held = repr(buckets.levels).encode()
    buckets.off = True
    many = MANY if installed(reader).engine.dialect.name == "sqlite" else MANY // 10  # every file is looked at there
    assert {marked(reader, n) for n in range(1, many)} == {201}
    said = capfd.readouterr()
    traces = [held, repr(buckets.levels).encode(), said.out.encode(), said.err.encode(), caplog.text.encode()]
    home = installed(reader).settings.home
    everything = b"\0".join([*traces, *rows(reader), *files_below(home, scratch)])
    assert len(everything) > 100_000
    marks = [UA, LANGUAGE, WORDS, NAME, FILE, ADDRESSES]
    forms = [form for mark in marks for form in (mark.encode(), mark.encode("utf-16-le"), mark.encode().hex().encode())]
    assert [form for form in forms if form in everything] == []
    logs = {path.name for path in home.rglob("*.log*") if path.is_file()}
    assert logs == set(), "no file that could hold an access log exists at all"


def test_of_the_time_a_report_leaves_its_half_day_and_no_more(reader: FlaskClient) -> None:
    """A moment that nothing else has: 09:41 and 27 seconds, in a year to come."""
    rates(reader.application).off = True
    moment = datetime(2031, 3, 7, 1, 41, 27, 345_000, tzinfo=UTC)
    with time_machine.travel(moment, tick=False):
        proof = made(installed(reader).keyring)
        before = set(rows(reader))
        assert marked(reader, 1, proof_of_work=proof) == 201
        left = set(rows(reader)) - before
        files = [path for path in installed(reader).settings.sealed_dir.rglob("*") if path.is_file()]
        times = {path.stat().st_mtime % 43200 for path in [*files, installed(reader).settings.sealed_dir]}
    assert times == {datetime(2031, 3, 6, 16, tzinfo=UTC).timestamp() % 43200}
    assert len(left) > 8 and any(b"2031" in row for row in left), "the day is there"
    told = re.compile(rb"[T ](01|09|02|10):41|, (1|9|2|10), 41\b|\b1930614\d{3}")
    assert told.search(repr(moment).encode()) and told.search(str(int(moment.timestamp())).encode())
    assert [row for row in left if told.search(row)] == []
