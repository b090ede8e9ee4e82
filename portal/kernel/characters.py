"""Characters of messy files: what may be tidied without harming a name, and the stricter form for numbers and codes."""

from __future__ import annotations

import re
import unicodedata

# Bidi controls, zero-width characters, soft hyphen, BOM and C0/C1 controls: never part of a name, and able to hide or
# reorder what a reader sees. Tab and line ends are white space and dealt with as such. Variation selectors
# (U+FE00–FE0F, U+E0100–E01EF) stay: they choose the written form of a rare character (异体字) in a name.
_HIDDEN_CLASS = "\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5"
_HIDDEN_CLASS += "\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
_HIDDEN = re.compile(f"[{_HIDDEN_CLASS}]")
_SPACES = re.compile(r"\s+")
# Full-width ASCII (！ … ～) and the ideographic space have one plain form each; nothing else is folded, because NFKC
# would also turn compatibility ideographs and symbols of names and document numbers into other characters.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF1A)}
_NARROW |= {code: code - 0xFEE0 for code in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_NARROW |= {0x3000: 0x20}
# One search decides whether a text needs any care at all (hidden or combining characters, full-width letters and
# digits, compatibility ideographs, or white space other than single inner blanks).
_CARE = re.compile(
    f"[{_HIDDEN_CLASS}\u0085\t-\r\u00a0\u0300-\u036f\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
    "\u3099\u309a\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uf900-\ufaff\U0002f800-\U0002fa1f]|^ | $|  |(?:^| )'+[=+@＝＋－＠-]"
)
# What a spreadsheet would run when it opens a CSV (full-width forms too, after any blanks).
_RUN = r"(?:[\s\0]*[=+\-@＝＋－＠]|[\t\r\0])"
_RUNNABLE = re.compile("'*" + _RUN)
_ESCAPED = re.compile("'+" + _RUN)
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣－", "-"))


def needs_care(text: str) -> bool:
    """Whether `tidy` could change this text."""
    return _CARE.search(text) is not None


def hidden(text: str) -> bool:
    """Whether a text holds characters that nobody sees."""
    return _HIDDEN.search(text) is not None


def tidy(text: str) -> str:
    """Text of a name or note without hidden characters and stray blanks, NFC, full-width letters and digits narrow.

    Rare ideographs (生僻字), the middle dot of minority names and Chinese punctuation stay as they are. Inner runs of
    white space become one blank.
    """
    if not needs_care(text):
        return text
    text = _HIDDEN.sub("", unescape(text)).translate(_NARROW)
    return _SPACES.sub(" ", _compose(text)).strip()


def _compose(text: str) -> str:
    """NFC, except that compatibility ideographs (﨎 and the like) keep their own code point: a person's name has it."""
    if unicodedata.is_normalized("NFC", text):
        return text
    return "".join(
        part if index % 2 else unicodedata.normalize("NFC", part)
        for index, part in enumerate(re.split("([\uf900-\ufaff\U0002f800-\U0002fa1f])", text))
    )


def plain(text: str) -> str:
    """Strict form for numbers, dates, codes and units: NFKC, no hidden characters, dashes are `-`, trimmed."""
    if text.isascii():
        return text.strip() if text.isprintable() else _HIDDEN.sub("", text).strip()
    return unicodedata.normalize("NFKC", _HIDDEN.sub("", text)).translate(_DASHES).strip()


def escape(text: str) -> str:
    """Text for a CSV cell that no spreadsheet runs as a formula: an apostrophe first where it would. See `unescape`."""
    return f"'{text}" if _RUNNABLE.match(text) else text


def unescape(text: str) -> str:
    """Takes back exactly what `escape` did, so that a name like `-张` survives the way out and in again."""
    return text[1:] if _ESCAPED.match(text) else text
