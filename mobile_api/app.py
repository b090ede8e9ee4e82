"""The page that serves `/app/`: the phone client's shell, its service worker, its manifest and the policy cards.

Nothing here knows a person: what the client shows comes over the API, with a token. The shell is the same for every
address of the client, so that it opens without a network.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template, request

from mobile_api.codes import client_codes
from mobile_api.policy_cards import policies_of
from mobile_api.texts import CLIENT, dictionary, modules
from portal.kernel.clock import today_cn
from portal.kernel.errors import NotFound
from portal.kernel.queue_files import queue_public_key
from portal.web import outgoing
from portal.web.access import public
from portal.web.language import current_language
from portal.web.language import gettext as _
from portal.web.sessions import database, installation

#: Pictures that the phone has taken are shown from its own memory (`blob:`); nothing inline, nothing from elsewhere.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
PAGES = frozenset({"", "households", "checkin", "income", "queue", "record", "policy", "sign-in", "enrol", "visits"})

door = Blueprint("phone", __name__, url_prefix="/app", template_folder="templates")


@door.after_request
def gate(response: Response) -> Response:
    """Every public answer passes the gate."""
    return outgoing.checked(response)


@door.get("/")
@door.get("/<path:page>")
@public
def shell(page: str = "") -> Response:
    """The same page for every address of the client; what it shows is decided on the phone."""
    if page.split("/")[0] not in PAGES:
        raise NotFound("没有这个页面", fix="从“今日”开始")
    response = current_app.make_response(_shell())
    response.headers["Content-Security-Policy"] = POLICY
    return response


@door.get("/sw.js")
@public
def service_worker() -> Response:
    """The worker with the list of what it keeps; it may serve the whole client, and is asked for anew each time."""
    root = request.script_root
    head = {
        "VERSION": f"{current_language()}.{_digest(_shell())}",
        "HOME": f"{root}/app/",
        "FILES": [f"{root}/app/", *_files()],
    }
    lines = [f"const {name} = {json.dumps(value)};" for name, value in head.items()]
    source = "\n".join([*lines, (CLIENT / "sw.js").read_text(encoding="utf-8")])
    response = Response(source, mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@door.get("/manifest.webmanifest")
@public
def manifest() -> Response:
    """What the phone needs to put the client on its home screen."""
    home = f"{request.script_root}/app/"
    sizes = (("192x192", "any"), ("512x512", "any"), ("512x512", "maskable"))
    icons = [
        {
            "src": f"/static/app/icons/{purpose}-{size.split('x')[0]}.png",
            "sizes": size,
            "type": "image/png",
            "purpose": purpose,
        }
        for size, purpose in sizes
    ]
    described: dict[str, Any] = {
        "id": home,
        "name": _("阳光帮扶 · 走访"),
        "short_name": _("走访"),
        "description": _("帮扶人走访、记收入，没有网也能用。"),
        "lang": "en" if current_language() == "en" else "zh-Hans",
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#F6F4EF",
        "theme_color": "#FFFFFF",
        "icons": icons,
    }
    response = current_app.make_response(jsonify(described))
    response.mimetype = "application/manifest+json"
    return response


@door.get("/policies.json")
@public
def policies() -> Response:
    """The policy cards, to be read without a signal for seven days."""
    today = today_cn()
    return jsonify(**asdict(policies_of(database(), today)), as_of=today.isoformat())


def _shell() -> str:
    settings = {"queue_key": base64.b64encode(queue_public_key(installation().keyring)).decode()}
    return render_template(
        "app/shell.html", files=_files(), texts=dictionary(), codes=client_codes(), settings=settings
    )


def _files() -> list[str]:
    names = [path.relative_to(CLIENT).as_posix() for path in modules()]
    return [f"/static/app/{name}" for name in ("app.css", *names, "icons/any-192.png")]


def _digest(shell: str) -> str:
    whole = sha256(shell.encode())
    whole.update(_files_digest())
    return whole.hexdigest()[:16]


@cache
def _files_digest() -> bytes:
    """Of the client's own files; a server is started anew when they change."""
    whole = sha256()
    for path in sorted(CLIENT.rglob("*")):
        if path.is_file():
            whole.update(path.name.encode() + b"\0" + sha256(path.read_bytes()).digest())
    return whole.digest()
