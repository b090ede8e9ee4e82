"""What a public door sends passes the gate before its first byte leaves: once for each finished page or file.

A hit stops the whole answer: the reader gets an error page with the request's number, the log says loudly where and of
what kind, never what. Nothing stopped is kept. Warm pages come from the page cache and have passed already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from tempfile import SpooledTemporaryFile
from typing import IO

from flask import Response, current_app, request

from portal.publishing.canaries.queries import How
from portal.publishing.containers import scan, scan_file
from portal.publishing.gate import Finding, Form, Scanner, form_of
from portal.web import watched
from portal.web.errors import PERSONAL_NUMBER, WORDS, answer, request_no

SMALL_FILE = 1 << 20
PIECE = 1 << 16
ASKED = (
    "地址里有证件号码、手机号码或银行账号",
    "地址会留在浏览器和线路的记录里，这些号码不能写进地址",
    "删去号码再查；本站按村名、镇名、项目名或文号查",
)


def checked(response: Response) -> Response:
    """The same answer when it is clean; else an error. A small file becomes plain bytes, a large one stays a stream."""
    if response.is_streamed:
        return _checked_file(response)
    content = response.get_data()
    found = scan(content, response.content_type or "", watched.values()) if content else []
    return _stopped(found) if found else response


def _checked_file(response: Response) -> Response:
    """Gather a streamed answer out of sight, reading it as it comes; large ones lie in a temporary file."""
    form = form_of(response.content_type or "")
    file = SpooledTemporaryFile(max_size=4 << 20)  # noqa: SIM115  # closed by the stream that sends it
    size, found = _gather(response, file, form)
    if found:
        file.close()
        return _stopped(found)
    file.seek(0)
    if size <= SMALL_FILE:
        with file:
            response.set_data(file.read())
        return response
    response.response = _send(file)
    response.content_length = size
    return response


def _gather(response: Response, file: IO[bytes], form: Form) -> tuple[int, list[Finding]]:
    scanner = (
        None if form in (Form.ARCHIVE, Form.PICTURE, Form.PAPER, Form.UNKNOWN) else Scanner(form, watched.values())
    )
    found: list[Finding] = []
    for piece in response.iter_encoded():
        file.write(piece)
        found += scanner.feed(piece) if scanner else []
        if found:
            break
    size = file.tell()
    response.close()
    if not found:
        found = scanner.finish() if scanner else scan_file(file, form, watched.values())
    return size, found


def _send(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


def _stopped(found: Sequence[Finding]) -> Response:
    """An error instead of the answer. A number that the reader typed is not news to anybody; a watched value is."""
    if asked := scan(_asked().encode(), "text/plain", watched.values()):
        watched.alarm(asked, How.TYPED, str(request.endpoint), request_no())
        return current_app.make_response(answer(400, PERSONAL_NUMBER, *ASKED))
    watched.alarm(found, How.ANSWERED, str(request.endpoint), request_no())
    what = ", ".join(f"{f.kind.name} at {f.part}:{f.offset}" for f in found[:10])
    current_app.logger.critical(
        "request %s: THE GATE STOPPED %s: %d finding(s): %s", request_no(), request.endpoint, len(found), what
    )
    return current_app.make_response(answer(500, "stopped_by_gate", *WORDS[500]))


def _asked() -> str:
    """The reader's own words, apart from each other and decoded."""
    return "\n".join([request.path, *request.args.keys(), *(v for _k, v in request.args.items(multi=True))])
