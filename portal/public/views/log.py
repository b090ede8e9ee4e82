"""`/log/`: the transparency log. Its files are static; any mirror may serve them instead."""

from __future__ import annotations

from pathlib import Path

from flask import Response, render_template, request
from werkzeug.security import safe_join

from portal.kernel.errors import NotFound
from portal.public.door import door
from portal.public.pages.log import log_state
from portal.trail import verifier
from portal.trail.prove import receipt
from portal.trail.publish import LogFiles
from portal.web.access import public
from portal.web.sessions import installation

TEXT = "text/plain; charset=utf-8"
FOR_EVER = "public, max-age=31536000, immutable"


@door.get("/log/")
@public
def log() -> str:
    """The newest checkpoint and how anybody verifies it."""
    state = log_state(installation().settings.log_dir)
    base = f"{request.scheme}://{request.host}/log"
    return render_template("public/log.html", log=state, log_root="/log", log_url=base)


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


@door.get("/log/verifier.py")
@public
def log_verifier() -> Response:
    """The program that outsiders may copy: it needs nothing of this site."""
    return Response(Path(verifier.__file__).read_bytes(), content_type=TEXT)


def _send(name: str, kind: str) -> Response:
    path = safe_join(str(installation().settings.log_dir), name)
    if path is None or not Path(path).is_file():
        raise NotFound("流水里没有这个文件", why="还没有发布到这里，或者地址写错", fix="从 /log/ 页面进入")
    response = Response(Path(path).read_bytes(), content_type=kind)
    response.add_etag()
    response.make_conditional(request)
    return response
