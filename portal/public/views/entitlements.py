"""`/entitlements` 我家能享受什么: four questions, one a page. Answers are posted on and on, and stand nowhere else."""

from __future__ import annotations

from flask import render_template, request
from werkzeug.datastructures import MultiDict

from portal.public.door import door
from portal.public.pages import entitlements as page
from portal.web import policy_words
from portal.web.access import public
from portal.web.filters import today
from portal.web.sessions import database

MAX_BODY = 10_000


@door.get("/entitlements")
@public
def entitlements() -> str:
    """The first question."""
    return _question(page.question(database(), MultiDict(), today()))


@door.post("/entitlements")
@public(csrf=False, max_body=MAX_BODY)
def entitlements_asked() -> str:
    """The next question, or what applies. Nothing is written, and no cookie is read."""
    form = MultiDict(request.form)
    return _question(page.question(database(), form, today()))


def _question(asked: page.Question | None) -> str:
    if asked is not None:
        return render_template("public/entitlements.html", q=asked, who=page.WHO, listed=page.LISTED)
    found = page.applies(database(), MultiDict(request.form), today())
    return render_template(
        "public/entitlements_found.html", found=found, words=policy_words, wanted=policy_words.wanted, sent=request.form
    )
