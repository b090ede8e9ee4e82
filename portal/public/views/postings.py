"""`/postings`, `/postings/<no>`, and `/v/<no>`: is this sheet of paper genuine?"""

from __future__ import annotations

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from portal.oversight.inspections.queries import is_drawn
from portal.public.door import door
from portal.public.pages import postings as pages
from portal.public.pages.areas import home_code
from portal.web import postings as shared
from portal.web.access import public
from portal.web.elder import without_modes
from portal.web.exports import download
from portal.web.filters import today
from portal.web.paging import read_cursor
from portal.web.sessions import database, installation

PDF = "application/pdf"


@door.get("/postings")
@public
def postings() -> str:
    """What hangs now, and what hung."""
    session, asked = database(), pages.asked_postings(request.args)
    found = pages.postings_page(session, asked, read_cursor(request.args.get("after"), 2), today(), home_code(session))
    kept = without_modes("after")

    def url(cursor: str | None) -> str:
        query = "&".join(part for part in (kept, f"after={cursor}" if cursor else "") if part)
        return f"{request.script_root}/postings" + (f"?{query}" if query else "")

    return render_template(
        "public/postings.html", found=found, url=url, query=kept, kinds=pages.KINDS, today=today(),
        state_word=pages.state_word,
    )  # fmt: skip


@door.get("/postings.<any(json, csv, xlsx):suffix>")
@public
def postings_file(suffix: str) -> Response:
    """The same list, whole, as a file."""
    rows = pages.postings_rows(database(), pages.asked_postings(request.args), today())
    return download(rows, pages.postings_columns(), "postings", suffix)


@door.get("/postings/<no>")
@public
def posting(no: str) -> str:
    """One notice as it stands today."""
    return shared.page(pages.posting_view(database(), no, today()))


@door.get("/postings/<no>.<any(json, csv, xlsx):suffix>")
@public
def posting_file(no: str, suffix: str) -> Response:
    """Its list as a file; when its time is over, without lines."""
    return shared.file_of(pages.posting_view(database(), no, today()), suffix)


@door.get("/postings/<no>/<any(a4, a3):paper>.pdf")
@public
def posting_sheet(no: str, paper: str) -> Response:
    """The sheet for the board, as long as the list is read."""
    content = pages.file_of_posting(database(), installation().settings.files_dir, no, today(), paper)
    response = Response(content, content_type=PDF)
    response.headers["Content-Disposition"] = f"inline; filename={no}-{paper.upper()}.pdf"
    return response


@door.get("/postings/<no>/board.jpg")
@public
def posting_board(no: str) -> Response:
    """The picture of the board."""
    content = pages.file_of_posting(database(), installation().settings.files_dir, no, today(), "board")
    return Response(content, content_type="image/jpeg")


@door.get("/v/<no>")
@public
def verification(no: str) -> tuple[str, int] | Answer:
    """Whether a printed sheet is genuine and holds still. One page for all unknown numbers; draws stand with the log."""
    found = pages.verify(database(), no, today())
    known = found.row or found.order
    if not known and is_drawn(database(), no):
        return redirect(f"{request.script_root}/log/#draws", 303)
    return render_template(
        "public/verification.html", found=found, row=found.row, order=found.order
    ), 200 if known else 404
