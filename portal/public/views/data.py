"""`/data` and `/data/<set>`: open data with its dictionary."""

from __future__ import annotations

from flask import render_template

from portal.kernel.errors import NotFound
from portal.public.door import door
from portal.public.pages.data import data_sets
from portal.web.access import public


@door.get("/data")
@public
def data() -> str:
    """All lists that can be taken away."""
    return render_template("public/data.html", sets=data_sets())


@door.get("/data/<slug>")
@public
def data_set(slug: str) -> str:
    """The dictionary of one list."""
    found = next((one for one in data_sets() if one.slug == slug), None)
    if found is None:
        raise NotFound("没有这份数据", fix="从数据下载页面选")
    return render_template("public/data_set.html", set=found)
