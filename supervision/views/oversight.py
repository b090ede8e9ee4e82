"""/supervision/oversight and /supervision/overview: those who handle leads are watched themselves. Read-only."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from portal.accounts.permissions import Permission
from portal.checks.catalogue import RULES
from portal.web import lead_words as words
from portal.web.access import requires
from supervision.oversight_pages import handled, watch_page

blueprint = Blueprint("supervision_oversight", __name__, template_folder="../templates", url_prefix="/supervision")


def _page(template: str) -> str:
    seed = request.args.get("seed", "").strip()[:120]
    it = watch_page(seed, request.args.get("month", ""))
    titles = {rule.code: rule.title for rule in RULES.all()}
    return render_template(template, it=it, words=words, titles=titles, seed=seed, handled=handled(it.counts))


@blueprint.get("/oversight")
@requires(Permission.WATCH_HANDLING)
def oversight() -> str:
    """Overdue, formal, unrectified; the ladder, the response times, the re-check of settled leads by a seeded draw."""
    return _page("supervision/oversight.html")


@blueprint.get("/overview")
@requires(Permission.WATCH_HANDLING)
def overview() -> str:
    """Towns × months, and how far the leads are."""
    return _page("supervision/overview.html")
