"""A reader's client: no cookies, so that one test's mode never reaches another page."""

import pytest
from flask import Flask
from flask.testing import FlaskClient


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    app.testing = False  # errors become the page that a reader sees
    return app.test_client(use_cookies=False)
