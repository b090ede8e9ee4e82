"""Signing in on a phone: one proof, one token; the same delay and lock as on the web."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
import time_machine
from flask import Flask

from portal.accounts import queries
from portal.accounts.actions import disable_account
from portal.accounts.permissions import Role
from portal.kernel.database import now_utc, writing
from tests.factories.accounts import PASSWORD, SECRET, make_user, principal_of
from tests.factories.phones import Caller, engine_of, nobody, proof, walker


def test_name_password_and_code_give_a_token_for_twelve_hours(world: Flask) -> None:
    answer = nobody(world)("POST", "/sessions", json=proof())
    assert answer.status_code == 201
    told = answer.json
    assert told["helper"] == {"no": "B-1", "name": "王帮扶"}
    assert told["needs_device"] is True
    assert told["expires_at"].endswith("Z")
    assert Caller(world.test_client(), told["token"])("GET", "/today").status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_an_enrolled_helper_needs_no_device(world: Flask) -> None:
    walker(world)
    assert nobody(world)("POST", "/sessions", json=proof()).json["needs_device"] is False


def test_the_code_is_asked_for_when_only_it_is_missing(world: Flask) -> None:
    given = {"username": "wang", "password": PASSWORD}
    for missing in (given, {**given, "otp": " "}):
        answer = nobody(world)("POST", "/sessions", json=missing)
        assert (answer.status_code, answer.json["code"]) == (401, "otp_required")
    assert nobody(world)("POST", "/sessions", json=proof()).status_code == 201


@pytest.mark.parametrize("name", ["wang", "nobody"])
def test_without_a_code_wrong_names_and_passwords_answer_alike_and_count(world: Flask, name: str) -> None:
    given = {"username": name, "password": "wrong"}
    answers = [nobody(world)("POST", "/sessions", json=given) for _ in range(4)]
    assert [(a.status_code, a.json["code"]) for a in answers] == [(401, "invalid_credentials")] * 3 + [
        (429, "too_many_tries")
    ]


def test_wrong_password_wrong_code_and_unknown_name_answer_alike(world: Flask) -> None:
    wrong = [{"password": "wrong"}, {"otp": "000000"}, {"username": "nobody"}]
    answers = [nobody(world)("POST", "/sessions", json={**proof(), **change}) for change in wrong]
    assert {(a.status_code, a.json["code"], a.json["title"]) for a in answers} == {
        (401, "invalid_credentials", answers[0].json["title"])
    }
    assert answers[0].headers["WWW-Authenticate"] == "Bearer"


def test_a_code_works_once(world: Flask) -> None:
    given = proof()
    assert nobody(world)("POST", "/sessions", json=given).status_code == 201
    assert nobody(world)("POST", "/sessions", json=given).status_code == 401


def test_the_delay_grows_and_is_told(world: Flask) -> None:
    given = {**proof(), "otp": "000000"}
    for _ in range(3):
        assert nobody(world)("POST", "/sessions", json=given).status_code == 401
    stopped = nobody(world)("POST", "/sessions", json=given)
    assert (stopped.status_code, stopped.json["code"]) == (429, "too_many_tries")
    assert 1 <= int(stopped.headers["Retry-After"]) <= 4


def test_a_staff_account_is_told_after_the_proof_and_may_go_on_elsewhere(world: Flask) -> None:
    with writing(engine_of(world)) as session:
        keyring = world.extensions["portal.installation"].keyring
        make_user(session, Role.TOWNSHIP_CLERK, username="clerk", keyring=keyring)
    given = {"username": "clerk", "password": PASSWORD, "otp": pyotp.TOTP(SECRET).now()}
    answer = nobody(world)("POST", "/sessions", json=given)
    assert (answer.status_code, answer.json["code"]) == (403, "not_a_helper")
    later = now_utc() + timedelta(seconds=60)
    with time_machine.travel(later, tick=True):
        again = {**given, "otp": pyotp.TOTP(SECRET).now()}
        assert nobody(world)("POST", "/sessions", json=again).status_code == 403  # no failure was counted


def test_signing_out_ends_the_token_on_the_server(wang: Caller) -> None:
    answer = wang("DELETE", "/sessions/current")
    assert (answer.status_code, answer.data) == (204, b"")
    assert wang("GET", "/today").json["code"] == "sign_in_needed"
    assert wang("DELETE", "/sessions/current").status_code == 401


def test_a_token_ends_with_its_twelve_hours_and_with_its_account(world: Flask, wang: Caller, li: Caller) -> None:
    with time_machine.travel(now_utc() + timedelta(hours=12, seconds=1), tick=True):
        assert wang("GET", "/today").status_code == 401
    with writing(engine_of(world)) as session:
        admin = principal_of(session, Role.SYSTEM_ADMIN)
        disable_account(session, admin, queries.get_user(session, "li"), why="调离")
    assert li("GET", "/today").status_code == 401


def test_what_is_no_token_is_answered_alike(world: Flask) -> None:
    for header in ("Bearer x", "Bearer " + "x" * 500, "Basic d2FuZzp4", "Bearer", "bearer \x7f"):
        answer = nobody(world)("GET", "/today", headers={"Authorization": header})
        assert (answer.status_code, answer.json["code"]) == (401, "sign_in_needed"), header


def test_off_loopback_only_https_is_answered(world: Flask) -> None:
    world.config["TRUSTED_HOSTS"] = None
    answer = world.test_client().post("/api/v1/sessions", base_url="http://portal.example", json=proof())
    assert (answer.status_code, answer.json["code"]) == (403, "https_only")
    assert (
        world.test_client().post("/api/v1/sessions", base_url="https://portal.example", json=proof()).status_code == 201
    )
