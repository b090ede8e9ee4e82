"""`kill -9` of the server at any moment of an upload: what was acknowledged is there once, and nothing is there in half.

A few kills in every run, five hundred in the long programmes.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import random
import threading
import time
from dataclasses import dataclass, field

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.kernel import sealed_files
from portal.kernel.database import now_utc, reading
from portal.registers.helpers.check_ins.claims.models import Claim
from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.helpers.check_ins.photos.models import Photo, VisitPhoto
from portal.registers.helpers.check_ins.photos.rules import FOLDER, derivative_name, original_name
from portal.settings import Settings
from portal.trail.models import TrailEvent
from tests.factories.phones import engine_of, signed_in_phone, walker
from tests.factories.server import HOST, QuickServer, Server, served
from tests.factories.visits import Walker, by_day, picture

SOAK = bool(os.environ.get("YANGGUANG_SOAK"))
KILLS = 250 if SOAK else 2  # on each database
HOMES = {"B-1": "HH-1", "B-2": "HH-9"}


@dataclass
class Client:
    """An honest phone: sends in order, keeps what was not answered, writes down what was."""

    walk: Walker
    token: str
    port: int
    stop: threading.Event
    acked: dict[str, str] = field(default_factory=dict)
    photos: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Photo, then the visit that names it, until told to stop; each is sent again until it is answered."""
        number = int(self.walk.helper_no[-1]) * 1_000_000
        while not self.stop.is_set():
            number += 1
            data = picture(number, size=(640, 480))
            digest = hashlib.sha256(data).hexdigest()
            claim_id, body = self.walk.claim(
                HOMES[self.walk.helper_no], photos=[digest], captured_at=by_day(now_utc()).isoformat()
            )
            if self.sent(f"/photos/{digest}", data, "image/jpeg") is None:
                return
            self.photos[digest] = number
            answer = self.sent(f"/check-ins/{claim_id}", body, "application/json")
            if answer is None:
                return
            self.acked[claim_id] = answer

    def sent(self, path: str, body: bytes, kind: str) -> str | None:
        """Send until the server answers with a success; None when the programme ends before."""
        while True:
            status, text = self.once(path, body, kind)
            if status in (200, 201):
                return text
            if status not in (0, 429, 503):
                self.wrong.append(f"{status} {text[:200]}")
                return None
            if self.stop.is_set():
                return None
            time.sleep(0.02)

    def once(self, path: str, body: bytes, kind: str) -> tuple[int, str]:
        """One request; (0, …) when no whole answer came."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=20)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        try:
            connection.request("PUT", f"/api/v1{path}", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            return 0, type(error).__name__
        finally:
            connection.close()


@pytest.mark.timeout(7200 if SOAK else 300)
def test_what_was_acknowledged_is_there_once_and_nothing_in_half(world: Flask, settings: Settings) -> None:
    stop, dice = threading.Event(), random.Random(20261120)
    with served(settings, kind=QuickServer if SOAK else Server) as server:
        clients = [
            Client(walker(world, no), signed_in_phone(world, name).token, server.port, stop)
            for no, name in (("B-1", "wang"), ("B-2", "li"))
        ]
        threads = [threading.Thread(target=client.run) for client in clients]
        for thread in threads:
            thread.start()
        try:
            _kill_often(server, dice)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert [client.wrong for client in clients] == [[], []]
        for client in clients:
            assert client.acked
            _same_answers_again(client)
    for client in clients:
        _all_there_once(world, client)
    _nothing_in_half(world, settings, clients)


def _kill_often(server: Server, dice: random.Random) -> None:
    for _ in range(KILLS):
        time.sleep(0.3 + dice.random())
        server.kill()
        server.start()
    time.sleep(0.5)


def _same_answers_again(client: Client) -> None:
    bodies = dict(client.walk.sent)
    for claim_id, first in list(client.acked.items())[-20:]:
        status, text = client.once(f"/check-ins/{claim_id}", bodies[claim_id], "application/json")
        assert (status, json.loads(text)) == (200, json.loads(first))


def _all_there_once(app: Flask, client: Client) -> None:
    with reading(engine_of(app)) as session:
        found = session.execute(select(CheckIn.claim_id, func.count()).group_by(CheckIn.claim_id)).all()
        leaves = {
            claim_id: leaf.hex()
            for claim_id, leaf in session.execute(
                select(Claim.claim_id, TrailEvent.leaf_hash).join(TrailEvent, TrailEvent.event_id == Claim.event_id)
            )
        }
    counts = {claim_id: count for claim_id, count in found}
    assert set(counts.values()) == {1}
    for claim_id, answer in client.acked.items():
        assert counts[claim_id] == 1
        assert leaves[claim_id] == json.loads(answer)["leaf_hash"]


def _nothing_in_half(app: Flask, settings: Settings, clients: list[Client]) -> None:
    keyring = app.extensions["portal.installation"].keyring
    taken = {digest: number for client in clients for digest, number in client.photos.items()}
    with reading(engine_of(app)) as session:
        visits = session.scalar(select(func.count()).select_from(CheckIn))
        assert visits == session.scalar(select(func.count()).select_from(Claim))
        assert visits == session.scalar(select(func.count()).select_from(VisitPhoto))
        photos = {row.hex() for row in session.scalars(select(Photo.sha256))}
    assert set(taken) <= photos
    folder = settings.files_dir / FOLDER
    for digest in photos:
        assert hashlib.sha256(sealed_files.read(folder, original_name(digest), keyring)).hexdigest() == digest
        assert len(sealed_files.read(folder, derivative_name(digest), keyring)) > 1000
