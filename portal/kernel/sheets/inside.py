"""Inside the jail: what all three readers share. Imported only by the child's `inside_*` modules."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import pyarrow as pa

from portal.kernel.sheets.header import Column, Header
from portal.kernel.sheets.limits import Limits

TABLE_NAME: Final = "table.arrow"
ROW_COLUMN: Final = "row"
BATCH_ROWS: Final = 32_768


class Refusal(Exception):
    """The file is refused: why, what to do, and where known the row and the text."""

    def __init__(self, why: str, fix: str, *, row: int | None = None, value: str = "") -> None:
        super().__init__(why)
        self.answer = {"why": why, "fix": fix, "row": row, "value": value[:200]}


@dataclass(frozen=True)
class Request:
    """What the parent asks for."""

    file: Path
    workdir: Path
    limits: Limits
    sheet: int | str
    header_row: int
    encoding: str | None


def answer(read: Callable[[Request], dict[str, Any]]) -> None:
    """Run one reader on the request from standard input and print its JSON answer."""
    asked = json.load(sys.stdin)
    asked["limits"] = Limits(**asked["limits"])
    request = Request(**asked | {"file": Path(asked["file"]), "workdir": Path(asked["workdir"])})
    try:
        result = read(request)
    except Refusal as refusal:
        result = {"refused": refusal.answer}
    except MemoryError:
        why = "读这个文件要用的内存超过了限额"
        result = {"refused": Refusal(why, "把表拆成几份，只留要导入的行列，再上传").answer}
    sys.stdout.write(json.dumps(result))
    sys.stdout.flush()


class TableWriter:
    """Writes batches of text columns with their row numbers to an Arrow file and counts what is filled."""

    def __init__(self, request: Request, columns: Sequence[Column]) -> None:
        self._limits = request.limits
        self._schema = pa.schema([(ROW_COLUMN, pa.int32()), *((f"c{column.place}", pa.string()) for column in columns)])
        self._path = request.workdir / TABLE_NAME
        self.filled = [0] * len(columns)
        self.n_rows = 0

    def __enter__(self) -> TableWriter:
        self._sink = pa.OSFile(str(self._path), "wb")
        self._writer = pa.ipc.new_file(self._sink, self._schema)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        self._sink.close()

    def write(self, rows: pa.Array, columns: Sequence[pa.Array]) -> None:
        """One batch: row numbers of the sheet and as many text arrays; blank cells are null."""
        self.n_rows += len(rows)
        if self.n_rows > self._limits.rows:
            raise Refusal(f"超过了 {self._limits.rows} 行", "把表拆成几份，再上传")
        for place, column in enumerate(columns):
            self.filled[place] += len(column) - column.null_count
        self._writer.write_batch(pa.record_batch([rows, *columns], schema=self._schema))


def write_rows(writer: TableWriter, numbered: Sequence[tuple[int, Sequence[str | None]]], width: int) -> None:
    """Write rows that are in hand as lists, short ones padded."""
    for start in range(0, len(numbered), BATCH_ROWS):
        part = numbered[start : start + BATCH_ROWS]
        columns = [
            pa.array([row[place] if place < len(row) else None for _, row in part], pa.string())
            for place in range(width)
        ]
        writer.write(pa.array([number for number, _ in part], pa.int32()), columns)


def is_blank(row: Sequence[str | None]) -> bool:
    """Whether no cell of the row shows anything."""
    return not any(cell and not cell.isspace() for cell in row)


def describe(
    header: Header,
    writer: TableWriter,
    banner: Sequence[Sequence[str | None]],
    *,
    sheet_name: str = "",
    sheet_names: Sequence[str] = (),
    encoding: str = "",
) -> dict[str, Any]:
    """The answer for a table that was read."""
    return {
        "columns": [[column.place, column.letter, column.name, column.printed] for column in header.columns],
        "filled": writer.filled,
        "n_rows": writer.n_rows,
        "banner": [list(row) for row in banner],
        "last_header_row": header.last_row,
        "sheet_name": sheet_name,
        "sheet_names": list(sheet_names),
        "encoding": encoding,
    }


def require_header(header: Header, header_row: int) -> None:
    """Refuse a table whose header row names no column."""
    if not any(column.name for column in header.columns):
        raise Refusal(f"第 {header_row} 行没有表头", "核对表头在第几行（导入方案里的 header_row）", row=header_row)
