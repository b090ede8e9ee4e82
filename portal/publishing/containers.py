"""What must be opened before it can be read: workbooks, archives, pictures, printed sheets. Nothing unreadable passes.

A workbook's sheets are read with the heads of their columns; a picture's bytes are read raw, which covers EXIF, XMP
and comments, and once more as 16-bit text; its compressed texts are opened, and a place in its EXIF is a finding.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Collection, Iterable
from typing import IO, Final

from PIL import Image, UnidentifiedImageError
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from portal.publishing import amounts
from portal.publishing.gate import Finding, Form, Scanner, form_of
from portal.publishing.numbers import Kind

_PIECE: Final = 1 << 16
_MOST_BYTES: Final = 1 << 29  # of an opened archive: 512 MB
_MOST_DEPTH: Final = 3
_GPS: Final = 0x8825
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
_TYPES: Final = {
    "xml": "text/xml", "rels": "text/xml", "html": "text/html", "svg": "image/svg+xml", "json": "application/json",
    "csv": "text/csv", "txt": "text/plain", "md": "text/plain", "js": "text/plain", "css": "text/plain",
    "xlsx": "application/zip", "zip": "application/zip", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg",
    "webp": "image/webp",
}  # fmt: skip
# What readers raise for broken content; a RuntimeError is also zipfile's word for an unknown compression.
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError, ValueError)


def scan(content: bytes, content_type: str, canaries: Collection[str] = ()) -> list[Finding]:
    """Everything in a finished content that must not go out; an empty list lets it pass.

    `content_type` is the media type as sent. `canaries` are values that exist nowhere but in watched rows.
    """
    return scan_pieces([content], content_type, canaries)


def scan_pieces(pieces: Iterable[bytes], content_type: str, canaries: Collection[str] = ()) -> list[Finding]:
    """The same for a content that comes in pieces; only archives, pictures and printed sheets are gathered whole."""
    form = form_of(content_type)
    if form in (Form.ARCHIVE, Form.PICTURE, Form.PAPER, Form.UNKNOWN):
        return scan_file(io.BytesIO(b"".join(pieces)), form, canaries)
    scanner = Scanner(form, canaries)
    found = [finding for piece in pieces for finding in scanner.feed(piece)]
    return found + scanner.finish()


def scan_file(
    file: IO[bytes], form: Form, canaries: Collection[str] = (), part: str = "", depth: int = 0
) -> list[Finding]:
    """The same for a content in a seekable file, read from its beginning."""
    file.seek(0)
    if form is Form.UNKNOWN or depth > _MOST_DEPTH:
        return [Finding(Kind.UNREADABLE, 0, "", part)]
    if form is Form.ARCHIVE:
        return _scan_archive(file, canaries, part, depth)
    if form is Form.PICTURE:
        return _scan_picture(file.read(), canaries, part)
    if form is Form.PAPER:
        return _scan_paper(file, canaries, part)
    scanner = Scanner(form, canaries)
    found = [finding for piece in iter(lambda: file.read(_PIECE), b"") for finding in scanner.feed(piece)]
    return [Finding(f.kind, f.offset, f.excerpt, part) for f in found + scanner.finish()]


def _scan_archive(file: IO[bytes], canaries: Collection[str], part: str, depth: int) -> list[Finding]:
    try:
        with zipfile.ZipFile(file) as archive:
            names = "\n".join(archive.namelist()).encode() + b"\n" + archive.comment
            found = [Finding(f.kind, f.offset, f.excerpt, f"{part}/") for f in scan(names, "text/plain", canaries)]
            if sum(member.file_size for member in archive.infolist()) > _MOST_BYTES:
                return [*found, Finding(Kind.UNREADABLE, 0, "", part)]
            for number, member in enumerate(archive.infolist(), 1):
                found += _scan_member(archive, member, canaries, f"{part}/{number}", depth)
            return found
    except _BROKEN:
        return [Finding(Kind.UNREADABLE, 0, "", part)]


def _scan_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, canaries: Collection[str], part: str, depth: int
) -> list[Finding]:
    """One member; `part` counts members, because a file name may carry what must not be told."""
    if member.is_dir():
        return []
    if _SHEET.fullmatch(member.filename):
        return _scan_sheet(archive, member, canaries, part)
    form = form_of(_TYPES.get(member.filename.rsplit(".", 1)[-1].lower(), ""))
    with archive.open(member) as opened:
        return scan_file(io.BytesIO(opened.read()), form, canaries, part, depth + 1)


def _scan_sheet(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, canaries: Collection[str], part: str
) -> list[Finding]:
    texts = "xl/sharedStrings.xml"
    shared = amounts.shared_texts(archive.read(texts)) if texts in archive.namelist() else []
    with archive.open(member) as opened:
        first = opened.read(_PIECE)
        scanner = Scanner(Form.SHEET, canaries, amounts.sheet_heads(first, shared))
        found = scanner.feed(first)
        for piece in iter(lambda: opened.read(_PIECE), b""):
            found += scanner.feed(piece)
    return [Finding(f.kind, f.offset, f.excerpt, part) for f in found + scanner.finish()]


def _scan_picture(content: bytes, canaries: Collection[str], part: str) -> list[Finding]:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            picture.load()
            exif = picture.getexif()
            texts = [str(value) for value in picture.info.values() if isinstance(value, str)]
            placed = bool(exif.get_ifd(_GPS))
    except (UnidentifiedImageError, Image.DecompressionBombError, SyntaxError, *_BROKEN):
        return [Finding(Kind.UNREADABLE, 0, "", part)]
    found = [Finding(Kind.LOCATION, 0, "", part)] if placed else []
    for text in (content, content.replace(b"\0", b""), "\n".join(texts).encode()):
        found += [Finding(f.kind, f.offset, f.excerpt, part) for f in scan(text, "text/plain", canaries)]
    return list(dict.fromkeys(found))


def paper_text(file: IO[bytes]) -> str:
    """What a PDF says: its title and other facts about it, its links, and the words of its pages without line breaks."""
    reader = PdfReader(file)
    facts = [str(value) for value in (reader.metadata or {}).values()]
    xmp = reader.xmp_metadata.stream.get_data().decode("utf-8", "replace") if reader.xmp_metadata else ""
    pages = [page.extract_text() for page in reader.pages]
    return "\n".join([*facts, xmp, *pages])


def _scan_paper(file: IO[bytes], canaries: Collection[str], part: str) -> list[Finding]:
    try:
        text = paper_text(file)
    except (PyPdfError, *_BROKEN, KeyError, AttributeError, TypeError):
        return [Finding(Kind.UNREADABLE, 0, "", part)]
    found = scan(text.encode(), "text/plain", canaries)
    joined = scan(text.replace("\n", "").encode(), "text/plain", canaries)  # a word that a line's end cut in two
    words = {f.kind: f for f in joined if f.kind is Kind.CANARY and f.excerpt not in {g.excerpt for g in found}}
    return [Finding(f.kind, f.offset, f.excerpt, part) for f in (*found, *words.values())]
