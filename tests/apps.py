"""The whole application as a fixture; conftest files of doors, house, web and journeys take it from here."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.factory import create_app
from portal.settings import Settings


@pytest.fixture
def app(settings: Settings) -> Flask:
    """The whole application on the test's own database."""
    app = create_app(settings)
    app.testing = True
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a session, on a loopback host."""
    return app.test_client()
