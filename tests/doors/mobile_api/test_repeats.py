"""Each write sent one to five times, out of order, at once, with answers that never arrive: one effect."""

from __future__ import annotations

import hashlib
import random
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.kernel.database import now_utc, reading
from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.helpers.check_ins.photos.models import Photo
from portal.registers.recipients.incomes.models import Income
from tests.factories.phones import BASE, engine_of, signed_in_phone
from tests.factories.visits import Walker, by_day, picture

Request = tuple[str, str, dict[str, Any]]


@pytest.fixture
def writes(walk: Walker) -> list[Request]:
    """Three photos, three visits that name them, three incomes."""
    requests: list[Request] = []
    for n in range(3):
        data = picture(n)
        claim_id, body = walk.claim(captured_at=(by_day(now_utc()) - timedelta(minutes=50 * (3 - n))).isoformat())
        entry = {
            "household_no": "HH-1", "occurred_on": "2026-05-01", "category": "工资性", "item": "务工工资",
            "amount_fen": 100 + n,
        }  # fmt: skip
        requests += [
            ("PUT", f"/photos/{_digest(data)}", {"data": data, "content_type": "image/jpeg"}),
            ("PUT", f"/check-ins/{claim_id}", {"data": body, "content_type": "application/json"}),
            ("PUT", f"/incomes/{uuid.uuid4()}", {"json": entry}),
        ]
    return requests


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def send(app: Flask, token: str, request: Request) -> int:
    """One request by a client of its own, as a phone that was restarted sends it."""
    method, path, body = request
    headers = {"Authorization": f"Bearer {token}"}
    client = app.test_client()
    return client.open(f"/api/v1{path}", method=method, base_url=BASE, headers=headers, **body).status_code


def effects(app: Flask) -> tuple[int, int, int]:
    with reading(engine_of(app)) as session:
        counts = [session.scalar(select(func.count()).select_from(table)) or 0 for table in (Photo, CheckIn, Income)]
    return counts[0], counts[1], counts[2]


@pytest.mark.parametrize("seed", [1, 2])
def test_repeated_and_reordered_each_has_one_effect(world: Flask, writes: list[Request], seed: int) -> None:
    dice, token = random.Random(seed), signed_in_phone(world).token
    queue = [request for request in writes for _ in range(dice.randint(1, 5))]
    dice.shuffle(queue)
    answers = Counter((request[1], send(world, token, request)) for request in queue)
    assert {status for _path, status in answers} <= {200, 201}
    assert [answers[request[1], 201] for request in writes] == [1] * len(writes)
    assert effects(world) == (3, 3, 3)


def test_five_of_each_at_once_have_one_effect(world: Flask, writes: list[Request]) -> None:
    token = signed_in_phone(world).token
    queue = [request for request in writes for _ in range(5)]
    random.Random(3).shuffle(queue)
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda request: send(world, token, request), queue))
    answers = Counter((request[1], status) for request, status in zip(queue, statuses, strict=True))
    assert set(statuses) <= {200, 201, 503}  # busy is told as such; the phone sends again
    for request in writes:
        assert answers[request[1], 201] + answers[request[1], 200] >= 1
        assert answers[request[1], 201] <= 1
    assert effects(world) == (3, 3, 3)
