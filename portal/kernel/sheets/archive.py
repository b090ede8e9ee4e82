"""Inside the jail: what a zip archive holds, measured by inflating it and not by what it declares."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from defusedxml import ElementTree  # type: ignore[import-untyped]  # the package ships no type information

from portal.kernel.sheets.inside import Refusal
from portal.kernel.sheets.limits import Limits

_SHEETS: Final = "xl/worksheets/"
_CHUNK: Final = 1024 * 1024
_SPLIT: Final = "把表拆成几份，只留要导入的行列，再上传"
_SAVE_AGAIN: Final = "用 Excel 或 WPS 打开，另存为新的 .xlsx，再上传"
_UNPACK: Final = "先解压，再上传里面的表格"
#: A cell with content: `<c … r="AB12" …>` that does not close itself.
_FILLED_CELL: Final = re.compile(rb'<(?:\w+:)?c\b[^<>]*?\br="([A-Z]{1,7})([0-9]{1,9})"(?:[^<>]*[^/<>])?>')
#: A formula's error value (`#DIV/0!`): parsers give it as blank, and a blank means "unknown", which would be untrue.
_ERROR_CELL: Final = re.compile(
    rb'<c\b[^<>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^<>]*?\bt="e"[^<>]*>'
    rb"(?:<f\b[^<>]*(?:/>|>[^<]*</f>))?<v>(#[^<]{1,20})</v>"
)
_MOST_ERRORS: Final = 100_000
_ROW: Final = re.compile(rb'<(?:\w+:)?row\b[^<>]*?\br="([0-9]{1,9})"')
_TWO_LETTERS: Final = re.compile(rb'r="[A-Z]{2}[0-9]')
_THREE_LETTERS: Final = re.compile(rb'r="[A-Z]{3,7}[0-9]')
_ENTITY: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_SPARSE_CELLS: Final = 1_000_000
_SPARSE_FACTOR: Final = 100
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError,
    NotImplementedError,  # zipfile's own word for an unknown compression or a member it cannot read
)  # fmt: skip


@dataclass
class Extent:
    """How far the filled cells of one sheet reach, and how many they are."""

    rows: int = 0
    columns: int = 0
    filled: int = 0
    last_row: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)


def inspect(path: Path, limits: Limits) -> dict[str, dict[tuple[int, int], str]]:
    """Refuse archives that are no workbook, damaged, locked, or made to burst a parser.

    Returns, per sheet part, the cells (row from 1, column from 0) that hold a formula's error.
    """
    errors: dict[str, dict[tuple[int, int], str]] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_directory(members, limits)
            _check_kind({member.filename for member in members})
            inflated = 0
            for member in members:
                extent = Extent() if member.filename.startswith(_SHEETS) else None
                inflated = _check_member(archive, member, inflated, path.stat().st_size, limits, extent)
                if extent is not None and extent.errors:
                    errors[member.filename] = extent.errors
    except _BROKEN:
        raise Refusal("文件不完整或已损坏（可能没有传完）", "重新导出或重新上传") from None
    return errors


def part_of(path: Path, sheet_name: str) -> str:
    """The part that holds a sheet (`xl/worksheets/sheet3.xml`), or an empty text where the workbook does not say."""
    with zipfile.ZipFile(path) as archive:
        try:
            workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
            relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        except (KeyError, ElementTree.ParseError):
            return ""
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for sheet in workbook.iter():
        if sheet.tag.endswith("}sheet") and sheet.get("name") == sheet_name:
            wanted = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), None)
            return f"xl/{targets.get(wanted, '').removeprefix('/xl/').removeprefix('xl/')}"
    return ""


def _check_directory(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(members) > limits.members:
        raise Refusal(f"压缩包里有 {len(members)} 个文件，不像表格", _SAVE_AGAIN)
    if any(member.flag_bits & 1 for member in members):
        raise Refusal("文件设了打开密码", "打开后去掉密码，另存为 .xlsx")
    if sum(member.file_size for member in members) > limits.inflated_bytes:
        raise Refusal("文件展开以后太大", _SPLIT)


def _check_kind(names: set[str]) -> None:
    if "xl/workbook.xml" in names:
        return
    if "xl/workbook.bin" in names:
        raise Refusal("这是 .xlsb（二进制工作簿）", "用 Excel 打开，另存为 .xlsx，再上传")
    if any(name.startswith("word/") for name in names):
        raise Refusal("这是 Word 文档，不是表格", "把表格复制到 Excel，存为 .xlsx")
    if any(name.startswith("ppt/") for name in names):
        raise Refusal("这是演示文稿，不是表格", "把表格复制到 Excel，存为 .xlsx")
    if "content.xml" in names:
        raise Refusal("这是 .ods 表格", "打开后另存为 .xlsx，再上传")
    if "[Content_Types].xml" in names:
        raise Refusal("文件里没有工作簿", _SAVE_AGAIN)
    raise Refusal("这是压缩包，不是表格", _UNPACK)


def _check_member(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    inflated: int,
    packed: int,
    limits: Limits,
    extent: Extent | None,
) -> int:
    """Inflate one member, watching size, ratio, entities and, in sheets, how far the cells reach."""
    is_xml = member.filename.endswith((".xml", ".rels", ".vml"))
    allowed = max(limits.ratio_floor_bytes, limits.ratio * packed)
    with archive.open(member) as stream:
        for chunk in _overlapping(stream):
            inflated += len(chunk.new)
            if inflated > limits.inflated_bytes:
                raise Refusal("文件展开以后太大", _SPLIT)
            if inflated > allowed:
                raise Refusal(f"压缩得太狠（超过 {limits.ratio} 倍），不像正常的表格", _SAVE_AGAIN)
            if is_xml and _ENTITY.search(chunk.text):
                raise Refusal("文件里有外部实体定义，不像表格软件生成的", _SAVE_AGAIN)
            if extent is not None:
                _measure(extent, chunk.text, limits)
                _collect_errors(extent, chunk.text)
    return inflated


@dataclass(frozen=True)
class Chunk:
    """New bytes, and the text from the last open tag on."""

    new: bytes
    text: bytes


def _overlapping(stream: IO[bytes]) -> Iterator[Chunk]:
    tail = b""
    while new := stream.read(_CHUNK):
        text = tail + new
        cut = max(text.rfind(b"<c "), text.rfind(b"<row "))
        cut = text.rfind(b"<") if cut < 0 else cut
        tail = text[cut:] if cut >= 0 and len(text) - cut < 4096 else b""
        yield Chunk(new, text[: len(text) - len(tail)] if tail else text)
    if tail:
        yield Chunk(b"", tail)


def _measure(extent: Extent, text: bytes, limits: Limits) -> None:
    """Extend by the cells of one piece of XML; looks at each cell only where a cheap upper bound is suspicious."""
    extent.last_row = max(extent.last_row, *map(int, _ROW.findall(text)), 0)
    extent.filled += text.count(b"<c ") + text.count(b":c ")
    if _THREE_LETTERS.search(text) is None:
        bound = extent.last_row * (702 if _TWO_LETTERS.search(text) else 26)
        if bound <= min(_SPARSE_CELLS, limits.cells) or bound <= min(_SPARSE_FACTOR * extent.filled, limits.cells):
            return
    found = _FILLED_CELL.findall(text)
    if found:
        extent.rows = max(extent.rows, max(int(row) for _, row in found))
        extent.columns = max(extent.columns, max(map(_column_number, {letters for letters, _ in found})))
        _check_extent(extent, limits)


def _collect_errors(extent: Extent, text: bytes) -> None:
    if b't="e"' not in text:
        return
    for letters, row, shown in _ERROR_CELL.findall(text):
        if len(extent.errors) < _MOST_ERRORS:
            extent.errors[int(row), _column_number(letters) - 1] = shown.decode("ascii", "replace")


def _check_extent(extent: Extent, limits: Limits) -> None:
    if extent.columns > limits.columns:
        raise Refusal(f"有 {extent.columns} 列，超过了 {limits.columns} 列", "删除右边多余的列，只留要导入的，再上传")
    area = extent.rows * extent.columns
    if area > limits.cells or (area > _SPARSE_CELLS and area > _SPARSE_FACTOR * extent.filled):
        why = f"表格撑到了第 {extent.rows} 行、第 {extent.columns} 列，大得不正常"
        raise Refusal(why, "删除下面和右边多余的行列，另存后再上传", row=extent.rows)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
