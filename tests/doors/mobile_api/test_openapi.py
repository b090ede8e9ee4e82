"""The document says exactly what the program takes and answers: every route is in it, every declared answer is given."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from mobile_api.errors import CODES
from mobile_api.openapi import document, routes
from mobile_api.operations import Operation
from portal.kernel.database import now_utc, writing
from portal.kernel.errors import Busy
from portal.registers.helpers.check_ins.judgements.actions import ask
from portal.registers.helpers.check_ins.queries import Activity, NoLocation, NotPossible, State, Visit
from portal.registers.helpers.check_ins.questions.rules import Question
from portal.web.rates import rates
from tests.doors.mobile_api.conftest import on_one_database
from tests.factories.accounts import signed_in
from tests.factories.devices import new_phone
from tests.factories.phones import BASE, Caller, code_for, engine_of, nobody, proof, signed_in_phone, walker
from tests.factories.visits import by_day, picture

pytestmark = on_one_database
ENTRY = {"household_no": "HH-1", "occurred_on": "2026-05-01", "category": "工资性", "item": "务工工资", "amount_fen": 5}


@pytest.fixture
def described(app: Flask) -> dict[str, Any]:
    with app.test_request_context():
        return document(app)


def test_every_route_is_in_the_document_and_nothing_else(app: Flask, described: dict[str, Any]) -> None:
    rules = [r for r in app.url_map.iter_rules() if r.rule.startswith("/api/v1/") and "openapi" not in r.rule]
    there = {
        (rule.rule.replace("<uuid:", "{").replace("<digest:", "{").replace("<", "{").replace(">", "}"), method.lower())
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    told = {(path, method) for path, methods in described["paths"].items() for method in methods}
    assert told == there
    assert len(told) >= 13


def test_the_document_is_served_and_whole(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/openapi.json", base_url=BASE)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.json["openapi"] == "3.1.0"
    refs = {ref.split("/")[-1] for ref in _refs(answer.json)}
    assert refs <= set(answer.json["components"]["schemas"])
    ids = [o["operationId"] for methods in answer.json["paths"].values() for o in methods.values()]
    assert len(ids) == len(set(ids))


def _refs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for held in node.values():
            yield from _refs(held)
    elif isinstance(node, list):
        for held in node:
            yield from _refs(held)


def test_the_words_of_a_visit_are_the_registers_own(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    for words in (Activity, NotPossible, NoLocation, Visit, State):
        assert schemas[words.__name__]["enum"] == [each.value for each in words]


def test_english_documents_are_english(app: Flask) -> None:
    words = {each.value for each in (*Activity, *NotPossible, *NoLocation)}
    told = app.test_client().get("/en/api/v1/openapi.json", base_url=BASE).json
    for path, methods in told["paths"].items():
        for operation in methods.values():
            said = [
                operation["summary"],
                *operation["tags"],
                *(r["description"] for r in operation["responses"].values()),
            ]
            assert not any("\u4e00" <= sign <= "\u9fff" for text in said for sign in text), path
    assert words


def test_the_page_tells_every_operation(app: Flask) -> None:
    for root in ("", "/en"):
        page = app.test_client().get(f"{root}/api/docs", base_url=BASE)
        assert page.status_code == 200
        for route in routes(app):
            assert f"<code>{route.path}</code>" in page.text
            assert f'id="{route.operation.name}"' in page.text


def test_every_declared_code_is_known_and_has_a_status(app: Flask) -> None:
    for route in routes(app):
        assert set(route.operation.problems) <= set(CODES)


# ---- every declared answer of every operation is really given

Reach = Callable[[], Any]


class Reaching:
    """How each answer of each operation is brought about."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        self.app, self.patch = app, monkeypatch
        self.walk = walker(app)
        self.me = signed_in_phone(app)

    def body_of(self, name: str) -> dict[str, Any]:
        """A good request of an operation, as keywords of the client."""
        good: dict[str, Callable[[], dict[str, Any]]] = {
            "open_session": lambda: {"json": proof()},
            "enrol_device": lambda: {
                "json": {"public_key": new_phone().jwk, "enrolment_code": code_for(self.app, "B-1"), "label": "x"}
            },
            "put_photo": lambda: {"data": picture(1), "content_type": "image/jpeg"},
            "put_check_in": lambda: {"data": self.claim[1], "content_type": "application/json"},
            "put_explanation": lambda: {"json": {"text": "在地头遇见的"}},
            "put_income": lambda: {"json": ENTRY},
            "post_report": lambda: {"json": {"kind": "数不对", "mode": "anonymous"}},
        }
        return good.get(name, dict)()

    def path_of(self, path: str, name: str) -> str:
        """A good address."""
        self.claim = self.walk.claim(captured_at=by_day(now_utc()).isoformat())
        if name in ("show_check_in", "put_explanation"):
            assert self.me.claim(self.claim).status_code == 201
        if name == "put_explanation":
            with writing(engine_of(self.app)) as session:
                ask(session, self.claim[0], [Question("H02", "在哪里？")], "system:test", now_utc(), "测试")
        filled = {
            "claim_id": self.claim[0], "entry_id": str(uuid.UUID(int=7)),
            "sha256": hashlib.sha256(picture(1)).hexdigest(), "household_no": "HH-1",
        }  # fmt: skip
        return path.removeprefix("/api/v1").format(**filled)


