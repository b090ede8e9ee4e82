"""`/areas` and `/areas/<code12>`: places and their money."""

from __future__ import annotations

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from portal.public.door import door
from portal.public.pages.areas import AreasPage, area_page, area_rows, areas_page
from portal.public.pages.asked import asked_year
from portal.public.pages.columns import area_columns
from portal.public.pages.projects import step_of
from portal.registers.divisions.queries import present_code
from portal.web.access import public
from portal.web.elder import without_modes
from portal.web.exports import download
from portal.web.filters import today
from portal.web.sessions import database


def asked_areas() -> AreasPage:
    """The list that the address asks for."""
    return areas_page(database(), request.script_root, request.args.get("in", ""), asked_year(request.args), today())


@door.get("/areas")
@public
def areas() -> str:
    """Places with their totals."""
    return render_template("public/areas.html", page=asked_areas(), query=without_modes())


@door.get("/areas.<any(json, csv, xlsx):suffix>")
@public
def areas_file(suffix: str) -> Response:
    """The same list as a file."""
    page = asked_areas()
    return download(area_rows(page.rows), area_columns(), f"areas-{page.year}", suffix, year=page.year)


@door.get("/areas/<code>")
@public
def area(code: str) -> str | AnyResponse:
    """One place; a merged one leads to what it became."""
    living = present_code(database(), code)
    if living != code:
        return redirect(f"{request.script_root}/areas/{living}", 301)
    page = area_page(database(), request.script_root, code, asked_year(request.args), today())
    return render_template("public/area.html", page=page, view=page.view, step_of=step_of)


@door.get("/areas/<code>.<any(json, csv, xlsx):suffix>")
@public
def area_file(code: str, suffix: str) -> Response:
    """The places right below one as a file."""
    page = areas_page(database(), request.script_root, code, asked_year(request.args), today())
    return download(area_rows(page.rows), area_columns(), f"areas-{code}-{page.year}", suffix, year=page.year)
