"""`/log/`: the transparency log. Its files are static; any mirror may serve them instead."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import orjson
from flask import Response, render_template, request
from werkzeug.security import safe_join

from portal.kernel.database import now_utc
from portal.kernel.errors import NotFound
from portal.oversight.inspections import queries as inspections
from portal.public.door import door
from portal.public.pages.log import log_state
from portal.registers.divisions.queries import names_of
from portal.trail import monthly, recount, redraw, verifier
from portal.trail.prove import receipt
from portal.trail.publish import LogFiles
from portal.web.access import public
from portal.web.sessions import database, installation

TEXT = "text/plain; charset=utf-8"
FOR_EVER = "public, max-age=31536000, immutable"


@door.get("/log/")
@public
def log() -> str:
    """The newest checkpoint and how anybody verifies it."""
    state = log_state(installation().settings.log_dir)
    base = f"{request.scheme}://{request.host}/log"
    month = monthly.month_of(now_utc())
    drawn = inspections.list_drawn(database())
    places = names_of(database(), {row.division_code for row in drawn})
    return render_template(
        "public/log.html", log=state, log_root="/log", log_url=base, month=month, drawn=drawn, places=places
    )


@door.get("/log/checkpoint")
@door.get("/log/key", defaults={"name": "key"})
@door.get("/log/policy", defaults={"name": "policy"})
@public
def log_file(name: str = "checkpoint") -> Response:
    """Small text files of the log."""
    response = _send(name, TEXT)
    response.headers["Cache-Control"] = "public, max-age=5" if name == "checkpoint" else "public, max-age=300"
    return response


@door.get("/log/tile/<path:name>")
@public
def log_tile(name: str) -> Response:
    """Tiles and entry bundles: immutable bytes."""
    response = _send(f"tile/{name}", "application/octet-stream")
    response.headers["Cache-Control"] = FOR_EVER
    return response


@door.get("/log/proof/<int:index>.tlog-proof")
@public
def log_proof(index: int) -> Response:
    """The receipt of one leaf in the newest checkpoint, made from the public files alone."""
    proof = receipt(LogFiles(installation().settings.log_dir), index)
    return Response(proof, content_type=TEXT, headers={"Cache-Control": "public, max-age=5"})


@door.get("/log/kinds/<month>.json")
@public
def log_kinds(month: str) -> Response:
    """What the sealed leaves of a month were, thirty days after its end."""
    missing = monthly.why_no_kinds(month, now_utc())
    response = _send(f"kinds/{month}.json", "application/json", missing)
    response.headers["Cache-Control"] = FOR_EVER
    return response


@door.get("/log/draws/<no>.json")
@public
def log_draw(no: str) -> Response:
    """The populations of a random inspection as tokens that name nobody: with its two leaves, all that redraws it."""
    row = inspections.get_inspection(database(), no)
    if row.seed is None:
        raise NotFound("没有这次随机抽查", fix="核对抽查编号；还没有抽取的，抽取以后公布")
    told = inspections.public_list(row, inspections.strata_of(database(), row.id))
    response = Response(orjson.dumps(told), content_type="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@door.get("/log/bundle/<month>")
@public
def log_bundle(month: str) -> Response:
    """Everything up to the end of a month as one file for verifier.py; of the running month up to now."""
    made = monthly.bundle(LogFiles(installation().settings.log_dir), month, now_utc())
    response = Response(made.pieces, content_type="application/x-tar")
    response.headers["Cache-Control"] = FOR_EVER if made.finished else "public, max-age=5"
    response.headers["Content-Disposition"] = f"attachment; filename=log-{month}.tar"
    response.set_etag(made.root)
    response.make_conditional(request)
    return response


@door.get("/log/verifier.py", defaults={"program": verifier})
@door.get("/log/recount.py", defaults={"program": recount})
@door.get("/log/redraw.py", defaults={"program": redraw})
@public
def log_program(program: ModuleType) -> Response:
    """The programs that outsiders may copy: they need nothing of this site."""
    return Response(Path(str(program.__file__)).read_bytes(), content_type=TEXT)


def _send(name: str, kind: str, missing: NotFound | None = None) -> Response:
    path = safe_join(str(installation().settings.log_dir), name)
    if path is None or not Path(path).is_file():
        raise missing or NotFound("流水里没有这个文件", why="还没有发布到这里，或者地址写错", fix="从 /log/ 页面进入")
    response = Response(Path(path).read_bytes(), content_type=kind)
    response.add_etag()
    response.make_conditional(request)
    return response
