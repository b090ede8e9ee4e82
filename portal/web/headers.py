"""Headers of every answer and limits of every request. About forty lines of our own instead of a package."""

from __future__ import annotations

import secrets

from flask import Flask, g, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from portal.settings import Settings
from portal.web.access import policy_of

MAX_BODY = 2 << 20
MAX_FORM_MEMORY = 500_000
MAX_FORM_PARTS = 1_000
POLICY = (
    "default-src 'none'; script-src 'self'{nonce}; style-src 'self'; img-src 'self' data:{images}; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
}
LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]"]


def install(app: Flask, settings: Settings) -> None:
    """Set the limits, trust only the configured hosts and proxies, and add the headers (factory)."""
    app.config["TRUSTED_HOSTS"] = [settings.site_host.rsplit(":", 1)[0], *LOOPBACK_HOSTS, *settings.trusted_hosts]
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_FORM_MEMORY
    app.config["MAX_FORM_PARTS"] = MAX_FORM_PARTS
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # the way Flask documents for wrappers
    app.jinja_env.globals.update(csp_nonce=csp_nonce)
    app.after_request(lambda response: _add(app, response))


def csp_nonce() -> str:
    """The nonce of an inline script on this page; pages without one get a policy without one (and may be cached)."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def allow_images(origin: str) -> None:
    """Let the present page, and no other, show pictures of one further origin (a map's tiles)."""
    g.image_origin = origin


def _add(app: Flask, response: Response) -> Response:
    nonce = f" 'nonce-{g.csp_nonce}'" if "csp_nonce" in g else ""
    images = f" {g.image_origin}" if g.get("image_origin") else ""
    response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=nonce, images=images))
    for name, value in FIXED.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if _is_private(app):
        response.headers["Cache-Control"] = "no-store"
        response.headers["Vary"] = "Authorization" if "bearer" in g else "Cookie"
    return response


def _is_private(app: Flask) -> bool:
    """Pages behind a sign-in, pages that asked who is there, and pages with a form's token belong to one person."""
    if "form_secret" in g or "_login_user" in g:
        return True
    policy = policy_of(app, request.endpoint, request.method) if request.endpoint else None
    return request.endpoint is not None and (policy is None or not policy.is_public)
