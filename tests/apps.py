"""The whole application as a fixture; conftest files of doors, house, web and journeys take it from here."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import rules

from portal.factory import create_app
from portal.settings import Settings


class CompiledTemplates(BytecodeCache):
    """Templates compiled by an earlier test's application, as long as their source is the same."""

    def __init__(self) -> None:
        self.compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Jinja compares the source's checksum itself."""
        if bucket.key in self.compiled:
            bucket.bytecode_from_string(self.compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.compiled[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = CompiledTemplates()
_compile = rules.Rule.compile
_compiled: dict[tuple[object, ...], tuple[Any, ...]] = {}


def compiled_once(rule: rules.Rule) -> None:
    """How a route is matched and its address built follows from its declaration alone: compiled for the first application."""
    key = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, repr(rule.defaults))
    if key not in _compiled:
        _compile(rule)
        builders = rule._build.__func__, rule._build_unknown.__func__  # type: ignore[attr-defined]  # bound to this rule
        _compiled[key] = rule._parts, rule._trace, rule._converters, frozenset(rule.arguments), *builders
        return
    rule._parts, rule._trace, rule._converters, arguments, build, build_unknown = _compiled[key]
    rule.arguments |= arguments
    rule._build, rule._build_unknown = build.__get__(rule), build_unknown.__get__(rule)


rules.Rule.compile = compiled_once  # type: ignore[method-assign]  # an application has 500 of them


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The whole application on the test's own database."""
    app = create_app(settings)
    app.testing = True
    app.jinja_env.bytecode_cache = TEMPLATES
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
