"""`/policies` and `/policies/<slug>`: documents in plain words, and who is entitled, test by test."""

from __future__ import annotations

from flask import Response, render_template, request

from portal.public.door import door
from portal.public.pages.policies import by_topic, condition_columns, policy_columns, policy_page, policy_rows
from portal.web.access import public
from portal.web.elder import without_modes
from portal.web.exports import download
from portal.web.filters import today
from portal.web.policy_words import TOPICS
from portal.web.sessions import database


def _asked() -> tuple[str, str]:
    return request.args.get("topic", ""), request.args.get("q", "").strip()


def _version() -> int | None:
    text = request.args.get("version", "")
    return int(text) if text.isdigit() and len(text) < 6 else None


@door.get("/policies")
@public
def policies() -> str:
    """Every policy, by what it is about."""
    topic, words = _asked()
    groups, found = by_topic(database(), topic, words)
    return render_template(
        "public/policies.html",
        groups=groups,
        found=found,
        topics=TOPICS,
        topic=topic,
        words=words,
        query=without_modes(),
    )


@door.get("/policies.<any(json, csv, xlsx):suffix>")
@public
def policies_file(suffix: str) -> Response:
    """The same list as a file."""
    topic, words = _asked()
    return download(policy_rows(by_topic(database(), topic, words)[1]), policy_columns(), "policies", suffix)


@door.get("/policies/<slug>")
@public
def policy(slug: str) -> str:
    """One policy, or an earlier version of it."""
    page = policy_page(database(), slug, _version(), today())
    return render_template("public/policy.html", page=page, p=page.policy, topics=TOPICS, today=today())


@door.get("/policies/<slug>.<any(json, csv, xlsx):suffix>")
@public
def policy_file(slug: str, suffix: str) -> Response:
    """Its conditions as a file; the JSON holds the declaration itself."""
    page = policy_page(database(), slug, _version(), today())
    about = {"policy": policy_rows([page.policy])[0], "conditions": page.policy.conditions}
    return download(page.condition_rows(), condition_columns(), f"policy-{slug}", suffix, **about)
