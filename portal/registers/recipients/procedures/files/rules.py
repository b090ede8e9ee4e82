"""Decisions on documents: what is taken, and under which name it lies."""

from __future__ import annotations

from typing import Final

from portal.kernel.errors import BadInput

FOLDER: Final = "procedures"
PDF: Final = "application/pdf"
MOST_BYTES: Final = 8 * 1024 * 1024
MOST_FILES: Final = 60


def original_name(sha256: str) -> str:
    """Under which name the sealed original lies."""
    return f"{sha256}.original"


def shown_name(sha256: str) -> str:
    """Under which name the sealed rebuilt picture lies; a PDF has none."""
    return f"{sha256}.rebuilt"


def is_pdf(data: bytes) -> bool:
    """Whether the bytes say that they are a PDF; nothing here ever opens one."""
    return data[:5] == b"%PDF-"


def size_problem(data: bytes) -> None:
    """Refuse an empty file, and one that is too large."""
    if not data:
        raise BadInput("没有选文件", fix="先选好照片或 PDF，再点上传", code="bad_file")
    if len(data) > MOST_BYTES:
        raise BadInput("文件太大", why="一份最多 8 MB", fix="缩小或分开后再传", code="bad_file")
