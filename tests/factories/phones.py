"""A helper's phone over HTTP: signs in, enrols, uploads and signs as an honest client does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts import queries
from portal.accounts.devices.actions import issue_code
from portal.kernel.database import now_utc, writing
from portal.registers.helpers.check_ins.rules import Context
from portal.registers.sealed import keyring_of
from tests.factories.accounts import PASSWORD, SECRET, bearer_of
from tests.factories.devices import Phone, enrolled, helper_account, new_phone
from tests.factories.divisions import make_county
from tests.factories.helpers import make_helper
from tests.factories.visits import Walker, add_household

BASE = "http://127.0.0.1:8000"


def engine_of(app: Flask) -> Engine:
    """The engine of an application."""
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


def make_world(session: Session) -> None:
    """Two helpers with accounts that can sign in: wang (B-1: HH-1, HH-2) and li (B-2: HH-9)."""
    make_county(session)
    for no, name, homes in (("B-1", "wang", ("HH-1", "HH-2")), ("B-2", "li", ("HH-9",))):
        helper = make_helper(session, no)
        for home in homes:
            add_household(session, helper, home)
        helper_account(session, no, username=name, keyring=keyring_of(session))


def code_for(app: Flask, helper_no: str) -> str:
    """An enrolment code from the office."""
    with writing(engine_of(app)) as session:
        return issue_code(session, "user:clerk", helper_no, now_utc()).code


@dataclass
class Caller:
    """A client with a token; it remembers nothing else."""

    client: FlaskClient
    token: str = ""

    def __call__(self, method: str, path: str, **kw: Any) -> TestResponse:
        """One request under /api/v1."""
        headers = {**({"Authorization": f"Bearer {self.token}"} if self.token else {}), **kw.pop("headers", {})}
        return self.client.open(f"/api/v1{path}", method=method, base_url=BASE, headers=headers, **kw)

    def photo(self, data: bytes, kind: str = "image/jpeg") -> TestResponse:
        """Upload a photo under its digest."""
        return self("PUT", f"/photos/{hashlib.sha256(data).hexdigest()}", data=data, content_type=kind)

    def claim(self, claim: tuple[str, bytes]) -> TestResponse:
        """Upload a claim."""
        return self("PUT", f"/check-ins/{claim[0]}", data=claim[1], content_type="application/json")


def nobody(app: Flask) -> Caller:
    """Somebody without a token."""
    return Caller(app.test_client())


def signed_in_phone(app: Flask, username: str = "wang") -> Caller:
    """A client that has just signed in (without going through the proof)."""
    return Caller(app.test_client(), bearer_of(app, username))


def proof() -> dict[str, str]:
    """What `POST /sessions` takes; the code works once."""
    return {"username": "wang", "password": PASSWORD, "otp": pyotp.TOTP(SECRET).now()}


def walker(app: Flask, helper_no: str = "B-1", phone: Phone | None = None) -> Walker:
    """An enrolled phone of this helper, which signs claims."""
    phone = phone or new_phone()
    with writing(engine_of(app)) as session:
        user = queries.get_user(session, NAMES[helper_no])
        device = enrolled(session, user, phone)
    return Walker(helper_no, device.device_id, phone, Context(f"user:{user.username}", Path()))


NAMES = {"B-1": "wang", "B-2": "li"}
