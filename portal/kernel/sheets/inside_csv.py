"""Inside the jail: text tables. One pass over the bytes tells what is unusual; usual files are read by Arrow.

Anything odd (ragged rows, blank lines, old line ends, stray quotes) goes through the csv module, which can name the row.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from portal.kernel.sheets.header import Header, read_header
from portal.kernel.sheets.inside import (
    BATCH_ROWS,
    Refusal,
    Request,
    TableWriter,
    answer,
    describe,
    is_blank,
    require_header,
    write_rows,
)
from portal.kernel.sheets.limits import Limits

_CHUNK: Final = 1024 * 1024
_FIELD_CHARS: Final = 65_536
_DELIMITERS: Final = ",\t;|"
#: An empty line with something after it (empty lines at the end change no row number).
_BLANK_LINE: Final = re.compile(rb"\n\r?\n[\r\n]*[^\r\n]")
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_QUOTE_FIX: Final = "检查这一行的双引号是否成对，或另存为 .xlsx 再上传"
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass
class Look:
    """What one pass over the bytes saw."""

    quotes: int = 0
    blank_lines: bool = False
    lone_returns: bool = False


def read(request: Request) -> dict[str, Any]:
    """Read a text table."""
    encoding = _find_encoding(request)
    look = Look() if encoding == "utf-16" else _look(request.file, request.limits)
    top, one_line_each = _top_rows(request, encoding)
    if len(top.rows) < request.header_row:
        raise Refusal(f"文件只有 {len(top.rows)} 行，没有第 {request.header_row} 行的表头", "核对表头在第几行")
    plain = encoding != "utf-16" and one_line_each and not (look.blank_lines or look.lone_returns or look.quotes % 2)
    if plain:
        try:
            return _read_fast(request, encoding, top, look)
        except pa.ArrowInvalid:
            pass
    return _read_carefully(request, encoding, top)


@dataclass(frozen=True)
class Top:
    """The rows down to the header, and the delimiter that the header row shows."""

    rows: list[list[str | None]]
    delimiter: str


def _look(path: Path, limits: Limits) -> Look:
    look, line, unended, returns, pairs, pending, last = Look(), 1, 0, 0, 0, False, b""
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            if b"\0" in chunk:
                row = line + chunk.count(b"\n", 0, chunk.index(b"\0"))
                raise Refusal("文件里有空字节（NUL），可能传坏了或不是文本", "重新导出，或另存为 .xlsx 再上传", row=row)
            look.quotes += chunk.count(b'"')
            returns, pairs = returns + chunk.count(b"\r"), pairs + (last[-1:] + chunk).count(b"\r\n")
            shown = chunk.rstrip(b"\r\n")
            look.blank_lines |= bool(pending and shown) or _BLANK_LINE.search(last + chunk) is not None
            pending = (pending and not shown) or chunk[len(shown) :].count(b"\n") > 1
            first_end = chunk.find(b"\n")
            if unended + (first_end if first_end >= 0 else len(chunk)) > limits.line_bytes:
                raise Refusal("这一行长得不像表格（超过 1 MB）", _QUOTE_FIX, row=line)
            unended = len(chunk) - chunk.rfind(b"\n") - 1 if first_end >= 0 else unended + len(chunk)
            line += chunk.count(b"\n")
            last = chunk[-2:]
    look.lone_returns = returns != pairs
    return look


def _find_encoding(request: Request) -> str:
    with request.file.open("rb") as stream:
        head = stream.read(4)
    for bom, name in _BOMS:
        if head.startswith(bom) and request.encoding in (None, name, "utf-8", "utf8"):
            return name
    wanted = [request.encoding] if request.encoding else ["utf-8", "gb18030"]
    for name in wanted:
        failure = _failure(request.file, name)
        if failure is None:
            return "utf-8" if name in ("utf8", "utf-8-sig") else name
        if failure.after_han and name == "utf-8":
            break
    why = f"文字编码不是 {' 也不是 '.join(wanted)}，或文件在这里断了"
    fix = "重新导出为“CSV UTF-8”或 .xlsx；确知编码的，在导入方案里写 encoding"
    raise Refusal(why, fix, row=failure.line if failure else None)


@dataclass(frozen=True)
class Failure:
    """The line at which a file stops being in an encoding, and whether Chinese text was read well before it."""

    line: int
    after_han: bool


def _failure(path: Path, encoding: str) -> Failure | None:
    """None where the whole file decodes.

    GB18030 accepts almost any bytes, so a UTF-8 file with one bad place would turn to gibberish; but bytes of GB18030
    practically never form Chinese characters in UTF-8, so those before the bad place prove what the file is.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    line, han = 1, False
    with path.open("rb") as stream:
        while True:
            chunk = stream.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                before = error.object[: error.start]
                han = han or _HAN.search(before.decode(encoding, "ignore")) is not None
                return Failure(line + before.count(b"\n"), han)
            line += chunk.count(b"\n")
            han = han or _HAN.search(text) is not None
            if not chunk:
                return None


