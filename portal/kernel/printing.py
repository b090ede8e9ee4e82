"""Printed sheets 纸质件: a Typst document and its values become a PDF with every glyph inside, tagged, and the same each time.

Values go in as data and are set as text: what somebody typed is never read as markup. Nothing is fetched, and no file is
read but the document's own folder.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import segno
import typst

from portal.kernel.errors import CannotRun
from portal.kernel.fonts import find_fonts


def print_pdf(document: Path, values: Mapping[str, Any], made_at: datetime) -> bytes:
    """Set a document (`.typ`) with values (JSON types) and give the PDF. Raises CannotRun without a Chinese font.

    The document reads its values by `json(bytes(sys.inputs.data))`; `sans` and `serif` among them name the fonts.
    """
    fonts = find_fonts()
    if fonts is None:
        raise CannotRun("没有能写汉字的字体，印不出来", fix="安装中文字体（Debian：fonts-noto-cjk）后再印")
    data = orjson.dumps({**values, "sans": fonts.sans, "serif": fonts.serif}).decode()
    folders = sorted({str(Path(file).parent) for file in fonts.files})
    made = typst.compile(
        str(document),
        root=str(document.parent),
        font_paths=folders,
        ignore_system_fonts=True,
        sys_inputs={"data": data},
        timestamp=int(made_at.timestamp()),
    )
    if not isinstance(made, bytes):
        raise CannotRun("印出来的不是一份文件", fix="告诉系统管理员")
    return made


def qr_svg(content: str) -> str:
    """A QR code as a drawing, for a sheet or a page: error correction M, quiet zone of two modules."""
    out = io.BytesIO()
    segno.make(content, error="m", micro=False).save(out, kind="svg", xmldecl=False, border=2, scale=4)
    return out.getvalue().decode()
