"""S4: every role at every endpoint, and every relation of a record to a scope. All cells of the table are asserted."""

from __future__ import annotations

import csv
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.routing import Rule

from portal.accounts.permissions import Role
from portal.web.access import policy_of
from tests.factories.accounts import Browser, bearer_of, signed_in
from tests.web.policy_table import TABLE, as_csv

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ANY = {"AnyConverter": "", "IntegerConverter": 1, "UUIDConverter": UUID(int=1), "DigestConverter": "0" * 64}


@on_one_database
def test_the_table_in_the_repository_is_what_the_code_says(app: Flask) -> None:
    assert TABLE.read_text("utf-8") == as_csv(app), "run python -m tests.web.policy_table and read the difference"


def expected() -> dict[tuple[str, str], dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {(row["rule"], row["method"]): row for row in csv.DictReader(file)}


def address(app: Flask, rule: Rule) -> str:
    values = {}
    for name in rule.arguments:
        converter = rule._converters[name]
        values[name] = ANY.get(type(converter).__name__, "x") or next(iter(converter.items))
    return app.url_map.bind("127.0.0.1").build(rule.endpoint, values, method=next(iter(rule.methods or {"GET"})))


def _empty_the_rooms(app: Flask) -> None:
    """Behind each door an empty room: the table is about doors, and pages have tests of their own."""
    for endpoint, view in app.view_functions.items():

        def empty(**_values: object) -> str:
            return ""

        empty.__dict__.update(view.__dict__)
        app.view_functions[endpoint] = empty


@on_one_database
@pytest.mark.parametrize("role", list(Role))
def test_each_role_meets_exactly_the_doors_of_the_table(app: Flask, role: Role) -> None:
    """Asked as a program, so that refusals have a code; changes are sent without a token and so change nothing."""
    browser = Browser(app) if role is Role.CITIZEN else signed_in(app, role)
    no = "sign_in_needed" if role is Role.CITIZEN else "not_allowed"
    table = expected()
    _empty_the_rooms(app)
    token = {} if role is Role.CITIZEN else {"Authorization": f"Bearer {bearer_of(app, browser.username)}"}
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) & {"GET", "POST", "PUT", "DELETE", "PATCH"}:
            policy = policy_of(app, rule.endpoint, method)
            if policy is None or policy.is_public:
                continue
            headers = {"Accept": "application/json", **(token if policy.bearer else {})}
            with browser.client.open(
                address(app, rule), method=method, base_url=browser.base_url, headers=headers
            ) as answer:
                code = answer.get_json()["code"] if answer.mimetype == "application/problem+json" else ""
            allowed = table[rule.rule, method][role.value] == "x"
            refusal = "sign_in_needed" if policy.household else no
            assert (code == refusal) is not allowed, f"{role} {method} {rule.rule}: {answer.status_code} {code}"
            if allowed and method != "GET" and policy.csrf:
                assert code == "foreign_request", f"{method} {rule.rule} takes a request without a token"


@on_one_database
def test_a_view_without_a_policy_is_closed_to_everybody(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    for role in (Role.SYSTEM_ADMIN, Role.LEADER):
        answer = signed_in(app, role).get("/forgotten")
        assert answer.status_code == 403
        assert "secret" not in answer.text
    assert app.test_client().get("/forgotten").status_code == 403


@on_one_database
def test_a_cookie_opens_no_door_of_the_phone_and_a_token_no_other(app: Flask) -> None:
    browser = signed_in(app, Role.HELPER)
    assert browser.get("/api/v1/today").status_code == 401
    token = {"Authorization": f"Bearer {bearer_of(app, browser.username)}", "Accept": "application/json"}
    assert app.test_client().get("/account", base_url=browser.base_url, headers=token).status_code == 401
