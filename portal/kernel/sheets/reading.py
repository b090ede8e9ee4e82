"""Read a table that somebody sent: recognised by content, parsed in the jail, streamed in batches of text columns."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import pyarrow as pa

from portal.kernel.sheets.file_errors import FileRefused
from portal.kernel.sheets.header import REASON_COLUMN, Column
from portal.kernel.sheets.inside import ROW_COLUMN, TABLE_NAME
from portal.kernel.sheets.jail import ChildDied, run
from portal.kernel.sheets.limits import DEFAULT_LIMITS, Limits
from portal.kernel.sheets.magic import FileForm, recognise

UNPACKED: Final = "yangguang-sheet-"
"""How a folder begins that holds a sheet in the clear while it is read; a killed process leaves it behind."""
_READERS: Final = {
    FileForm.TEXT: ("portal.kernel.sheets.inside_csv",),
    FileForm.PARQUET: ("portal.kernel.sheets.inside_parquet",),
    FileForm.WORKBOOK: ("portal.kernel.sheets.inside_xlsx", "portal.kernel.sheets.inside_openpyxl"),
}


@dataclass(frozen=True)
class Batch:
    """Some rows of a table, column by column: row numbers as the sheet shows them, and texts (None where blank)."""

    rows: list[int]
    columns: list[list[str | None]]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass
class Table:
    """A table that was read. Close it (or use `with`) to remove its temporary file.

    `columns` are in the order of the sheet; one whose header is blank but that holds data is named `列C`. `banner` holds
    the rows above the header, `source_rows` what the sheet calls its first data row.
    """

    file: Path
    form: FileForm
    columns: tuple[Column, ...]
    banner: list[list[str | None]]
    n_rows: int
    first_data_row: int
    sheet_name: str
    sheet_names: tuple[str, ...]
    encoding: str
    _folder: tempfile.TemporaryDirectory[str] = field(repr=False)
    _places: tuple[int, ...] = field(repr=False)

    @property
    def names(self) -> list[str]:
        """Column names, all different."""
        return [column.name for column in self.columns]

    def batches(self) -> Iterator[Batch]:
        """The rows in batches of some tens of thousands; blank rows are left out, row numbers are the sheet's."""
        with pa.memory_map(str(Path(self._folder.name) / TABLE_NAME)) as source:
            reader = pa.ipc.open_file(source)
            for index in range(reader.num_record_batches):
                batch = reader.get_batch(index)
                columns = [batch.column(place + 1).to_pylist() for place in self._places]
                yield Batch(batch.column(ROW_COLUMN).to_pylist(), columns)

    def close(self) -> None:
        """Remove the temporary file."""
        self._folder.cleanup()

    def __enter__(self) -> Table:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_table(
    path: Path,
    *,
    sheet: int | str = 1,
    header_row: int = 1,
    encoding: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    scratch: Path | None = None,
) -> Table:
    """Read one table; `sheet` and `header_row` count from 1. Raises FileRefused with why and what to do.

    `scratch` is where the temporary file goes (about the size of the table; default the system's).
    """
    path = Path(path)
    if not path.is_file():
        raise FileRefused(path.name, "找不到这个文件", "核对路径和文件名")
    if path.stat().st_size > limits.file_bytes:
        raise FileRefused(path.name, f"文件超过了 {limits.file_bytes // 2**20} MB", "把表拆成几份，再上传")
    form = recognise(path)
    folder = tempfile.TemporaryDirectory(prefix=UNPACKED, dir=scratch)
    request = {"sheet": sheet, "header_row": header_row, "encoding": encoding}
    try:
        answer = _read(path, form, request, Path(folder.name), limits)
    except BaseException:
        folder.cleanup()
        raise
    return _table(path, form, answer, folder)


def _read(path: Path, form: FileForm, request: dict[str, Any], folder: Path, limits: Limits) -> dict[str, Any]:
    for module in _READERS[form]:
        try:
            return run(module, request, file=path, workdir=folder, limits=limits)
        except ChildDied:
            continue
    why = "读这个文件时超过了内存限额，或文件的内部结构异常"
    raise FileRefused(path.name, why, "用 Excel 或 WPS 打开，只留要导入的行列，另存为新的 .xlsx，再上传")


def _table(path: Path, form: FileForm, answer: dict[str, Any], folder: tempfile.TemporaryDirectory[str]) -> Table:
    columns = []
    for (place, letter, name, printed), filled in zip(answer["columns"], answer["filled"], strict=True):
        if (name or filled) and name != REASON_COLUMN:
            columns.append(Column(place, letter, name or f"列{letter}", printed))
    return Table(
        file=path,
        form=form,
        columns=tuple(columns),
        banner=answer["banner"],
        n_rows=answer["n_rows"],
        first_data_row=answer["last_header_row"] + 1,
        sheet_name=answer["sheet_name"],
        sheet_names=tuple(answer["sheet_names"]),
        encoding=answer["encoding"],
        _folder=folder,
        _places=tuple(column.place for column in columns),
    )


def file_digest(path: Path) -> str:
    """SHA-256 of a file in hexadecimal, as provenance keeps it."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
