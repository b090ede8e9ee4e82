"""`/funds`, `/funds/<programme>`, `/allocations/<no>`: programmes and single lines of money."""

from __future__ import annotations

from functools import partial
from urllib.parse import quote

from flask import Response, render_template, request

from portal.public.door import door
from portal.public.pages.asked import asked_year
from portal.public.pages.columns import allocation_columns, programme_columns, village_columns
from portal.public.pages.funds import (
    FundsPage,
    allocation_page,
    allocation_rows,
    funds_page,
    programme_lines,
    programme_page,
    programme_places,
    programme_rows,
)
from portal.web.access import public
from portal.web.elder import without_modes
from portal.web.exports import download
from portal.web.filters import today
from portal.web.language import gettext as _
from portal.web.paging import read_cursor
from portal.web.sessions import database


def asked_funds() -> FundsPage:
    """The list that the address asks for."""
    words, fund_class = request.args.get("q", "").strip(), request.args.get("class", "")
    return funds_page(database(), asked_year(request.args), words, fund_class, today())


@door.get("/funds")
@public
def funds() -> str:
    """All programmes of a year."""
    return render_template("public/funds.html", page=asked_funds(), query=without_modes())


@door.get("/funds.<any(json, csv, xlsx):suffix>")
@public
def funds_file(suffix: str) -> Response:
    """The same list as a file."""
    page = asked_funds()
    return download(programme_rows(page), programme_columns(), f"funds-{page.year}", suffix, year=page.year)


@door.get("/funds/<code>")
@public
def programme(code: str) -> str:
    """One programme."""
    page = programme_page(database(), request.script_root, code, today())
    return render_template("public/programme.html", page=page, view=page.view)


@door.get("/funds/<code>/lines")
@public
def programme_all_lines(code: str) -> str:
    """Every line of a programme, page by page."""
    found = programme_lines(database(), code, read_cursor(request.args.get("after"), 1), today())
    here = f"{request.script_root}/funds/{quote(code, safe='')}/lines"
    url = partial(_page_address, here)
    return render_template("public/programme_lines.html", found=found, url=url)


def _page_address(here: str, after: str | None) -> str:
    return here + (f"?after={after}" if after else "")


@door.get("/funds/<code>.<any(json, csv, xlsx):suffix>")
@public
def programme_file(code: str, suffix: str) -> Response:
    """Who got how much of a programme, by place, as a file."""
    found, rows = programme_places(database(), code)
    about = {"programme": code, "name": found.name, "year": found.year}
    return download(rows, village_columns(), f"funds-{code}", suffix, **about)


@door.get("/allocations/<no>")
@public
def allocation(no: str) -> str:
    """One allocation: document, chain, balance."""
    return render_template("public/allocation.html", page=allocation_page(database(), no, today()))


@door.get("/allocations/<no>.<any(json, csv, xlsx):suffix>")
@public
def allocation_file(no: str, suffix: str) -> Response:
    """The chain of one allocation as a file."""
    page = allocation_page(database(), no, today())
    columns = [*allocation_columns(_("与这一笔的关系"))]
    return download(allocation_rows(page), columns, f"allocation-{no}", suffix, allocation=no)
