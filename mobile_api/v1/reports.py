"""/reports: a confidential report. It reads no bearer token, keeps no address, and gives a receipt once."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from mobile_api.answers import ReportTaken, respond
from mobile_api.operations import operation
from mobile_api.payloads import JSON, ReportSent, read_body
from mobile_api.shapes import _l, read_message
from portal.web.filters import today
from portal.web.report_files import UPLOADS
from portal.web.reports import PUBLIC_DOOR, Sent, limit_words, take, take_openly
from portal.web.sessions import database

MULTIPART = "multipart/form-data"


@operation(
    "POST",
    "/reports",
    summary=_l("保密反映问题"),
    tag=_l("反映"),
    body=ReportSent,
    media=(JSON, MULTIPART),
    answers={201: ReportTaken},
    problems=("bad_input", "bad_photo", "refused", "crowded"),
    bearer=False,
    files=UPLOADS,
)
def post_report() -> Response:
    """A report, as JSON or as a form with files: 201 with the locator and the code, which are shown this once."""
    limit_words()
    said = read_body(ReportSent) if request.mimetype == JSON else read_message(ReportSent, _from_form())
    spoken = f"{said.subject.kind}:{said.subject.no}" if said.subject else ""
    sent = Sent(
        said.kind, said.mode, said.division or "", text=said.text or "", contact=said.contact or "",
        accused=tuple((one.name or "", one.unit or "") for one in said.accused),
        proof_of_work=said.proof_of_work or "",
    )  # fmt: skip
    if said.door == PUBLIC_DOOR:
        asked = take_openly(database(), sent, spoken, today())
        return respond(ReportTaken(asked.taken.locator, asked.code.replace(" ", ""), asked.taken.leaf_hash), 201)
    taken = take(database(), sent, spoken, today())
    return respond(ReportTaken(taken.locator, taken.code.replace(" ", ""), taken.leaf_hash), 201)


def _from_form() -> dict[str, Any]:
    """The same message from the fields of a form: `subject` as `kind:no`, one accused by name and unit."""
    found: dict[str, Any] = {name: value for name, value in request.form.items() if value}
    kind, _colon, no = found.pop("subject", "").partition(":")
    whom = {key: found.pop(f"accused_{key}") for key in ("name", "unit") if f"accused_{key}" in found}
    return {**found, **({"subject": {"kind": kind, "no": no}} if kind else {}), **({"accused": [whom]} if whom else {})}
