"""The child: draws pages of papers from its socket and answers with pictures. Runs only in the jail.

Here and nowhere else is a stranger's PDF opened. The drawing library has no JavaScript in it; forms are not drawn, and
nothing but pixels leaves the child.
"""

from __future__ import annotations

import io
import json
import socket
import sys
from typing import Any, Final

import pypdfium2

from portal.kernel.papers.limits import PaperLimits
from portal.kernel.photos.inside import more_time, take
from portal.kernel.photos.wire import ANSWER, HEAD, READY

PAGE_BYTES: Final = 4
_LARGEST_SCALE: Final = 3.0
_LOCKED: Final = 4  # FPDF_ERR_PASSWORD


def main() -> None:
    """Serve the socket whose number is the first argument, until the other end is closed."""
    limits = PaperLimits(**json.loads(sys.argv[-1]))
    with socket.socket(fileno=int(sys.argv[-2])) as line:
        line.sendall(READY)
        while head := take(line, HEAD.size):
            _kind, length = HEAD.unpack(head)
            more_time(limits.cpu_seconds)
            said, blob = _answer(take(line, length), limits)
            text = json.dumps(said).encode()
            line.sendall(ANSWER.pack(len(text), len(blob)) + text + blob)


def _answer(data: bytes, limits: PaperLimits) -> tuple[dict[str, Any], bytes]:
    try:
        return _page(data[PAGE_BYTES:], int.from_bytes(data[:PAGE_BYTES], "big"), limits)
    except pypdfium2.PdfiumError as error:
        return {"refused": "locked" if getattr(error, "err_code", None) == _LOCKED else "unreadable"}, b""
    except MemoryError:
        return {"refused": "too_large"}, b""
    except Exception as error:
        return {"refused": "unreadable", "error": type(error).__name__}, b""


def _page(data: bytes, number: int, limits: PaperLimits) -> tuple[dict[str, Any], bytes]:
    """One page (from 1) as a JPEG; how many there are, and how many are shown."""
    paper = pypdfium2.PdfDocument(data)
    pages = len(paper)
    if not 1 <= number <= min(pages, limits.pages):
        return {"refused": "no_page"}, b""
    page = paper[number - 1]
    longer = max(page.get_size())
    if not longer > 0:
        return {"refused": "unreadable"}, b""
    scale = min(_LARGEST_SCALE, limits.derivative_side / longer)
    picture = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=limits.derivative_quality)
    said = {"pages": pages, "shown": min(pages, limits.pages), "width": picture.width, "height": picture.height}
    return said, out.getvalue()