def _top_rows(request: Request, encoding: str) -> tuple[Top, bool]:
    with _open(request.file, encoding) as stream:
        sample = [stream.readline(request.limits.line_bytes) for _ in range(request.header_row)]
    delimiter = _sniff(sample[-1] if sample[-1] else "".join(sample))
    with _open(request.file, encoding) as stream:
        reader = csv.reader(stream, delimiter=delimiter)
        rows: list[list[str | None]] = []
        for row in _guard(reader):
            rows.append([cell or None for cell in row])
            if len(rows) == request.header_row:
                break
        return Top(rows, delimiter), reader.line_num == len(rows)


def _sniff(line: str) -> str:
    """The delimiter that cuts the header line most often, quoted parts left out."""
    bare = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=lambda delimiter: (bare.count(delimiter), -_DELIMITERS.index(delimiter)))


def _open(path: Path, encoding: str) -> io.TextIOWrapper:
    return path.open(encoding=encoding, newline="", errors="strict")


def _header(request: Request, top: Top, width: int) -> Header:
    if width > request.limits.columns:
        raise Refusal(f"有 {width} 列，超过了 {request.limits.columns} 列", "只留要导入的列，再上传")
    header = read_header(top.rows, request.header_row, (), width)
    require_header(header, request.header_row)
    return header


def _read_fast(request: Request, encoding: str, top: Top, look: Look) -> dict[str, Any]:
    header = _header(request, top, len(top.rows[-1]))
    names = [f"c{column.place}" for column in header.columns]
    stream = pacsv.open_csv(
        request.file,
        pacsv.ReadOptions(
            use_threads=False,
            block_size=4 * _CHUNK,
            skip_rows=request.header_row,
            column_names=names,
            encoding="utf-8" if encoding == "utf-8-sig" else encoding,
        ),
        pacsv.ParseOptions(delimiter=top.delimiter, newlines_in_values=look.quotes > 0),
        pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
        ),
    )
    number = request.header_row + 1
    with TableWriter(request, header.columns) as writer:
        for batch in stream:
            rows = pa.array(range(number, number + batch.num_rows), pa.int32())
            number += batch.num_rows
            blank = _all_null(batch)
            if blank is not None:
                batch, rows = batch.filter(blank), rows.filter(blank)
            if batch.num_rows:
                writer.write(rows, batch.columns)
    return describe(header, writer, top.rows[:-1], encoding=encoding)


def _all_null(batch: pa.RecordBatch) -> Any:
    """A mask of the rows that show anything, or None when all do (one full column is proof enough)."""
    if any(column.null_count == 0 for column in batch.columns):
        return None
    mask = pc.is_valid(batch.column(0))
    for column in batch.columns[1:]:
        mask = pc.or_(mask, pc.is_valid(column))
    return mask


def _read_carefully(request: Request, encoding: str, top: Top) -> dict[str, Any]:
    with _open(request.file, encoding) as stream:
        width = max(map(len, _guard(csv.reader(stream, delimiter=top.delimiter))), default=0)
    header = _header(request, top, max(width, len(top.rows[-1])))
    with TableWriter(request, header.columns) as writer:
        part: list[tuple[int, list[str | None]]] = []
        for number, row in _records(request, encoding, top):
            part.append((number, row))
            if len(part) == BATCH_ROWS:
                write_rows(writer, part, len(header.columns))
                part = []
        write_rows(writer, part, len(header.columns))
    return describe(header, writer, top.rows[:-1], encoding=encoding)


def _records(request: Request, encoding: str, top: Top) -> Iterator[tuple[int, list[str | None]]]:
    """Rows below the header that show anything, with their numbers; trailing blank cells are cut."""
    with _open(request.file, encoding) as stream:
        tape = Tape(stream)
        reader = csv.reader(tape, delimiter=top.delimiter)
        number = 0
        for row in _guard(reader):
            number += 1
            tape.last, tape.current = tape.current, []
            if number > request.header_row:
                cells: list[str | None] = [cell or None for cell in row]
                while cells and cells[-1] is None:
                    cells.pop()
                if not is_blank(cells):
                    yield number, cells
        _check_ending(tape.last, top.delimiter, number)


class Tape:
    """Lines of the stream, keeping those of the record at hand, so that its end can be judged."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self._stream = stream
        self.current: list[str] = []
        self.last: list[str] = []

    def __iter__(self) -> Tape:
        return self

    def __next__(self) -> str:
        line = next(self._stream)
        self.current.append(line)
        return line


def _guard(reader: Any) -> Iterator[list[str]]:
    """Rows of the csv module, its errors with the row at which they began."""
    number = 0
    try:
        for row in reader:
            number += 1
            yield row
    except csv.Error as error:
        why = "双引号没有配对，后面的内容都被当成了一格" if "field larger" in str(error) else "这一行的写法读不懂"
        raise Refusal(why, _QUOTE_FIX, row=number + 1) from None


def _check_ending(lines: list[str], delimiter: str, number: int) -> None:
    """A quote that is still open at the end of the file swallowed everything after it."""
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error):
            why = "双引号没有配对，后面的内容都被当成了一格"
            raise Refusal(why, _QUOTE_FIX, row=number, value=lines[0]) from None


def main() -> None:
    """Entry of the child process."""
    csv.field_size_limit(_FIELD_CHARS)
    answer(read)
