"""Inside the jail: Parquet, cast to the same texts that a spreadsheet would show."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from portal.kernel.money import number_text
from portal.kernel.sheets.header import Header, read_header
from portal.kernel.sheets.inside import BATCH_ROWS, Refusal, Request, TableWriter, answer, describe, require_header

_FIX = "重新导出；日期、数字、文字以外的列先去掉"


def read(request: Request) -> dict[str, Any]:
    """Read a Parquet table; its names count as row 1, so the first record is row 2 as in a spreadsheet."""
    try:
        file = pq.ParquetFile(request.file)
    except (pa.ArrowException, OSError):
        raise Refusal("Parquet 文件不完整或已损坏", "重新导出，再上传") from None
    names = file.schema_arrow.names
    _check_size(request, file, len(names))
    header: Header = read_header([names], 1, (), len(names))
    require_header(header, 1)
    number = 2
    with TableWriter(request, header.columns) as writer:
        try:
            for batch in file.iter_batches(BATCH_ROWS, use_threads=False):
                texts = [_texts(column, name) for column, name in zip(batch.columns, names, strict=True)]
                writer.write(pa.array(range(number, number + batch.num_rows), pa.int32()), texts)
                number += batch.num_rows
        except (pa.ArrowException, OSError):
            raise Refusal("Parquet 文件里有读不出的数据", "重新导出，再上传", row=number) from None
    return describe(header, writer, [])


def _check_size(request: Request, file: pq.ParquetFile, width: int) -> None:
    if width > request.limits.columns:
        raise Refusal(f"有 {width} 列，超过了 {request.limits.columns} 列", "只留要导入的列，再上传")
    if file.metadata.num_rows > request.limits.rows:
        raise Refusal(f"超过了 {request.limits.rows} 行", "把表拆成几份，再上传")
    groups = range(file.metadata.num_row_groups)
    if sum(file.metadata.row_group(group).total_byte_size for group in groups) > request.limits.inflated_bytes:
        raise Refusal("展开以后太大", "把表拆成几份，再上传")


def _texts(column: pa.Array, name: str) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _texts(column.dictionary_decode(), name)
    if pa.types.is_floating(kind):
        return pa.array([None if value is None else _number(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_boolean(kind):
        return pc.if_else(column, pa.scalar("是"), pa.scalar("否"))
    if pa.types.is_timestamp(kind):
        return pc.strftime(column, format="%Y-%m-%d %H:%M:%S").cast(pa.string())
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        raise Refusal(f"“{name}”一列不是普通的文字、数字或日期", _FIX)
    try:
        text = column.cast(pa.string())
    except pa.ArrowException:
        raise Refusal(f"“{name}”一列的类型 {kind} 读不了", _FIX) from None
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _number(value: float) -> str | None:
    return number_text(value) if value == value and abs(value) != float("inf") else None


def main() -> None:
    """Entry of the child process."""
    answer(read)
