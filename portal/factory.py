"""create_app: the only place that knows every door."""

from __future__ import annotations

from flask import Flask

from portal import management, public
from portal.settings import PROJECT_ROOT, Settings
from portal.trail.connect import connect, keyring_of
from portal.web import access, csrf, elder, errors, filters, headers, language, sessions, site
from portal.web.page_cache import PageCache, VersionReader

DOORS = (public, management)


def create_app(settings: Settings) -> Flask:
    """The whole application of one installation. The order of `install` is the order in which a request meets them."""
    app = Flask("portal", template_folder="web/templates", static_folder=str(PROJECT_ROOT / "static"))
    headers.install(app, settings)
    errors.install(app)
    sessions.install(app, settings, connect(settings), keyring_of(settings))
    access.install(app)
    csrf.install(app)
    site.install(app, settings)
    filters.install(app)
    elder.install(app)
    for door in DOORS:
        for blueprint in door.blueprints:
            app.register_blueprint(blueprint)
    app.wsgi_app = PageCache(app.wsgi_app, VersionReader(settings.database_url))  # type: ignore[method-assign]  # documented way
    language.install(app)
    return app
