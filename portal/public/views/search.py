"""`/search`: one box for places, programmes, projects and numbers."""

from __future__ import annotations

from flask import render_template, request

from portal.public.door import door
from portal.public.pages.search import LONGEST_WORDS, search
from portal.web.access import public
from portal.web.sessions import database


@door.get("/search")
@public
def find() -> str:
    """What was found."""
    words = request.args.get("q", "").strip()[:LONGEST_WORDS]
    return render_template("public/search.html", words=words, found=search(database(), words))
