"""`/`: the home page."""

from __future__ import annotations

from flask import render_template, request

from portal.public.door import door
from portal.public.pages.home import home_page
from portal.web.access import public
from portal.web.filters import today
from portal.web.sessions import database


@door.get("/")
@public
def home() -> str:
    """Five questions and where the money is."""
    return render_template("public/home.html", page=home_page(database(), request.script_root, today()))
