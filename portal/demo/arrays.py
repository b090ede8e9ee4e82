"""Columns: small helpers between numpy and Arrow, so that no row ever becomes a Python object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

type_text = pa.string()

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Words = npt.NDArray[np.str_]
Days = npt.NDArray[np.datetime64]
NO_DAY = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class DemoTable:
    """One file of the demonstration: a kind of the data dictionary, its headers as column names, values already typed.

    Money columns hold integer fen, dates are date32, coordinates are degrees × 10^7, blanks are nulls.
    """

    kind: str
    name: str
    columns: pa.Table

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.columns.num_rows)


def table(kind: str, name: str, columns: Mapping[str, Any]) -> DemoTable:
    """A table from numpy arrays, Arrow arrays or lists; empty text, NaT and None become blanks."""
    made = {header: column(values) for header, values in columns.items()}
    return DemoTable(kind, f"demo:{name}.parquet", pa.table(made))


def column(values: Any) -> pa.Array:
    """One Arrow column; a word column treats the empty string as blank."""
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values
    array = np.asarray(values)
    if array.dtype.kind == "U":
        return pa.array(array, type=type_text, mask=array == "")
    if array.dtype.kind == "M":
        return pa.array(array.astype("datetime64[D]"), type=pa.date32())
    if array.dtype.kind == "O":
        return pa.array(list(values))
    return pa.array(array)


def masked(values: Any, blank: Flags) -> pa.Array:
    """A column whose marked rows are blank."""
    array = np.asarray(values)
    kind = type_text if array.dtype.kind == "U" else None
    return pa.array(array, type=kind, mask=blank)


def words(options: Sequence[str]) -> Words:
    """A lookup array of words."""
    return np.array(options, dtype=np.str_)


def draw(rng: np.random.Generator, options: Mapping[str, float], n: int) -> Words:
    """`n` words drawn with the given weights."""
    weights = np.array(list(options.values()), dtype=np.float64)
    picked: Words = words(list(options))[rng.choice(len(options), size=n, p=weights / weights.sum())]
    return picked


def days_between(rng: np.random.Generator, first: date, last: date, n: int) -> Days:
    """`n` days drawn evenly from first to last, both included."""
    span = max((last - first).days, 0) + 1
    return np.datetime64(first, "D") + rng.integers(0, span, n).astype("timedelta64[D]")


def next_workday(days: Days) -> Days:
    """Saturdays and Sundays moved to Monday (holidays of the calendar are left alone)."""
    moved: Days = np.busday_offset(days, 0, roll="forward")
    return moved


def numbered(prefix: str, numbers: npt.NDArray[Any], width: int) -> Words:
    """`prefix` followed by zero-padded numbers."""
    if not len(numbers):  # zfill cannot say how wide nothing is
        return np.array([], dtype=f"U{len(prefix) + width}")
    padded = np.char.zfill(np.asarray(numbers).astype(f"U{width}"), width)
    joined: Words = np.char.add(prefix, padded)
    return joined
