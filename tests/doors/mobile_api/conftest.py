"""Two helpers with phones, and cheap password hashes."""

import pytest
from flask import Flask

from portal.accounts import passwords
from tests.conftest import Filling, in_one_session
from tests.factories.accounts import Quick
from tests.factories.phones import Caller, make_world, signed_in_phone, walker
from tests.factories.visits import Walker

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHING", Quick())


@pytest.fixture
def beginning(request: pytest.FixtureRequest, quick: None) -> Filling | None:
    """The two helpers are there from the beginning, where a test asks for the world."""
    return in_one_session(make_world) if "world" in request.fixturenames else None


@pytest.fixture
def world(app: Flask) -> Flask:
    """Helper wang with HH-1 and HH-2, helper li with HH-9."""
    return app


@pytest.fixture
def wang(world: Flask) -> Caller:
    """Wang's phone, signed in."""
    return signed_in_phone(world, "wang")


@pytest.fixture
def li(world: Flask) -> Caller:
    """Li's phone, signed in."""
    return signed_in_phone(world, "li")


@pytest.fixture
def walk(world: Flask) -> Walker:
    """Wang's phone, enrolled: it signs."""
    return walker(world)
