"""The gate: reads the finished bytes of what goes out to everybody, and tells what must stop it. It never masks.

`scan` reads whole contents, `Scanner` reads them piece by piece and never misses a number cut by the border of two
pieces. A content that cannot be read is a finding too: what nobody has looked at does not go out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from portal.publishing import amounts
from portal.publishing.numbers import Kind, excerpt_of, find_numbers

__all__ = ["Finding", "Form", "Kind", "Scanner", "form_of"]

_BATCH: Final = 1 << 14
_LOOK_BACK: Final = 2048  # context kept before the border of two pieces: a key, a row
_LOOK_AHEAD: Final = 64  # a number that begins nearer to the border waits for the next piece
_HELD_BACK: Final = 12  # bytes of signs at a border that may stand before a digit of the next piece
#: Full-width digits, and signs between digits that no reader sees or that print as a space or a hyphen.
_WIDE: Final = re.compile(rb"\xef\xbc([\x90-\x99\xb8])")
_BETWEEN: Final = re.compile(
    rb"([0-9])((?:\xc2[\xa0\xad]|\xe2\x80[\x80-\x95\xaf]|\xe2\x81\xa0|\xe3\x80\x80|\xef\xbb\xbf|\xef\xbc\x8d)+)(?=[0-9Xx])"
)
_UNSEEN: Final = re.compile(rb"\xc2\xad|\xe2\x80[\x8b-\x8f]|\xe2\x81\xa0|\xef\xbb\xbf")
_HYPHEN: Final = re.compile(rb"\xe2\x80[\x90-\x95]|\xef\xbc\x8d")


class Form(StrEnum):
    """How a content is read: it decides what tells an amount from a telephone."""

    TEXT = "text"
    MARKUP = "markup"
    JSON = "json"
    CSV = "csv"
    SHEET = "sheet"
    ARCHIVE = "archive"
    PICTURE = "picture"
    PAPER = "paper"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that must not go out: what, where (byte of the text as read; `part` of an archive), and a masked look."""

    kind: Kind
    offset: int
    excerpt: str
    part: str = ""


_FORMS: Final = {
    "application/json": Form.JSON,
    "application/problem+json": Form.JSON,
    "application/geo+json": Form.JSON,
    "text/csv": Form.CSV,
    "text/html": Form.MARKUP,
    "text/xml": Form.MARKUP,
    "application/xml": Form.MARKUP,
    "application/xhtml+xml": Form.MARKUP,
    "image/svg+xml": Form.MARKUP,
    "application/javascript": Form.TEXT,
    "application/manifest+json": Form.JSON,
    "application/zip": Form.ARCHIVE,
    "application/pdf": Form.PAPER,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": Form.ARCHIVE,
}


def form_of(content_type: str) -> Form:
    """How a content of this media type is read; an unknown type is a finding, not a pass."""
    media = content_type.split(";")[0].strip().lower()
    if media in _FORMS:
        return _FORMS[media]
    if media.startswith("text/"):
        return Form.TEXT
    return Form.PICTURE if media.startswith("image/") else Form.UNKNOWN


class Scanner:
    """Reads one text piece by piece. `feed` each piece, then `finish`; both tell what they found."""

    def __init__(self, form: Form, canaries: Collection[str] = (), heads: dict[bytes, str] | None = None) -> None:
        self.form = form
        self.sheet_heads = heads or {}
        words = sorted(filter(None, canaries), key=len, reverse=True)
        self.canaries = re.compile(b"|".join(re.escape(word.encode()) for word in words)) if words else None
        self.ahead = max(_LOOK_AHEAD, *(len(word.encode()) for word in words)) if words else _LOOK_AHEAD
        self.csv_heads: list[str] | None = None
        self.held = b""  # the end of what was read, as context
        self.begins = 0  # where `held` begins in the whole text
        self.done = 0  # everything before has been told
        self.cut = b""  # signs at the border that wait for the next piece
        self.batch = _BATCH
        self.waiting = bytearray()  # pieces too small to be worth a look

    def feed(self, piece: bytes) -> list[Finding]:
        """Read on. What begins close to the end is told with the next piece; small pieces are gathered first."""
        self.waiting += piece
        if len(self.waiting) < self.batch:
            return []
        self._take(bytes(self.waiting))
        self.waiting.clear()
        return self._look(self.begins + len(self.held) - self.ahead)

    def finish(self) -> list[Finding]:
        """The text has ended: tell the rest."""
        self.held += fold(self.cut + bytes(self.waiting))
        self.cut = b""
        self.waiting.clear()
        return self._look(self.begins + len(self.held) + 1)

    def _take(self, piece: bytes) -> None:
        piece = self.cut + piece
        whole = len(piece)
        while whole and len(piece) - whole < _HELD_BACK and piece[whole - 1] >= 0x80:
            whole -= 1
        while whole < len(piece) and 0x80 <= piece[whole] < 0xC0:  # never inside a character
            whole += 1
        self.cut = piece[whole:]
        self.held += fold(piece[:whole])

    def _look(self, limit: int) -> list[Finding]:
        if limit <= self.done:
            return []
        text = self.held
        if self.form is Form.CSV and self.csv_heads is None:
            self.csv_heads = amounts.csv_heads(text.split(b"\n", 1)[0])
        low, high = self.done - self.begins, limit - self.begins
        found = [f for f in self._in(text) if low <= f.offset < high]
        kept = max(0, min(high, len(text)) - _LOOK_BACK)
        told = [Finding(f.kind, f.offset + self.begins, f.excerpt) for f in found]
        self.done, self.begins, self.held = limit, self.begins + kept, text[kept:]
        return told

    def _in(self, text: bytes) -> Iterator[Finding]:
        for kind, start, end in find_numbers(text):
            if kind is not Kind.PHONE or not self._is_amount(text, start, end):
                yield Finding(kind, start, excerpt_of(kind, text[start:end]))
        if self.canaries is not None:
            for match in self.canaries.finditer(text):
                yield Finding(Kind.CANARY, match.start(), excerpt_of(Kind.CANARY, match[0]))

    def _is_amount(self, text: bytes, start: int, end: int) -> bool:
        match self.form:
            case Form.JSON:
                return amounts.json_amount(text, start)
            case Form.CSV:
                return amounts.csv_amount(text, start, end, self.csv_heads or [])
            case Form.SHEET:
                return amounts.sheet_amount(text, start, self.sheet_heads)
            case Form.MARKUP:
                return amounts.markup_amount(text, start)
            case _:
                return False


def fold(text: bytes) -> bytes:
    """Full-width digits become digits; unseen signs between digits go, spaces and hyphens become plain ones."""
    text = _WIDE.sub(lambda m: b"X" if m[1] == b"\xb8" else bytes([m[1][0] - 0x60]), text)
    text = text.replace(b"\xef\xbd\x98", b"x")
    return _BETWEEN.sub(_plain, text)


def _plain(match: re.Match[bytes]) -> bytes:
    """A run of such signs: nothing when none of them prints, else one hyphen or one space."""
    seen = _UNSEEN.sub(b"", match[2])
    if not seen:
        return match[1]
    return match[1] + (b"-" if _HYPHEN.search(seen) else b" ")
