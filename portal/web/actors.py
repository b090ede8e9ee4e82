"""Who acted, as pages name him: an account by its person's name, everything else by what it is."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask, g

from portal.accounts.queries import display_names, find_user
from portal.web.language import gettext as _
from portal.web.sessions import database

ACCOUNT = "user:"
COMMAND = "cli:"
CARD = "card:"
ANYBODY = "citizen"


def install(app: Flask) -> None:
    """Give templates `actor_name` (factory)."""
    app.jinja_env.globals.update(actor_name=actor_name)


def actor_name(actor: str | None) -> str:
    """The name behind an actor of the trail (`user:…`, `card:…`, `cli:…`, `job:…`, `citizen`, `demo`); asked once for each on a page."""
    if not actor:
        return ""
    known: dict[str, str] = g.setdefault("actor_names", {})
    if actor not in known:
        known[actor] = _named(actor)
    return known[actor]


def learn_actors(actors: Iterable[str | None]) -> None:
    """Ask for the names of everybody whom a page is about to name, in one statement however many they are."""
    known: dict[str, str] = g.setdefault("actor_names", {})
    accounts = {a.removeprefix(ACCOUNT) for a in actors if a and a.startswith(ACCOUNT) and a not in known}
    names = display_names(database(), accounts) if accounts else {}
    for username in accounts:
        known[ACCOUNT + username] = f"{names[username]} {username}" if username in names else username


def _named(actor: str) -> str:
    if actor.startswith(ACCOUNT):
        username = actor.removeprefix(ACCOUNT)
        user = find_user(database(), username)
        return f"{user.display_name} {username}" if user is not None else username
    if actor.startswith(COMMAND):
        return _("命令行 %(who)s", who=actor.removeprefix(COMMAND))
    if actor.startswith(CARD):
        return _("持卡的户 %(no)s", no=actor.removeprefix(CARD))
    if actor == ANYBODY:
        return _("群众")
    if actor == "demo":
        return _("演示数据")
    return _("系统") if actor.partition(":")[0] in ("job", "system") else actor
