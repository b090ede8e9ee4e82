"""The error of a file that cannot be read at all (one bad cell never stops a file)."""

from __future__ import annotations

from portal.kernel.errors import BadInput


class FileRefused(BadInput):
    """A file as a whole is refused: which file, why, what to do, and where known the row and the text that shows it."""

    code = "bad_file"

    def __init__(self, file: str, why: str, fix: str, *, row: int | None = None, value: str = "") -> None:
        where = f"第 {row} 行" if row is not None else ""
        super().__init__(f"文件“{file}”{where}读不了", why=why, fix=fix)
        self.file = file
        self.row = row
        self.value = value