@pytest.fixture
def reaching(world: Flask, monkeypatch: pytest.MonkeyPatch) -> Reaching:
    return Reaching(world, monkeypatch)


def every(app: Flask) -> list[tuple[str, Operation]]:
    return [(route.path, route.operation) for route in routes(app)]


def test_every_success_is_given(world: Flask, reaching: Reaching) -> None:
    for path, operation in every(world):
        if operation.name in ("close_session", "post_report"):
            continue  # last, below; a report needs an organ with a key (doors/public/test_report)
        address, request = reaching.path_of(path, operation.name), reaching.body_of(operation.name)
        who = reaching.me if operation.bearer else nobody(world)
        statuses = {who(operation.method, address, **request).status_code for _ in range(2 if operation.bearer else 1)}
        assert statuses == set(operation.answers) or operation.name == "enrol_device", f"{operation.name}: {statuses}"
    assert reaching.me("DELETE", "/sessions/current").status_code == 204


def test_what_every_operation_with_a_token_refuses(world: Flask, reaching: Reaching) -> None:
    clerk = Caller(world.test_client(), _token_of_a_clerk(world))
    for path, operation in every(world):
        if not operation.bearer:
            continue
        address, request = reaching.path_of(path, operation.name), reaching.body_of(operation.name)
        assert _told(nobody(world)(operation.method, address, **request)) == (401, "sign_in_needed")
        assert _told(clerk(operation.method, address, **request)) == (403, "not_allowed")
        buckets = rates(world)
        with reaching.patch.context() as patch:
            patch.setattr(buckets, "take", lambda *_args: 2.5)
            stopped = reaching.me(operation.method, address, **request)
        assert _told(stopped) == (429, "too_many_requests")
        assert stopped.headers["Retry-After"] == "3"


def _token_of_a_clerk(app: Flask) -> str:
    browser = signed_in(app, None, username="without-role")
    from_factory = signed_in_phone(app, browser.username)
    return from_factory.token


def _told(answer: Any) -> tuple[int, str]:
    assert answer.mimetype == "application/problem+json"
    return answer.status_code, answer.json["code"]


def test_what_every_operation_with_a_body_refuses(world: Flask, reaching: Reaching) -> None:
    for path, operation in every(world):
        if not operation.media:
            continue
        address = reaching.path_of(path, operation.name)
        who = reaching.me if operation.bearer else nobody(world)
        sent = {"method": operation.method, "path": address, "content_type": operation.media[0]}
        assert _told(who(**{**sent, "content_type": "text/plain"}, data=b"x")) == (415, "unsupported_type")
        assert _told(who(**sent)) == (411, "length_required")
        assert _told(who(**sent, data=b" " * (9 << 20))) == (413, "http_413")
        if operation.body is not None:
            assert _told(who(**sent, data=b"{}")) == (422, "bad_fields")
            expected = (422, "bad_fields") if operation.name == "put_check_in" else (400, "bad_json")
            assert _told(who(**sent, data=b"{")) == expected


def test_a_failure_and_a_busy_database_are_told_as_such(world: Flask, reaching: Reaching) -> None:
    world.testing = False
    for error, told in ((RuntimeError("x"), (500, "error")), (Busy("数据库正忙，没有写入"), (503, "busy"))):
        for path, operation in every(world):
            if operation.name == "close_session":
                continue
            address, request = reaching.path_of(path, operation.name), reaching.body_of(operation.name)
            who = reaching.me if operation.bearer else nobody(world)
            with reaching.patch.context() as patch:

                def fail(*_args: object, error: Exception = error, **_values: object) -> None:
                    raise error

                patch.setattr("mobile_api.payloads.read_message", fail)
                for place in PLACES:
                    patch.setattr(place, fail)
                answer = who(operation.method, address, **request)
            assert _told(answer) == told, operation.name
            assert ("Retry-After" in answer.headers) is (told[0] == 503)


PLACES = (
    "mobile_api.v1.households.today_cn",
    "mobile_api.v1.photos.device_for_upload",
    "mobile_api.v1.check_ins.record",
    "mobile_api.v1.check_ins.shown",
    "mobile_api.v1.check_ins.list_check_ins_since",
    "mobile_api.v1.devices.need_active_device",
)


def test_an_unknown_address_and_method_have_their_codes(wang: Caller) -> None:
    assert _told(wang("GET", "/nothing")) == (404, "http_404")
    wrong = wang("POST", "/today")
    assert _told(wrong) == (405, "http_405")
    assert "GET" in wrong.headers["Allow"]
    assert json.loads(wrong.data)["request_id"]
