"""The expected table of callers × operations × fields of the phone's interface. It is kept beside as `need_to_know.csv`.

Write it anew with `YANGGUANG_WRITE_TABLES=1` before the test and read the difference before committing it: a field
that appears there leaves the house.
"""

from __future__ import annotations

import csv
import hashlib
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from mobile_api.openapi import Route, routes
from portal.accounts.permissions import Role
from portal.kernel.database import now_utc, writing
from portal.registers.helpers.check_ins.judgements.actions import ask
from portal.registers.helpers.check_ins.questions.rules import Question
from portal.registers.recipients.models import Household
from portal.trail import actions as trail
from portal.web.rates import rates
from tests.factories.accounts import bearer_of, signed_in
from tests.factories.phones import Caller, code_for, engine_of, new_phone, nobody, proof, signed_in_phone, walker
from tests.factories.recipients import make_id, make_income, make_person
from tests.factories.visits import Walker, by_day, picture

TABLE = Path(__file__).with_suffix(".csv")
HEAD = ["operation", "caller", "status", "code", "fields"]
OWN, OTHER, NOBODY = "helper, own household", "helper, another's household", "nobody"
SECRETS = (make_id(7, "20100506"), "20100506", "2010-05-06", "12号", "13912345678")
LAST = ("enrol_device", "close_session")  # they end what the others need


@dataclass
class Asking:
    """Somebody who asks every operation, and the good requests with which to ask."""

    app: Flask
    walk: Walker
    answers: list[tuple[str, str, Any]] = field(default_factory=list)

    def request(self, route: Route) -> tuple[str, dict[str, Any]]:
        """A good address and a good body of wang's own household HH-1, each time under new numbers."""
        name, claim = route.operation.name, self.walk.claim(captured_at=by_day(now_utc()).isoformat())
        if name in ("show_check_in", "put_explanation"):
            assert signed_in_phone(self.app).claim(claim).status_code == 201
            with writing(engine_of(self.app)) as session:
                ask(session, claim[0], [Question("H02", "在哪里见的？")], "system:test", now_utc(), "测试")
        bodies: Mapping[str, Callable[[], dict[str, Any]]] = {
            "open_session": lambda: {"json": proof()},
            "enrol_device": lambda: {
                "json": {"public_key": new_phone().jwk, "enrolment_code": code_for(self.app, "B-1"), "label": "x"}
            },
            "put_photo": lambda: {"data": picture(1), "content_type": "image/jpeg"},
            "put_check_in": lambda: {"data": claim[1], "content_type": "application/json"},
            "put_explanation": lambda: {"json": {"text": "在地头遇见的"}},
            "put_income": lambda: {
                "json": {
                    "household_no": "HH-1", "occurred_on": "2026-05-01", "category": "工资性", "item": "务工工资",
                    "amount_fen": 100,
                }
            },
        }  # fmt: skip
        parts = {
            "claim_id": claim[0], "entry_id": str(uuid.uuid4()), "household_no": "HH-1",
            "sha256": hashlib.sha256(picture(1)).hexdigest(),
        }  # fmt: skip
        return route.path.removeprefix("/api/v1").format(**parts), bodies.get(name, dict)()

    def ask(self, who: str, caller: Caller, route: Route) -> list[str]:
        """One cell of the table: what is answered, and every field that comes out."""
        path, body = self.request(route)
        answer = caller(route.operation.method, path, **body)
        told = answer.get_json(silent=True)
        self.answers.append((who, route.operation.name, answer.text))
        code = told["code"] if answer.status_code >= 400 else ""
        return [route.operation.name, who, str(answer.status_code), code, " ".join(sorted(set(fields_of(told))))]


def fields_of(told: Any, path: str = "") -> Iterator[str]:
    """Every path of an answer; of lists, what any of their items holds."""
    if isinstance(told, dict):
        for name, held in told.items():
            yield from fields_of(held, f"{path}.{name}" if path else name)
    elif isinstance(told, list):
        yield f"{path}[]"
        for held in told:
            yield from fields_of(held, f"{path}[]")
    elif path and not path.endswith("[]"):
        yield path


def furnish(app: Flask) -> Asking:
    """Wang's household HH-1 with everything that a file may hold, and what no file may hold."""
    with writing(engine_of(app)) as session:
        home = session.scalars(select(Household).where(Household.no == "HH-1")).one()
        make_person(
            session, home, "欧阳娜娜", born_on=date(2010, 5, 6), id_number=make_id(7, "20100506"), phone="13912345678"
        )
        make_income(session, home, 3_200_00)
        home.address = "高沟镇扎新村三组12号"
        trail.record(session, kind="household.corrected", actor="test", subjects=[("household", "HH-1")], why="核对")
    rates(app).off = True
    walker(app, "B-2")
    walk = walker(app)
    need = {"kind": "住房", "text": "屋顶漏雨"}
    assert (
        signed_in_phone(app).claim(walk.claim(captured_at=by_day(now_utc()).isoformat(), needs=[need])).status_code
        == 201
    )
    return Asking(app, walk)


def callers(app: Flask) -> Iterator[tuple[str, Caller]]:
    """Everybody who may come to this door: nobody, each role, and the helper with another's households and with his own."""
    yield NOBODY, nobody(app)
    for role in Role:
        if role not in (Role.HELPER, Role.CITIZEN):
            yield role.value, Caller(app.test_client(), bearer_of(app, signed_in(app, role).username))
    yield OTHER, signed_in_phone(app, "li")
    yield OWN, signed_in_phone(app)


def rows(asking: Asking) -> list[list[str]]:
    """The table, operation by operation."""
    found = []
    for who, caller in callers(asking.app):
        for route in sorted(routes(asking.app), key=lambda route: route.operation.name in LAST):
            if route.operation.bearer or who == NOBODY:
                found.append(asking.ask(who, caller, route))
    return [HEAD, *sorted(found)]


def as_csv(table: list[list[str]]) -> str:
    """The table as it lies in the repository."""
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows(table)
    return out.getvalue()
