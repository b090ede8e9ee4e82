"""Sealed columns of the registers: under which name each is sealed, and what stands beside it in the open.

A value is sealed under `<table>.<column>` (`persons.id_sealed`), whether a form, a file or the demonstration data
brings it: otherwise nobody could open it. The blind index of a number is the same in every table.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from portal.kernel.cells import CellKind, CellRule, read_cell
from portal.kernel.errors import CannotRun
from portal.kernel.identity import number_key, parse_resident_id
from portal.kernel.sealing import Keyring
from portal.trail.keys import keys_of


def seal_name(table: str, column: str) -> str:
    """The field name under which a column is sealed."""
    return f"{table}.{column}"


def keyring_of(session: Session) -> Keyring:
    """The keyring of the session's installation; raises CannotRun where the process has none."""
    keyring = keys_of(session).keyring
    if not isinstance(keyring, Keyring):
        raise CannotRun("密钥没有装入", fix="请先运行 yangguang init")
    return keyring


def identity_columns(keyring: Keyring, table: str, number: str | None) -> dict[str, Any]:
    """Every `id_*` column of an ID number as it came; an empty one empties them all. CellError for another shape."""
    if not number:
        return dict.fromkeys(("id_sealed", "id_index", "id_born_on", "id_sex", "id_prefix", "id_check"))
    found = parse_resident_id(number)
    return {
        "id_sealed": keyring.seal(found.normalised, seal_name(table, "id_sealed")),
        "id_index": keyring.blind_index(found.first18),
        "id_born_on": found.birth_on,
        "id_sex": found.sex.value if found.sex else None,
        "id_prefix": found.prefix,
        "id_check": found.check.value,
    }


_READING = {"account": CellRule(CellKind.ACCOUNT), "phone": CellRule(CellKind.PHONE)}


def number_columns(keyring: Keyring, table: str, name: str, number: str | None) -> dict[str, Any]:
    """`<name>_sealed` and `<name>_index` of an `account` or `phone`, read as in a file; CellError for another shape."""
    text = read_cell(number, _READING[name]).value
    if not isinstance(text, str):
        return {f"{name}_sealed": None, f"{name}_index": None}
    return {
        f"{name}_sealed": keyring.seal(text, seal_name(table, f"{name}_sealed")),
        f"{name}_index": keyring.blind_index(number_key(text)),
    }


def id_index(keyring: Keyring, number: str) -> bytes:
    """The blind index of an ID number as somebody typed it, for a search; CellError for another shape."""
    return keyring.blind_index(parse_resident_id(number).first18)
