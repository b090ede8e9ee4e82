"""What reports leave on a machine, looked at from outside: a real server process, killed while it takes an upload.

Searched are every byte of the home (database, journals, queue, log, sealed files), what the server printed, the scratch folder,
the memory that another process may read of it, and a backup opened as its restore opens it. Six marked reports in every run; a
thousand, and PostgreSQL's own files too, in the long programmes.
"""

from __future__ import annotations

import base64
import gzip
import http.client
import io
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from PIL import Image
from sqlalchemy import func, select

from portal.jobs import archive
from portal.jobs.complaints import keep_complaint_clocks
from portal.jobs.worker import schedule
from portal.kernel import sealing
from portal.kernel.database import make_engine, reading
from portal.oversight.complaints.models import Complaint
from portal.settings import PROJECT_ROOT, Settings
from tests.factories.complaints import VILLAGE, a_county
from tests.factories.proofs import made
from tests.factories.server import HOST, Server

SOAK = bool(os.environ.get("YANGGUANG_SOAK"))
MANY = 1000 if SOAK else 6
MARK, PASSPHRASE = "Mk7qXwZp4", "a passphrase of the tests"
WRONG = re.compile(r'class="problem".{0,600}', re.DOTALL)
RECEIPT = re.compile(r"data-copy>([^<]+)<")
pytestmark = [
    pytest.mark.begins_with(fill=a_county),
    pytest.mark.parametrize("database_url", ["sqlite", "postgresql"] if SOAK else ["sqlite"], indirect=True),
    pytest.mark.timeout(3600 if SOAK else 300),
]


def address(n: int) -> str:
    return f"203.{n % 250}.113.{n // 250 + 17}"


def headers(n: int) -> dict[str, str]:
    """What a browser says of itself, each thing marked."""
    return {
        "User-Agent": f"{MARK}-agent-{n}", "Accept-Language": f"x-{MARK}", "X-Forwarded-For": address(n),
        "Referer": f"http://127.0.0.1/{MARK}", "Cookie": f"yg_session={MARK}", "If-None-Match": f'"{MARK}"',
        "Accept-Encoding": "identity",
    }  # fmt: skip


def form(n: int, proof: str) -> tuple[bytes, str]:
    """A form with a photo that names its camera and its place, a voice note and a paper."""
    edge, out, exif = f"edge{MARK}", io.BytesIO(), Image.Exif()
    exif[0x010F] = f"{MARK}-camera"
    Image.new("RGB", (64, 48), "orange").save(out, "JPEG", exif=exif, comment=MARK.encode())
    fields = {
        "kind": "钱没到", "door": "confidential", "mode": "named_confidential", "contact": f"{MARK}-name-{n}",
        "text": f"{MARK}-words-{n}", "accused_name": f"{MARK}-accused", "subject": f"division:{VILLAGE}", "proof_of_work": proof,
        "keep_originals": "1",
    }  # fmt: skip
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()
    ]
    files = (
        ("jpg", out.getvalue()),
        ("ogg", b"OggS" + MARK.encode() * 9000),
        ("pdf", b"%PDF-1.7 " + MARK.encode() * 9),
    )
    for kind, data in files:
        head = f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="{MARK}.{kind}"\r\n\r\n'.encode()
        parts.append(head + data + b"\r\n")
    return b"".join([*parts, f"--{edge}--\r\n".encode()]), f"multipart/form-data; boundary={edge}"


class Crowd:
    """Those who report, each from an address of its own."""

    def __init__(self, server: Server, settings: Settings) -> None:
        self.server, self.keys = server, sealing.load_keys(settings.keys_dir)
        self.receipts: list[tuple[str, str]] = []

    def ask(self, n: int, method: str, path: str, body: bytes = b"", **more: str) -> tuple[int, str]:
        """One request; whoever is told to come again comes again."""
        while True:
            connection = http.client.HTTPConnection(HOST, self.server.port, timeout=120)
            connection.request(method, path, body, {**headers(n), **more})
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            connection.close()
            if answer.status != 429:
                return answer.status, text
            time.sleep(min(60, int(answer.headers["Retry-After"])))

    def report(self, n: int) -> None:
        """By the form, or as a program; every fifth talks on and asks with a wrong code too."""
        proof = made(self.keys) if n else ""
        if n % 2:
            said = {
                "kind": "数不对",
                "text": f"{MARK}-words-{n}",
                "mode": "named",
                "contact": MARK,
                "proof_of_work": proof,
            }
            body = json.dumps({**said, "division": VILLAGE, "accused": [{"name": MARK, "unit": MARK}]}).encode()
            path = "/api/v1/reports" if n % 4 == 1 else "/report"
            status, text = self.ask(n, "POST", path, body, **{"Content-Type": "application/json"})
            assert status == 201, text
            taken = json.loads(text)
            self.receipts.append((taken["locator"], taken["code"]))
        else:
            body, kind = form(n, proof)
            status, text = self.ask(n, "POST", "/report", body, **{"Content-Type": kind})
            assert status == 201, WRONG.findall(text) or text[:2000]
            locator, code = RECEIPT.findall(text)
            self.receipts.append((locator.replace(" ", ""), code.replace(" ", "")))
        if n % 5 == 0:
            locator, code = self.receipts[-1]
            talk = {"Content-Type": "application/x-www-form-urlencoded"}
            said_more = f"code={code}&do=say&text={MARK}-more-{n}".encode()
            assert self.ask(n, "POST", f"/report/{locator}", said_more, **talk)[0] == 200
            assert self.ask(n, "GET", f"/report/{locator}?{MARK}", **{"X-Report-Code": "0" * 16})[0] == 404

    def stumble(self) -> None:
        """What the web server itself would write down: what is no HTTP, and addresses that do not exist."""
        for line in (f"GET /report/{MARK} HTTP/9.9", f"{MARK}\x01 / HTTP/1.1", f"GET /report HTTP/1.1\r\n{MARK} : 1"):
            with socket.create_connection((HOST, self.server.port), timeout=30) as raw:
                raw.sendall(f"{line}\r\nX-Forwarded-For: {address(1)}\r\n\r\n".encode())
                assert b" 400 " in raw.recv(4000).split(b"\r\n")[0]
        assert self.ask(1, "GET", f"/report/{MARK}/{MARK}?{MARK}")[0] == 404
        assert (
            self.ask(
                1, "POST", "/api/v1/reports", f'{{"kind": "{MARK}"'.encode(), **{"Content-Type": "application/json"}
            )[0]
            == 400
        )

    def die_in_an_upload(self) -> None:
        """Ten uploads stand half-way, one is cut off by its sender, and the server is killed."""
        body, kind = form(1, "")
        head = "".join(f"{k}: {v}\r\n" for k, v in {**headers(1), "Content-Type": kind, "Host": HOST}.items())
        begun = f"POST /report HTTP/1.1\r\nContent-Length: {len(body) + 3_000_000}\r\n{head}\r\n".encode()
        half = []
        for _ in range(5):
            half.append(socket.create_connection((HOST, self.server.port), timeout=30))
            half[-1].sendall(begun + body[:-40] + MARK.encode() * 200_000)
        half.pop().close()
        time.sleep(0.3)
        self.server.kill()
        for one in half:
            one.close()


