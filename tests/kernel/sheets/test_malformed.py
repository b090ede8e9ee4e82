"""Files that are broken, disguised or made to burst a parser: each is refused with why and what to do, nobody dies."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from portal.kernel.sheets import reading
from portal.kernel.sheets.file_errors import FileRefused
from portal.kernel.sheets.limits import DEFAULT_LIMITS, MIB
from portal.kernel.sheets.magic import FileForm
from portal.kernel.sheets.reading import read_table

CONTENT_TYPES = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"""
RELS = """<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Target="{target}"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"/></Relationships>"""
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
WORKBOOK = f"""<?xml version="1.0"?><workbook xmlns="{MAIN}"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"""


def cell(ref: str, text: str = "x") -> str:
    return f'<c r="{ref}" t="inlineStr"><is><t>{text}</t></is></c>'


def sheet(*rows: str, prolog: str = "") -> str:
    return f'<?xml version="1.0"?>{prolog}<worksheet xmlns="{MAIN}"><sheetData>{"".join(rows)}</sheetData></worksheet>'


def xlsx(sheet_xml: str | bytes, extra: dict[str, bytes] | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("_rels/.rels", RELS.format(target="xl/workbook.xml", kind="officeDocument"))
        archive.writestr("xl/workbook.xml", WORKBOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", RELS.format(target="worksheets/sheet1.xml", kind="worksheet"))
        archive.writestr("xl/worksheets/sheet1.xml", sheet_xml)
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return buffer.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def good() -> bytes:
    buffer = io.BytesIO()
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["姓名"])
    book.active.append(["张三"])
    book.save(buffer)
    return buffer.getvalue()


def corner_bomb() -> bytes:
    return xlsx(sheet(f'<row r="1">{cell("A1")}</row>', f'<row r="1048576">{cell("XFD1048576")}</row>'))


def hidden_corner_bomb() -> bytes:
    """Single quotes hide the far cell from the cheap look at the bytes: the parser's own death must be survived."""
    text = sheet(f'<row r="1">{cell("A1")}</row>', f'<row r="1048576">{cell("XFD1048576")}</row>')
    return xlsx(re.sub('r="([A-Z]+[0-9]+)"', r"r='\1'", text))


def corner_bomb_in_utf16() -> bytes:
    text = sheet(f'<row r="1">{cell("A1")}</row>', f'<row r="1048576">{cell("XFD1048576")}</row>')
    return xlsx(text.replace('version="1.0"', 'version="1.0" encoding="UTF-16"').encode("utf-16"))


def entity_bomb() -> bytes:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE x [<!ENTITY l0 "lol">{laughs}]>'
    return xlsx(sheet(f'<row r="1">{cell("A1", "&l9;")}</row>', prolog=doctype))


def external_entity() -> bytes:
    doctype = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    return xlsx(sheet(f'<row r="1">{cell("A1", "&e;")}</row>', prolog=doctype))


def lying_size() -> bytes:
    """A directory that declares 10 bytes for a member that inflates to 40 MB."""
    content = bytearray(xlsx(sheet(f'<row r="1">{cell("A1")}</row>'), {"xl/big.xml": b" " * (40 * MIB)}))
    real = struct.pack("<I", 40 * MIB)
    while (at := content.find(real)) >= 0:
        content[at : at + 4] = struct.pack("<I", 10)
    return bytes(content)


def encrypted_zip() -> bytes:
    content = bytearray(good())
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(magic)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(magic, at + 4)
    return bytes(content)


def deep_nesting() -> bytes:
    depth = 200_000
    return xlsx(sheet("<a>" * depth + "</a>" * depth))


def flipped() -> bytes:
    content = bytearray(good())
    middle = content.find(b"xl/worksheets/sheet1.xml") + 60
    content[middle] ^= 0xFF
    return bytes(content)


def many_members() -> bytes:
    return xlsx(sheet(), {f"xl/m{number}.xml": b"" for number in range(2_500)})


def wide_rows() -> bytes:
    letters = ["".join(pair) for pair in zip("ABCDEFGHIJ" * 3, "ABCDEFGHIJKLMNOPQRSTUVWXYZABCD", strict=False)]
    return xlsx(sheet(f'<row r="1">{cell("A1")}{"".join(cell(f"B{two}1") for two in letters)}{cell("XFD1")}</row>'))


def tall_sparse() -> bytes:
    return xlsx(sheet(f'<row r="1">{cell("A1")}</row>', f'<row r="1048576">{cell("CV1048576")}</row>'))


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
TEXT_BOMB = "姓名,金额\n" + '张三,"' + "x\n" * 40_000

MALFORMED: list[tuple[str, str, Callable[[], bytes] | bytes, str]] = [
    ("corner bomb", "a.xlsx", corner_bomb, "列"),
    ("corner bomb in UTF-16", "a.xlsx", corner_bomb_in_utf16, "表头|结构|内存|大得"),
    ("corner bomb that hides", "a.xlsx", hidden_corner_bomb, "大得不正常|内存"),
    ("tall sparse sheet", "a.xlsx", tall_sparse, "大得不正常"),
    ("too many columns", "a.xlsx", wide_rows, "列"),
    ("entity bomb", "a.xlsx", entity_bomb, "实体"),
    ("external entity", "a.xlsx", external_entity, "实体"),
    (
        "entity in shared strings",
        "a.xlsx",
        lambda: xlsx(sheet(), {"xl/sharedStrings.xml": b"<!DOCTYPE x []><x/>"}),
        "实体",
    ),
    ("ratio bomb", "a.xlsx", lambda: xlsx(sheet(), {"xl/big.xml": b" " * (40 * MIB)}), "压缩得太狠"),
    ("lying directory", "a.xlsx", lying_size, "不完整|压缩得太狠"),
    ("zip in zip", "a.xlsx", lambda: zipped({"inner.zip": zipped({"a.xlsx": good()})}), "压缩包"),
    ("zip of a workbook", "a.zip", lambda: zipped({"a.xlsx": good()}), "压缩包"),
    ("empty zip", "a.xlsx", lambda: zipped({}), "压缩包"),
    ("many members", "a.xlsx", many_members, "不像表格"),
    ("encrypted zip", "a.xlsx", encrypted_zip, "密码"),
    ("truncated workbook", "a.xlsx", lambda: good()[: len(good()) // 2], "不完整"),
    ("cut off end", "a.xlsx", lambda: good()[:-30], "不完整"),
    ("flipped byte", "a.xlsx", flipped, "不完整|坏了"),
    ("only the magic", "a.xlsx", b"PK\x03\x04", "不完整"),
    ("deep nesting", "a.xlsx", deep_nesting, "表头|坏了|结构"),
    ("cut XML", "a.xlsx", lambda: xlsx(sheet(f'<row r="1">{cell("A1")}')[:-80]), "坏了|表头"),
    (
        "no sheet part",
        "a.xlsx",
        lambda: zipped({"[Content_Types].xml": b"x", "xl/workbook.xml": WORKBOOK.encode()}),
        "坏了",
    ),
    ("empty workbook xml", "a.xlsx", lambda: zipped({"xl/workbook.xml": b""}), "坏了|没有"),
    ("empty sheet", "a.xlsx", lambda: xlsx(sheet()), "表头"),
    ("docx as xlsx", "a.xlsx", lambda: zipped({"[Content_Types].xml": b"x", "word/document.xml": b"x"}), "Word"),
    ("pptx as xlsx", "a.xlsx", lambda: zipped({"[Content_Types].xml": b"x", "ppt/presentation.xml": b"x"}), "演示文稿"),
    ("ods as xlsx", "a.xlsx", lambda: zipped({"mimetype": b"x", "content.xml": b"x"}), "ods"),
    ("xlsb as xlsx", "a.xlsx", lambda: zipped({"xl/workbook.bin": b"x"}), "xlsb"),
    ("other package", "a.xlsx", lambda: zipped({"[Content_Types].xml": b"x"}), "工作簿"),
    ("legacy xls", "a.xls", OLE + "Workbook".encode("utf-16-le"), "旧格式"),
    ("legacy doc", "a.xlsx", OLE + "WordDocument".encode("utf-16-le"), "Word"),
    ("locked xlsx", "a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "密码"),
    ("html as xls", "a.xls", b"\r\n<html><table><tr><td>1</td></tr></table></html>", "网页"),
    ("table tag as xls", "a.xls", b"\xef\xbb\xbf<TABLE border=1><tr>", "网页"),
    ("xml spreadsheet", "a.xls", b'<?xml version="1.0"?><Workbook>', "XML"),
    ("mhtml", "a.xls", b"MIME-Version: 1.0\r\n", "网页"),
    ("pdf as xlsx", "a.xlsx", b"%PDF-1.7\n", "PDF"),
    ("png as csv", "a.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "图片"),
    ("jpeg as csv", "a.csv", b"\xff\xd8\xff\xe0" + b"\0" * 50, "图片"),
    ("gzip as csv", "a.csv", b"\x1f\x8b\x08" + b"\0" * 50, "压缩包"),
    ("rar as xlsx", "a.xlsx", b"Rar!\x1a\x07\x00", "压缩包"),
    ("rtf as xls", "a.xls", b"{\\rtf1\\ansi", "RTF"),
    ("program as xlsx", "a.xlsx", b"MZ\x90\x00", "程序"),
    ("json as csv", "a.csv", b'{"rows": []}', "JSON"),
    ("empty file", "a.csv", b"", "空的"),
    ("only a byte order mark", "a.csv", b"\xef\xbb\xbf", "表头"),
    ("only blank lines", "a.csv", b"\n\n\n", "表头"),
    ("NUL bytes", "a.csv", "姓名,金额\n张三,1\0\n".encode(), "NUL"),
    ("wrong encoding", "a.csv", b"a,b\n\xff\xfe\xfd,1\n", "编码"),
    ("half a character", "a.csv", "姓名,金额\n张三,1\n李".encode()[:-1], "编码"),
    ("unclosed quote", "a.csv", '姓名,金额\n张三,1\n"李四,2\n王五,3\n'.encode(), "引号"),
    ("unclosed quote swallows the file", "a.csv", TEXT_BOMB.encode(), "引号"),
    ("one huge line", "a.csv", b"name,value\nx," + b"y" * (2 * MIB), "1 MB"),
    ("no line ends at all", "a.csv", b"x" * (3 * MIB), "1 MB"),
    ("a million columns", "a.csv", b"a," * 400_000 + b"\n" + b"1," * 10 + b"\n", "列|1 MB"),
    ("a row of many columns", "a.csv", "姓名\n张三".encode() + b"," * 5_000 + b"x\n", "列"),
    ("not parquet inside", "a.parquet", b"PAR1" + b"\0" * 100 + b"PAR1", "Parquet"),
    ("truncated parquet", "a.parquet", b"PAR1\x15\x04", "Parquet"),
    ("sqlite as csv", "a.csv", b"SQLite format 3\0" + b"\0" * 100, "数据库"),
    ("zlib noise", "a.bin", zlib.compress(b"x" * 1000), "编码|NUL|表头"),
]


@pytest.mark.parametrize(
    ("file_name", "content", "word"), [case[1:] for case in MALFORMED], ids=[c[0] for c in MALFORMED]
)
def test_a_malformed_file_is_refused_with_why_and_what_to_do(
    tmp_path: Path, file_name: str, content: Callable[[], bytes] | bytes, word: str
) -> None:
    path = tmp_path / file_name
    path.write_bytes(content if isinstance(content, bytes) else content())
    with pytest.raises(FileRefused) as refusal:
        read_table(path).close()
    assert any(part in refusal.value.why for part in word.split("|")), refusal.value.why
    assert refusal.value.fix
    assert file_name in refusal.value.what
    for banned in ("无效", "非法", "抱歉", "Traceback"):
        assert banned not in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "row"),
    [
        ('姓名,金额\n张三,1\n"李四,2\n王五,3\n'.encode(), 3),
        (TEXT_BOMB.encode(), 2),
        ("姓名,金额\n张三,1\0\n".encode(), 2),
        (b"a,b\n1,2\n\xff\xff,1\n", 3),
        (b"name,value\n1,2\nx," + b"y" * (2 * MIB), 3),
    ],
)
def test_the_row_that_spoils_a_text_file_is_named(tmp_path: Path, content: bytes, row: int) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(FileRefused) as refusal:
        read_table(path)
    assert refusal.value.row == row
    assert f"第 {row} 行" in refusal.value.what


def test_a_missing_file_sheet_or_header_row_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(good())
    (tmp_path / "a.csv").write_text("姓名\n张三\n")
    for call, word in (
        (lambda: read_table(tmp_path / "b.xlsx"), "找不到"),
        (lambda: read_table(tmp_path), "找不到"),
        (lambda: read_table(tmp_path / "a.xlsx", sheet=5), "第 5 个工作表"),
        (lambda: read_table(tmp_path / "a.xlsx", header_row=9), "没有第 9 行"),
        (lambda: read_table(tmp_path / "a.csv", header_row=9), "没有第 9 行"),
    ):
        with pytest.raises(FileRefused) as refusal:
            call()
        assert word in refusal.value.why


def test_every_limit_has_an_answer(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("甲,乙\n" + "1,2\n" * 50_000)
    for limits, word in (
        (replace(DEFAULT_LIMITS, file_bytes=100), "文件超过"),
        (replace(DEFAULT_LIMITS, rows=100), "超过了 100 行"),
        (replace(DEFAULT_LIMITS, columns=1), "超过了 1 列"),
        (replace(DEFAULT_LIMITS, memory_bytes=100 * MIB), "内存"),
        (replace(DEFAULT_LIMITS, wall_seconds=0), "还没读完"),
        (replace(DEFAULT_LIMITS, output_bytes=4096), "太大|内存"),
    ):
        with pytest.raises(FileRefused) as refusal:
            read_table(path, limits=limits)
        assert any(part in refusal.value.why for part in word.split("|"))


def test_a_tiny_but_very_regular_workbook_is_no_bomb(tmp_path: Path) -> None:
    rows = [
        f'<row r="{n}">{cell(f"A{n}", "同样的内容" * 20)}{cell(f"B{n}", "同样的内容" * 20)}</row>'
        for n in range(1, 5000)
    ]
    (tmp_path / "a.xlsx").write_bytes(xlsx(sheet(*rows)))
    with read_table(tmp_path / "a.xlsx") as table:
        assert table.n_rows == 4998


def test_the_second_reader_takes_over_when_the_first_one_died(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.xlsx").write_bytes(good())
    dying = ("portal.kernel.sheets.no_such_reader", "portal.kernel.sheets.inside_openpyxl")
    monkeypatch.setitem(reading._READERS, FileForm.WORKBOOK, dying)
    with read_table(tmp_path / "a.xlsx") as table:
        assert table.names == ["姓名"]
        assert next(table.batches()).columns == [["张三"]]
