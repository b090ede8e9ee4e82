"""The application for these tests."""

from tests.apps import app, client

__all__ = ["app", "client"]
