"""Requests that nobody thought of, made from the document: no server error, no answer that it does not declare.

A few in every run, a hundred thousand in the long programmes, for each kind of caller.
"""

from __future__ import annotations

import os

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from portal.accounts.permissions import Role
from portal.web.rates import rates
from tests.doors.mobile_api.conftest import on_one_database
from tests.factories.accounts import bearer_of, signed_in
from tests.factories.phones import BASE, walker

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SOAK = bool(os.environ.get("YANGGUANG_SOAK"))
CASES = int(os.environ.get("YANGGUANG_CASES") or (1800 if SOAK else 6))  # of each operation, for each caller
OTHERS = [role for role in Role if role not in (Role.HELPER, Role.CITIZEN, Role.HOUSEHOLD)]
CALLERS = ("helper", "other helper", "nobody", *(OTHERS if SOAK else (Role.TOWNSHIP_CLERK,)))


def token_of(app: Flask, who: str) -> str:
    """A token of this kind of caller; none for nobody."""
    if who == "nobody":
        return ""
    if who in OTHERS:
        return bearer_of(app, signed_in(app, Role(who)).username)
    return bearer_of(app, "wang" if who == "helper" else "li")


@on_one_database
@pytest.mark.timeout(3600 if SOAK else 300)
@pytest.mark.parametrize("who", CALLERS)
def test_nothing_undocumented_is_answered(world: Flask, who: str) -> None:
    walker(world)
    rates(world).off = True
    world.testing = False
    token = token_of(world, who)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", world, base_url=BASE)
    operations = [found.ok() for found in document.get_all_operations()]
    assert len(operations) >= 13
    sent = 0
    for operation in operations:
        if operation.path.endswith("/sessions/current"):
            continue  # the token is needed by the others
        sent += _send_many(operation.as_strategy(), headers)
    print(f"{who}: {sent} requests")


def _send_many(strategy: object, headers: dict[str, str]) -> int:
    statuses: list[int] = []

    @seed(20261120)
    @settings(
        max_examples=CASES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)  # type: ignore[arg-type]  # schemathesis makes a hypothesis strategy
    def send(case: Case) -> None:
        statuses.append(case.call_and_validate(checks=CHECKS, headers=headers, base_url=BASE).status_code)

    send()
    return len(statuses)
