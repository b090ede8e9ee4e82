"""`/flow.png` and `/flow.metadata.json`: the picture as people paste it, and what it is, for machines."""

from __future__ import annotations

import orjson
from flask import Response
from werkzeug.http import dump_options_header

from portal.public.door import door
from portal.public.pages.flow_files import citation, flow_metadata, flow_png
from portal.public.pages.log import log_state
from portal.public.views.flow import asked_page
from portal.web.access import public
from portal.web.exports import TYPES
from portal.web.sessions import installation


@door.get("/flow.png")
@public
def flow_png_file() -> Response:
    """The drawing as a picture, with its sentence, unit, legend, source and link."""
    page = asked_page()
    name = dump_options_header("inline", {"filename": f"flow-{page.year}.png"})
    return Response(flow_png(page, citation(page)), content_type="image/png", headers={"Content-Disposition": name})


@door.get("/flow.metadata.json")
@public
def flow_metadata_file() -> Response:
    """What the picture is and which state of the log it belongs to."""
    page = asked_page()
    state = log_state(installation().settings.log_dir)
    return Response(orjson.dumps(flow_metadata(page, citation(page), state)), content_type=TYPES["json"])
