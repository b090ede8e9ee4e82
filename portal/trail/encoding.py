"""Canonical bytes (RFC 8785 behind a stricter profile of our own) and the digest of a row.

Profile: ASCII keys, integers within ±(2^53 − 1), no floats, text in NFC, times as `YYYY-MM-DDTHH:MM:SS.mmmZ` text.
"""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from types import NoneType
from typing import Any

import orjson
import rfc8785

from portal.kernel.database import iso_millis
from portal.kernel.keeping import BOOKKEEPING

MAX_INTEGER = 2**53 - 1
_FLAT = frozenset({str, int, bool, NoneType})
_FLAT_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER


class OutsideProfile(ValueError):
    """A value that has no canonical form under the trail's profile; says where it stands."""


def canonical(value: object) -> bytes:
    """Canonical JSON of a value of the profile. Raises `OutsideProfile` and never repairs anything silently.

    Under the profile (ASCII keys, whole numbers, Unicode text) sorted compact JSON is RFC 8785's, byte for byte: keys
    sort alike in every encoding and only numbers with fractions have forms to choose from.
    """
    _check(value, "$", nfc=True)
    return orjson.dumps(value, option=_FLAT_OPTIONS)


def canonical_flat(values: Mapping[str, Any]) -> bytes:
    """The same bytes for a dict of rows' values, much faster when it is flat.

    Text is taken as it is stored (a row's digest must tell apart what the database tells apart), so NFC is not asked.
    """
    if _FLAT.issuperset(map(type, values.values())):
        try:
            return orjson.dumps(values, option=_FLAT_OPTIONS)
        except orjson.JSONEncodeError as error:
            raise OutsideProfile(str(error)) from error
    _check(values, "$", nfc=False)
    plain_keys = _all_ascii(values)
    return orjson.dumps(values, option=_FLAT_OPTIONS) if plain_keys else rfc8785.dumps(dict(values))


def _all_ascii(value: object) -> bool:
    """Whether every key inside is ASCII: then all orders of keys are the same one."""
    if isinstance(value, Mapping):
        return all(key.isascii() and _all_ascii(item) for key, item in value.items())
    return all(map(_all_ascii, value)) if isinstance(value, list | tuple) else True


def row_digest(values: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of a row's values as `row_values` gives them: names to text, integers, booleans, null or JSON."""
    return hashlib.sha256(canonical_flat(values)).hexdigest()


def digest_columns(columns: Iterable[str]) -> tuple[str, ...]:
    """The columns that enter a row's digest: all but the bookkeeping that the trail itself says, in stable order."""
    return tuple(sorted(name for name in columns if name not in BOOKKEEPING))


def row_values(columns: Any, row: Any) -> dict[str, Any]:
    """The values of a row that enter its digest, ready for `row_digest`.

    `columns` is a model class, a Table or an iterable of column names; `row` a mapping or an object with attributes.
    Dates become ISO text, times `…mmmZ`, bytes base64, enum members their value; JSON columns stay nested.
    """
    table = getattr(columns, "__table__", columns)
    names = digest_columns(c.name for c in table.columns) if hasattr(table, "columns") else digest_columns(columns)
    if isinstance(row, Mapping):
        return {name: plain(row[name]) for name in names}
    return {name: plain(getattr(row, name)) for name in names}


def plain(value: Any) -> Any:
    """One database value as the profile writes it."""
    kind = type(value)
    if kind in _FLAT:
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return iso_millis(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    raise OutsideProfile(f"{kind.__name__} has no place in the trail")


def normalised(value: Any) -> Any:
    """`plain`, with text brought to NFC: what people typed, as events keep it."""
    value = plain(value)
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {key: normalised(item) for key, item in value.items()}
    if isinstance(value, list):
        return [normalised(item) for item in value]
    return value


def _check(value: object, place: str, *, nfc: bool) -> None:
    if value is None or value is True or value is False:
        return
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise OutsideProfile(f"{place}: integer beyond 2^53 - 1")
    elif isinstance(value, str):
        _check_text(value, place, nfc=nfc)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            # Local extensions carry the headers of the file as keys; a row's digest must be able to hold them.
            if not isinstance(key, str) or (nfc and not key.isascii()):
                raise OutsideProfile(f"{place}: keys are ASCII text, not {key!r}")
            _check(item, f"{place}.{key}", nfc=nfc)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _check(item, f"{place}[{index}]", nfc=nfc)
    else:
        raise OutsideProfile(f"{place}: {type(value).__name__} has no canonical form")


def _check_text(value: str, place: str, *, nfc: bool) -> None:
    if nfc and not unicodedata.is_normalized("NFC", value):
        raise OutsideProfile(f"{place}: text is not in NFC")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise OutsideProfile(f"{place}: text is not Unicode") from error