def everything_below(*folders: Path) -> Iterator[tuple[str, bytes]]:
    """Every file, with what is packed in it as well."""
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            data = path.read_bytes()
            yield path.name, path.name.encode() + data
            if data[:2] == b"\x1f\x8b":
                yield path.name, gzip.decompress(data)


def backed_up(settings: Settings, place: Path, environment: dict[str, str]) -> Path:
    """A backup by its command, opened as its restore opens it, with its keys."""
    place.mkdir()
    environment = {**environment, "YANGGUANG_PASSPHRASE": PASSPHRASE}
    command = [sys.executable, "-m", "portal.cli", "backup", "--to", str(place / "backup")]
    done = subprocess.run(command, cwd=PROJECT_ROOT, env=environment, capture_output=True, check=True)
    (place / "said").write_bytes(done.stdout + done.stderr)
    manifest = archive.unpack(place / "backup", place / "opened")
    assert any(name.startswith("files/reports/") for name in manifest["members"])
    sealing.import_keys((place / "opened" / archive.KEYS).read_bytes(), PASSPHRASE, place / "opened" / "keys")
    return place


def queued(settings: Settings) -> bytes:
    """What waits in the queue, with the clocks of complaints in it: its file's bytes and what each message says."""
    queue = schedule(settings)
    for name in queue._registry._registry:
        queue.enqueue(queue._registry.string_to_task(name)())
    assert len(queue) >= 10
    said = [repr(queue.serializer.deserialize(message)) for message in queue.storage.enqueued_items()]
    return repr(said).encode()


def traces() -> re.Pattern[bytes]:
    """The mark plain, in UTF-16, in hexadecimal and inside base64 at each alignment; the addresses plain and in UTF-16."""
    plain = MARK.encode()
    bent = [base64.b64encode(b"\0" * shift + plain)[(4 if shift else 0) : -4] for shift in range(3)]
    forms = [
        plain,
        plain.lower(),
        MARK.encode("utf-16-le"),
        plain.hex().encode(),
        *bent,
    ]
    assert min(map(len, forms)) >= 8, "of half a gigabyte that is sealed, four letters stand somewhere by chance"
    addresses = [rb"203\.\d{1,3}\.113\.\d", rb"2\x000\x003\x00\.\x00\d\x00"]
    return re.compile(b"|".join([*map(re.escape, forms), *addresses]))


def test_a_thousand_marked_reports_leave_nothing_of_their_senders(settings: Settings, tmp_path: Path) -> None:
    scratch, printed = tmp_path / "scratch", tmp_path / "printed"
    scratch.mkdir()
    more = {"TMPDIR": str(scratch), "YANGGUANG_PROXY_HOPS": "1"}
    server = Server(settings, workers=1, said=printed, more=more)
    crowd = Crowd(server, settings)
    server.start()
    try:
        for n in range(MANY):
            crowd.report(n)
        crowd.stumble()
        crowd.die_in_an_upload()
    finally:
        server.kill()
    messages = queued(settings)
    keep_complaint_clocks(settings)
    engine = make_engine(settings.database_url)
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(Complaint)) == MANY
    engine.dispose()
    backup = backed_up(settings, tmp_path / "backup", server.environment)
    places = [settings.home, scratch, backup]
    if settings.database_url.startswith("postgresql"):
        with psycopg.connect(settings.database_url) as connection:
            connection.execute("CHECKPOINT")
            places.append(Path(str(connection.execute("SHOW data_directory").fetchone()[0])))  # type: ignore[index]  # SHOW gives a row
    wanted = traces()
    assert wanted.search(MARK.encode() * 2) and wanted.search(address(7).encode()), "the search finds what it looks for"
    assert {name for name, data in everything_below(*places) if wanted.search(data)} == set()
    assert wanted.findall(messages) == wanted.findall(printed.read_bytes()) == []
    names = {name for name, _ in everything_below(settings.home)}
    assert not {name for name in names if "access" in name or name.endswith(".log")}
    assert list(scratch.rglob("*")) == [], "an upload was put on the disk"
    locator = crowd.receipts[0][0].encode()
    assert sum(locator in data for _name, data in everything_below(*places)) >= 2, "the home and its backup were read"
