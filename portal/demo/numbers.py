"""Invented identity numbers: right in form and check digit, and recognisable as nobody's.

Resident IDs carry the county prefix 320899, which was never given out; a few carry abolished prefixes of Huai'an with
sequence numbers from 970 up, because the register must accept those prefixes for ever. Bank cards start 629999,
telephones 19900, both unassigned.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from portal.demo.arrays import Days, Flags, Ints, Words

INVENTED_PREFIX: Final = 320899
ABOLISHED_PREFIXES: Final = (320802, 320811, 320829)
"""清河区, 清浦区, 洪泽县 until 2016."""

_WEIGHTS: Final = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
_CHECKS: Final = np.frombuffer(b"10X98765432", dtype=np.uint8)
_ZERO: Final = ord("0")


def _digits(values: Ints, width: int) -> npt.NDArray[np.int64]:
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (values[:, None] // powers) % 10


def _ascii(matrix: npt.NDArray[np.uint8]) -> Words:
    width = matrix.shape[1]
    flat = np.ascontiguousarray(matrix.astype(np.uint8)).view(f"S{width}").ravel()
    text: Words = flat.astype(f"U{width}")
    return text


def _running(values: Ints) -> Ints:
    """For each element how many equal ones stand before it."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    first = np.searchsorted(ordered, ordered, side="left")
    result = np.empty_like(values)
    result[order] = np.arange(len(values)) - first
    return result


def resident_ids(born: Days, male: Flags, prefixes: Ints, start: int = 0, wrong: Flags | None = None) -> Words:
    """18-character IDs (GB 11643) that differ from each other; `wrong` marks those with a spoilt check digit."""
    year, month, day = _calendar(born)
    stamp = year * 10_000 + month * 100 + day
    same = _running((prefixes * 100_000_000 + stamp) * 2 + male)
    first = np.where(prefixes == INVENTED_PREFIX, start, 970)
    sequence = (first + same * 2 + (male != (first % 2 == 1))) % 1000
    body = np.concatenate([_digits(prefixes, 6), _digits(stamp, 8), _digits(sequence, 3)], axis=1)
    check = _CHECKS[(body @ _WEIGHTS) % 11]
    if wrong is not None:
        check = np.where(wrong, _CHECKS[(body @ _WEIGHTS + 1) % 11], check)
    return _ascii(np.concatenate([body + _ZERO, check[:, None]], axis=1).astype(np.uint8))


def _calendar(days: Days) -> tuple[Ints, Ints, Ints]:
    months = days.astype("datetime64[M]")
    year = days.astype("datetime64[Y]").astype(np.int64) + 1970
    month = months.astype(np.int64) % 12 + 1
    day = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    return year, month, day


def bank_cards(serials: Ints) -> Words:
    """19-digit card numbers with a right Luhn digit, one for each serial (0 … 10^12 − 1)."""
    body = np.concatenate([_digits(np.full(len(serials), 629999), 6), _digits(serials, 12)], axis=1)
    doubled = body[:, ::-1].copy()
    doubled[:, ::2] *= 2
    doubled = np.where(doubled > 9, doubled - 9, doubled)
    check = (10 - doubled.sum(axis=1) % 10) % 10
    return _ascii((np.concatenate([body, check[:, None]], axis=1) + _ZERO).astype(np.uint8))


def telephones(serials: Ints) -> Words:
    """11-digit mobile numbers, one for each serial (0 … 10^6 − 1)."""
    body = np.concatenate([_digits(np.full(len(serials), 19900), 5), _digits(serials, 6)], axis=1)
    return _ascii((body + _ZERO).astype(np.uint8))


_USCC: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION: Final = (3, 7, 9, 10, 5, 8, 4, 2)


def company_code(serial: int) -> str:
    """A unified social credit code (GB 32100) of an invented company; both check characters are right."""
    organisation = f"MADEM{serial:03d}"
    total = sum(w * _base36(c) for w, c in zip(_ORGANISATION, organisation, strict=True))
    inner = "0123456789X"[(11 - total % 11) % 11]
    body = f"91{INVENTED_PREFIX}{organisation}{inner}"
    weighted = sum(pow(3, i, 31) * _USCC.index(c) for i, c in enumerate(body))
    return body + _USCC[(31 - weighted % 31) % 31]


def _base36(character: str) -> int:
    return int(character, 36)
