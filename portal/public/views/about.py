"""`/about…` and `/sitemap`: what this site is, how its numbers are made, what it keeps of its readers."""

from __future__ import annotations

from flask import render_template

from portal.public.door import door
from portal.web.access import public


@door.get("/about")
@public
def about() -> str:
    """What this site is and who runs it."""
    return render_template("public/about.html")


@door.get("/about/accessibility")
@public
def accessibility() -> str:
    """The accessibility statement: what holds, what does not yet."""
    return render_template("public/about_accessibility.html")


@door.get("/about/privacy")
@public
def privacy() -> str:
    """What is never published, and what is kept of readers."""
    return render_template("public/about_privacy.html")


@door.get("/about/method")
@public
def method() -> str:
    """How every figure is made."""
    return render_template("public/about_method.html")


@door.get("/sitemap")
@public
def sitemap() -> str:
    """All pages by group."""
    return render_template("public/sitemap.html")
