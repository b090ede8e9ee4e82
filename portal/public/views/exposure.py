"""`/exposure` and `/exposure/<no>`: what was found, what became of it, and how much came back."""

from __future__ import annotations

from flask import Response, render_template, request

from portal.public.door import door
from portal.public.pages import exposure as pages
from portal.public.pages.areas import home_code
from portal.web.access import public
from portal.web.elder import without_modes
from portal.web.exports import download
from portal.web.filters import today
from portal.web.paging import read_cursor
from portal.web.sessions import database


@door.get("/exposure")
@public
def exposures() -> str:
    """The count, and what is out."""
    session, inside = database(), request.args.get("in", "").strip()
    found = pages.exposures_page(
        session, inside, read_cursor(request.args.get("after"), 2), today(), home_code(session)
    )
    kept = without_modes("after")

    def url(cursor: str | None) -> str:
        query = "&".join(part for part in (kept, f"after={cursor}" if cursor else "") if part)
        return f"{request.script_root}/exposure" + (f"?{query}" if query else "")

    return render_template(
        "public/exposures.html", found=found, count=found.count, url=url, query=kept, state_word=pages.state_word,
        today=today(),
    )  # fmt: skip


@door.get("/exposure.<any(json, csv, xlsx):suffix>")
@public
def exposures_file(suffix: str) -> Response:
    """The same list, whole, as a file; the JSON holds the count too."""
    session, inside = database(), request.args.get("in", "").strip()
    rows = pages.exposure_rows(session, pages.all_exposures(session, inside, today()), today())
    count = pages.count_rows(pages.counted(session, today(), home_code(session)))
    return download(rows, pages.exposure_columns(), "exposure", suffix, count=count)


@door.get("/exposure/<no>")
@public
def exposure(no: str) -> str:
    """One exposure, or that its time is over."""
    page = pages.exposure_page(database(), no, today())
    return render_template("public/exposure.html", page=page, e=page.row, state=pages.state_word(page.row, today()))


@door.get("/exposure/<no>.<any(json, csv, xlsx):suffix>")
@public
def exposure_file(no: str, suffix: str) -> Response:
    """One exposure as a file."""
    page = pages.exposure_page(database(), no, today())
    rows = pages.exposure_rows(database(), [page.row], today())
    return download(rows, pages.exposure_columns(), f"exposure-{no}", suffix)
