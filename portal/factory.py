"""create_app: the only place that knows every door."""

from __future__ import annotations

from flask import Flask

import mobile_api
import supervision
from portal import management, public
from portal.settings import PROJECT_ROOT, Settings
from portal.trail.connect import connect, keyring_of
from portal.web import (
    access,
    actors,
    csrf,
    elder,
    errors,
    filters,
    headers,
    language,
    memory,
    proof_of_work,
    rates,
    sessions,
    site,
)
from portal.web.page_cache import PageCache, VersionReader

DOORS = (public, management, supervision, mobile_api)


def create_app(settings: Settings) -> Flask:
    """The whole application of one installation. The order of `install` is the order in which a request meets them."""
    app = Flask("portal", template_folder="web/templates", static_folder=str(PROJECT_ROOT / "static"))
    memory.install(app)
    headers.install(app, settings)
    errors.install(app)
    sessions.install(app, settings, connect(settings), keyring_of(settings))
    access.install(app)
    rates.install(app)
    proof_of_work.install(app)
    actors.install(app)
    csrf.install(app)
    site.install(app, settings)
    filters.install(app)
    elder.install(app)
    for door in DOORS:
        for blueprint in door.blueprints:
            app.register_blueprint(blueprint)
    app.wsgi_app = PageCache(app.wsgi_app, VersionReader(settings.database_url))  # type: ignore[method-assign]  # how Flask says to wrap an application; its stubs declare a method
    language.install(app)
    return app
