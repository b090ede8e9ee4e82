"""What a file really is, told from its first bytes and never from its name."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from portal.kernel.sheets.file_errors import FileRefused

_SAVE_AS = "用 Excel 或 WPS 打开，另存为 .xlsx，再上传"


class FileForm(StrEnum):
    """The three forms that are read."""

    WORKBOOK = "xlsx"
    TEXT = "csv"
    PARQUET = "parquet"


_OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "这是 PDF，不是表格", "向来源要原始的 Excel 表"),
    (b"\x89PNG", "这是图片，不是表格", "照图片录入表格，或向来源要原始的 Excel 表"),
    (b"\xff\xd8\xff", "这是图片，不是表格", "照图片录入表格，或向来源要原始的 Excel 表"),
    (b"GIF8", "这是图片，不是表格", "照图片录入表格，或向来源要原始的 Excel 表"),
    (b"Rar!", "这是压缩包，不是表格", "先解压，再上传里面的表格"),
    (b"7z\xbc\xaf", "这是压缩包，不是表格", "先解压，再上传里面的表格"),
    (b"\x1f\x8b", "这是压缩包，不是表格", "先解压，再上传里面的表格"),
    (b"BZh", "这是压缩包，不是表格", "先解压，再上传里面的表格"),
    (b"\xfd7zXZ", "这是压缩包，不是表格", "先解压，再上传里面的表格"),
    (b"{\\rtf", "这是 RTF 文档，不是表格", "把表格复制到 Excel，存为 .xlsx"),
    (b"MZ", "这是程序，不是表格", "换成表格文件"),
    (b"\x7fELF", "这是程序，不是表格", "换成表格文件"),
    (b"SQLite format 3", "这是数据库文件，不是表格", "把表导出为 .xlsx 或 .csv"),
    (b"MIME-Version:", "这是网页存档，只是扩展名写成了表格", _SAVE_AS),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = (b"<html", b"<!doctype html", b"<table", b"<head", b"<meta", b"<style", b"<body", b"<div", b"<script")


def recognise(path: Path) -> FileForm:
    """The form of a file by its content; raises FileRefused with the cure for everything that is not read."""
    with path.open("rb") as stream:
        head = stream.read(8192)
        stream.seek(0, 2)
        length = stream.tell()
    if length == 0:
        raise FileRefused(path.name, "文件是空的（0 字节）", "重新导出或重新上传")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return FileForm.WORKBOOK
    if head.startswith(b"PAR1"):
        return FileForm.PARQUET
    if head.startswith(_OLE):
        raise _old_office(path, head)
    for magic, why, fix in _OTHERS:
        if head.startswith(magic):
            raise FileRefused(path.name, why, fix)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(_MARKUP):
        raise FileRefused(path.name, "这是网页（HTML），只是扩展名写成了表格", _SAVE_AS)
    if text.startswith((b"<?xml", b"<workbook")):
        raise FileRefused(path.name, "这是 XML 文件，不是 .xlsx", _SAVE_AS)
    if text.startswith((b'{"', b"{\n", b"{\r", b"[{", b"[\n", b"[\r")):
        raise FileRefused(path.name, "这是 JSON，不是表格", "导出为 .xlsx 或 .csv")
    return FileForm.TEXT


def _old_office(path: Path, head: bytes) -> FileRefused:
    """OLE2: either the old binary formats, or an .xlsx locked with a password (its directory names the package)."""
    with path.open("rb") as stream:
        sample = head + stream.read(1024 * 1024)
    if "EncryptedPackage".encode("utf-16-le") in sample:
        return FileRefused(path.name, "文件设了打开密码", "打开后去掉密码，另存为 .xlsx")
    if "WordDocument".encode("utf-16-le") in sample:
        return FileRefused(path.name, "这是 Word 文档，不是表格", "把表格复制到 Excel，存为 .xlsx")
    return FileRefused(path.name, "这是旧格式的 .xls（或 WPS 的 .et）", _SAVE_AS)
