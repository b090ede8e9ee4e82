"""`/flow` in all its forms: page, table, drawing and data, each from the same picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from flask import Response, render_template, request

from portal.public.door import door
from portal.public.pages.asked import asked_year
from portal.public.pages.columns import flow_columns
from portal.public.pages.flow import FlowView
from portal.public.pages.flow_files import citation, licence, qr_of
from portal.public.pages.flow_page import FlowPage, flow_page
from portal.web.access import public
from portal.web.exports import TYPES, download
from portal.web.filters import today
from portal.web.sessions import database

TABLE_ROWS = 100


def asked_page(*, whole: bool = False) -> FlowPage:
    """The picture that the address asks for; `whole` with the name of every node."""
    year = asked_year(request.args)
    return flow_page(database(), request.script_root, year, request.args.get("focus"), today(), whole=whole)


@door.get("/flow")
@public
def flow() -> str:
    """The signature picture."""
    page = asked_page()
    cite = citation(page)
    return render_template(
        "public/flow.html", page=page, view=page.view, cite=cite, qr=qr_of(cite.link), licence=licence()
    )


@door.get("/flow/table")
@public
def flow_table() -> str:
    """Every link of the picture as rows."""
    page = asked_page(whole=True)
    pages = max(1, -(-page.view.row_count // TABLE_ROWS))
    asked = request.args.get("page", "1")
    number = min(max(int(asked), 1), pages) if asked.isdigit() and len(asked) < 6 else 1
    rows = page.view.rows((number - 1) * TABLE_ROWS, number * TABLE_ROWS)

    def page_url(n: int) -> str:
        return f"{page.path}/table?{page.query}&page={n}"

    return render_template(
        "public/flow_table.html", page=page, view=page.view, rows=rows, number=number, pages=pages, page_url=page_url
    )


@door.get("/flow.svg")
@public
def flow_svg() -> Response:
    """The drawing alone, as a file that can be kept."""
    page = asked_page()
    return Response(page.view.svg(page.plain, alone=True), content_type="image/svg+xml; charset=utf-8")


@door.get("/flow.json")
@public
def flow_json() -> Response:
    """The whole picture, unfolded, in fen."""
    return Response(orjson.dumps(flow_data(asked_page(whole=True))), content_type=TYPES["json"])


@door.get("/flow.<any(csv, xlsx):suffix>")
@public
def flow_file(suffix: str) -> Response:
    """The links of the picture as a sheet."""
    page = asked_page(whole=True)
    return download(flow_lines(page.view), flow_columns(), f"flow-{page.year}", suffix)


def flow_data(page: FlowPage) -> dict[str, Any]:
    """The picture as data: for every node in = out + paid + held + returned."""
    picture = page.view.picture
    nodes = [
        {
            "id": n.id,
            "tier": n.tier,
            "name": page.view.names[n.id],
            "in_fen": n.in_fen,
            "out_fen": n.out_fen,
            "paid_fen": n.paid_fen,
            "held_fen": n.held_fen,
            "returned_fen": n.returned_fen,
            "held_days": n.held_days,
            "href": page.view.href(n.id),
        }
        for n in picture.nodes
    ]
    links = [{"from": k.source, "to": k.target, "fen": k.fen} for k in picture.links]
    head = {"year": page.year, "focus": picture.focus, "nodes": nodes, "links": links}
    return {**head, "sentence": page.plain, "as_of": picture.as_of.isoformat()}


def flow_lines(view: FlowView) -> Iterator[dict[str, Any]]:
    """Rows of the download: the same as the table's, with ids."""
    for row in view.rows():
        yield {
            "from_id": row.source_id,
            "from": row.source,
            "to_id": row.target_id,
            "to": row.target,
            "kind": row.kind,
            "fen": row.fen,
            "days": row.days,
        }
