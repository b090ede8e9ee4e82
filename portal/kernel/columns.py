"""A column of a file at once: the same answers as `cells.read_cell`, at the speed that a million rows need.

Repeated values are read once and remembered between batches; clean values are recognised in bulk.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from portal.kernel.cell_errors import CellError
from portal.kernel.cells import MAX_TEXT, SPECIAL, CellKind, CellRule, Reading, Tidied, read_cell
from portal.kernel.characters import needs_care, plain
from portal.kernel.identity import CreditCode, IdCheck, classify_many, parse_payee_number
from portal.kernel.money import FEN_PLACES, plain_fen

_REMEMBERED: Final = 200_000
_CHUNK: Final = 2048
_LONGEST_SPECIAL: Final = max(map(len, SPECIAL))


@dataclass(frozen=True, slots=True)
class ColumnError:
    """One refused cell: its index in the column, the value as written, why, and what to do."""

    index: int
    value: str
    why: str
    fix: str


@dataclass(slots=True)
class ColumnResult:
    """A column as read: typed values in step with the input (None where blank or refused; CLEAR for 清空).

    `notes` and `differences` belong to amounts, `findings` to resident IDs (what Q01 asks); all by index.
    """

    values: list[Any]
    errors: list[ColumnError] = field(default_factory=list)
    tidied: Counter[Tidied] = field(default_factory=Counter)
    notes: dict[int, str] = field(default_factory=dict)
    differences: dict[int, Decimal] = field(default_factory=dict)
    findings: dict[int, IdCheck] = field(default_factory=dict)


class ColumnReader:
    """Reads the batches of one column by one rule; remembers what it has read."""

    def __init__(self, rule: CellRule) -> None:
        self.rule = rule
        self._special = SPECIAL | rule.none | {"", None}
        self._values: dict[str | None, Any] = {None: None, "": None}
        self._odd: dict[str, Reading | CellError] = {}

    def read(self, values: Sequence[str | None]) -> ColumnResult:
        """Read one batch. Never raises for a bad cell: it is listed in `errors` and its value is None."""
        if self.rule.kind in (CellKind.ID, CellKind.PAYEE_NUMBER):
            return self._read_ids(values)
        if len(self._values) > _REMEMBERED:
            self._values = {None: None, "": None}
            self._odd = {}
        known = self._values
        new = [value for value in dict.fromkeys(values) if value not in known]
        if new:
            self._learn([value for value in new if value is not None])
        result = ColumnResult(list(map(known.__getitem__, values)))
        if self._odd:
            self._report_odd(values, result)
        return result

    def _learn(self, new: list[str]) -> None:
        shortcut = _SHORTCUTS.get(self.rule.kind)
        rest: Iterable[str] = new
        if shortcut is not None:
            fast, rest = shortcut(new, self.rule, self._special)
            self._values.update(fast)
        for value in rest:
            try:
                reading: Reading | CellError = read_cell(value, self.rule)
            except CellError as refusal:
                reading = refusal
            if isinstance(reading, CellError):
                self._values[value] = None
                self._odd[value] = reading
                continue
            self._values[value] = reading.value
            if reading[1:] != (None, None, None):
                self._odd[value] = reading

    def _report_odd(self, values: Sequence[str | None], result: ColumnResult) -> None:
        odd = self._odd
        for index, value in enumerate(values):
            if value in odd:
                _note(result, index, value, odd[value])

    def _read_ids(self, values: Sequence[str | None]) -> ColumnResult:
        """IDs hardly repeat, so they are judged as an array instead of being remembered."""
        special = self._special
        places = [index for index, value in enumerate(values) if value not in special]
        numbers = [value for value in values if value not in special and value is not None]
        column = classify_many(numbers)
        if len(places) == len(values):
            result = ColumnResult(list(column.normalised))
        else:
            result = ColumnResult([None] * len(values))
            for place, number in zip(places, column.normalised, strict=True):
                result.values[place] = number
            self._read_special(values, set(places), result)
        for index in column.refused:
            self._read_one(places[index], numbers[index], result)
        result.findings.update({places[index]: check for index, check in column.findings.items()})
        if self.rule.kind is CellKind.PAYEE_NUMBER:
            self._doubt_findings(values, result)
        if column.tidied:
            result.tidied[Tidied.IDENTITY] += column.tidied
        return result

    def _read_special(self, values: Sequence[str | None], usual: set[int], result: ColumnResult) -> None:
        for index, value in enumerate(values):
            if value and index not in usual:
                self._read_one(index, value, result)

    def _doubt_findings(self, values: Sequence[str | None], result: ColumnResult) -> None:
        """What is wrong as a person's number may be right as an organisation's."""
        for index in list(result.findings):
            if isinstance(parse_payee_number(values[index]), CreditCode):
                del result.findings[index]

    def _read_one(self, index: int, value: str, result: ColumnResult) -> None:
        try:
            reading: Reading | CellError = read_cell(value, self.rule)
        except CellError as refusal:
            reading = refusal
        if isinstance(reading, Reading):
            result.values[index] = reading.value
        _note(result, index, value, reading)


def normalise_column(rule: CellRule | CellKind, values: Sequence[str | None]) -> ColumnResult:
    """Read one whole column at once (a file in batches keeps one ColumnReader per column instead)."""
    return ColumnReader(rule if isinstance(rule, CellRule) else CellRule(rule)).read(values)


def _note(result: ColumnResult, index: int, value: str, reading: Reading | CellError) -> None:
    if isinstance(reading, CellError):
        result.errors.append(ColumnError(index, value, reading.why, reading.fix))
        return
    if reading.tidied is not None:
        result.tidied[reading.tidied] += 1
    if reading.note is not None:
        result.notes[index] = reading.note
    if reading.difference is not None:
        result.differences[index] = reading.difference


_Shortcut = Callable[[list[str], CellRule, frozenset[Any]], tuple[Mapping[str, Any], list[str]]]


def _clean_texts(new: list[str], rule: CellRule, special: frozenset[Any]) -> tuple[Mapping[str, Any], list[str]]:
    """One search over many texts joined by blanks: a stray blank at either end of one shows as two in a row."""
    fast: dict[str, Any] = {}
    rest: list[str] = []
    for start in range(0, len(new), _CHUNK):
        chunk = new[start : start + _CHUNK]
        joined = " ".join(chunk)
        if needs_care(joined) or max(map(len, chunk)) > MAX_TEXT:
            rest.extend(chunk)
        else:
            fast.update(zip(chunk, chunk, strict=True))
    for value in [value for value in fast if value in special or _may_be_special(value, special)]:
        del fast[value]
        rest.append(value)
    return fast, rest


def _may_be_special(value: str, special: frozenset[Any]) -> bool:
    """`—` and `／` say “none” as `-` and `/` do; only what is short and not plain ASCII has to be looked at."""
    return len(value) <= _LONGEST_SPECIAL and not value.isascii() and plain(value) in special


def _plain_amounts(new: list[str], rule: CellRule, special: frozenset[Any]) -> tuple[Mapping[str, Any], list[str]]:
    places = FEN_PLACES[rule.unit]
    one = rf"-?[0-9]{{1,9}}(?:\.[0-9]{{1,{places}}})?" if places else "-?[0-9]{1,9}"
    all_match = re.compile(rf"(?:{one} )*+").fullmatch
    one_matches = re.compile(one).fullmatch
    fast: dict[str, Any] = {}
    rest: list[str] = []
    for start in range(0, len(new), _CHUNK):
        chunk = new[start : start + _CHUNK]
        if not all_match(" ".join(chunk) + " "):
            rest.extend(value for value in chunk if not one_matches(value))
            chunk = [value for value in chunk if one_matches(value)]
        fast.update((value, plain_fen(value, places)) for value in chunk)
    for value in special.intersection(fast):
        del fast[value]
        rest.append(value)
    return fast, rest


def _digits(shortest: int, longest: int, convert: Callable[[str], Any]) -> _Shortcut:
    def shortcut(new: list[str], rule: CellRule, special: frozenset[Any]) -> tuple[Mapping[str, Any], list[str]]:
        fast, rest = {}, []
        for value in new:
            plain_digits = shortest <= len(value) <= longest and value.isascii() and value.isdecimal()
            if plain_digits and value not in special and (convert is str or value[0] != "0" or value == "0"):
                fast[value] = convert(value)
            else:
                rest.append(value)
        return fast, rest

    return shortcut


_SHORTCUTS: Final[Mapping[CellKind, _Shortcut]] = {
    CellKind.TEXT: _clean_texts,
    CellKind.MONEY: _plain_amounts,
    CellKind.ACCOUNT: _digits(6, 32, str),
    CellKind.CODE12: _digits(12, 12, str),
    CellKind.INTEGER: _digits(1, 15, int),
}
