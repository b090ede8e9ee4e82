"""/photos: content-addressed uploads."""

from __future__ import annotations

from flask import Response, request

from mobile_api.answers import PhotoKept, respond
from mobile_api.operations import operation
from mobile_api.shapes import _l
from mobile_api.tokens import caller
from mobile_api.visits import context_of, device_for_upload
from portal.kernel.database import now_utc
from portal.registers.helpers.check_ins.photos.actions import keep_photo
from portal.web.sessions import database, let_go, short_write

PICTURES = ("image/jpeg", "image/png", "image/webp")
MOST_BYTES = 8 << 20


@operation(
    "PUT",
    "/photos/<digest:sha256>",
    summary=_l("上传一张照片"),
    tag=_l("走访"),
    media=PICTURES,
    answers={201: PhotoKept, 200: PhotoKept},
    problems=("device_needed", "http_404", "digest_mismatch", "bad_photo"),
    max_body=MOST_BYTES,
    says={"sha256": _l("照片字节的 SHA-256，小写十六进制")},
)
def put_photo(sha256: str) -> Response:
    """The photo's bytes as they were taken: 201 the first time, 200 when this helper's phone has sent it before."""
    who, data = caller(), request.get_data(cache=False)
    device = device_for_upload(database(), who.helper_no)
    let_go()
    with short_write() as session:
        first = keep_photo(session, context_of(who), who.helper_no, device, sha256, data, now_utc())
    return respond(PhotoKept(sha256), 201 if first else 200)
