"""Downloads: the rows of a page as `.json`, `.csv` or `.xlsx`, with the same columns, codes and labels.

JSON streams integer fen, CSV and XLSX write yuan with two decimals; both name every column. CSV starts with a BOM so
that Excel reads it as UTF-8. A cell that a spreadsheet would run as a formula is neutralised.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO
from tempfile import SpooledTemporaryFile
from typing import Any, Literal

import orjson
import xlsxwriter
from flask import Response
from werkzeug.http import dump_options_header

from portal.web.language import gettext as _

Kind = Literal["text", "number", "fen", "date"]
Row = Mapping[str, Any]
SUFFIXES = ("json", "csv", "xlsx")
TYPES = {
    "json": "application/json; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
CHUNK_ROWS = 500
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Column:
    """One column of a list: its code (stable, English), its label (in the page's language) and what it holds."""

    code: str
    label: str
    kind: Kind = "text"


def yuan_text(fen: int) -> str:
    """Exact yuan with two decimals, no separators: what a spreadsheet adds up again."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def safe_text(value: str) -> str:
    """A text that no spreadsheet runs: an apostrophe goes before a leading formula sign."""
    return "'" + value if value.startswith(DANGEROUS) else value


def heading(column: Column) -> str:
    """A column's label as a sheet shows it; money says its unit."""
    return str(_("%(label)s（元）", label=column.label)) if column.kind == "fen" else column.label


def download(
    rows: Iterable[Row], columns: Sequence[Column], name: str, suffix: str, mark: str = "", /, **about: Any
) -> Response:
    """The rows as a file named `<name>.<suffix>`; `about` goes into the JSON beside them (year, as-of date …).

    `mark`: a line that a workbook prints at the foot of every sheet and keeps in its properties (who took it, when).
    """
    body: Iterable[bytes]
    heads = [heading(c) for c in columns]  # now: a file is written when the request is over
    if suffix == "json":
        body = _json(rows, columns, about)
    elif suffix == "csv":
        body = _csv(rows, columns, heads)
    else:
        body = _xlsx(rows, columns, heads, mark)
    response = Response(body, content_type=TYPES[suffix])
    if suffix != "json":
        response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": f"{name}.{suffix}"})
    return response


def _json(rows: Iterable[Row], columns: Sequence[Column], about: Mapping[str, Any]) -> Iterator[bytes]:
    head = {**about, "columns": [{"code": c.code, "label": c.label, "kind": c.kind} for c in columns]}
    yield orjson.dumps(head)[:-1] + b',"rows":['
    codes = [c.code for c in columns]
    chunk: list[bytes] = []
    first = True
    for row in rows:
        chunk.append(orjson.dumps({code: row.get(code) for code in codes}))
        if len(chunk) == CHUNK_ROWS:
            yield (b"" if first else b",") + b",".join(chunk)
            chunk, first = [], False
    yield (b"," if chunk and not first else b"") + b",".join(chunk) + b"]}"


def _csv(rows: Iterable[Row], columns: Sequence[Column], heads: Sequence[str]) -> Iterator[bytes]:
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow([safe_text(head) for head in heads])
    yield b"\xef\xbb\xbf"
    for count, row in enumerate(rows, 1):
        writer.writerow([_csv_cell(row.get(c.code), c.kind) for c in columns])
        if count % CHUNK_ROWS == 0:
            yield _drain(buffer)
    yield _drain(buffer)


def _drain(buffer: StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _csv_cell(value: Any, kind: Kind) -> str:
    if value is None:
        return ""
    if kind == "fen":
        return yuan_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return safe_text(value) if isinstance(value, str) else str(value)


def _xlsx(rows: Iterable[Row], columns: Sequence[Column], heads: Sequence[str], mark: str) -> Iterator[bytes]:
    with SpooledTemporaryFile(max_size=4 << 20) as file:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        book = xlsxwriter.Workbook(file, options)
        _fill(book, rows, columns, heads, mark)
        book.close()
        file.seek(0)
        while piece := file.read(1 << 16):
            yield piece


def _fill(
    book: xlsxwriter.Workbook, rows: Iterable[Row], columns: Sequence[Column], heads: Sequence[str], mark: str
) -> None:
    sheet = book.add_worksheet()
    if mark:
        sheet.set_footer("&L" + mark.replace("&", "&&") + "&R&P/&N")
        book.set_properties({"comments": mark})
    bold, text = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "@"})
    cash, plain_day = book.add_format({"num_format": "#,##0.00"}), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.freeze_panes(1, 1)
    for at, column in enumerate(columns):
        sheet.set_column(at, at, 16 if column.kind != "text" else 24)
        sheet.write_string(0, at, heads[at], bold)
    last = 0
    for last, row in enumerate(rows, 1):
        for at, column in enumerate(columns):
            value = row.get(column.code)
            if value is None:
                continue
            if column.kind == "fen":
                sheet.write_number(last, at, Decimal(value).scaleb(-2), cash)
            elif isinstance(value, date):
                sheet.write_datetime(last, at, value, plain_day)
            elif column.kind == "number":
                sheet.write_number(last, at, value)
            else:
                sheet.write_string(last, at, str(value), text)
    if columns:
        sheet.autofilter(0, 0, last, len(columns) - 1)
