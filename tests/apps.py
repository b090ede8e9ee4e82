"""The whole application as a fixture; conftest files of doors, house, web and journeys take it from here."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.factory import create_app
from portal.settings import Settings


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The whole application on the test's own database."""
    app = create_app(settings)
    app.testing = True
    yield app
    app.extensions["portal.installation"].engine.dispose()
    wrapper = app.wsgi_app
    while not hasattr(wrapper, "version"):  # the page cache holds a connection of its own
        wrapper = wrapper.inner  # type: ignore[attr-defined]  # our wrappers all have it
    wrapper.version.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a session, on a loopback host."""
    return app.test_client()
