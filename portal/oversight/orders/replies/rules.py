"""Decisions on replies: which files are taken."""

from __future__ import annotations

from typing import Final

from portal.kernel.errors import BadInput

FOLDER: Final = "orders"
PDF: Final = "application/pdf"
MOST_BYTES: Final = 8 * 1024 * 1024


def file_name(sha256: str) -> str:
    """Under which name a sealed file lies."""
    return f"{sha256}.reply"


def is_pdf(data: bytes) -> bool:
    """Whether the bytes say that they are a PDF; nothing here ever opens one."""
    return data[:5] == b"%PDF-"


def size_problem(data: bytes) -> None:
    """Refuse a file that is too large."""
    if len(data) > MOST_BYTES:
        raise BadInput("文件太大", why="一份最多 8 MB", fix="缩小或分开后再传", code="bad_file")
