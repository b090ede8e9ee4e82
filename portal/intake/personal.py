"""Personal columns of a chunk: blind indexes and what an ID's digits say, so that no rule has to open a sealed value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portal.intake.declaration import CLEAR, Cell
from portal.kernel.identity import CreditCode, IdCheck, classify_many, describe, number_key, parse_payee_number
from portal.kernel.sealing import Keyring
from portal.registers.funds.payments.models import PayeeKind

PERSON, COMPANY = PayeeKind.PERSON.value, PayeeKind.COMPANY.value
_PARTS = ("born_on", "sex", "prefix", "check")


def personal_columns(keyring: Keyring, cell: Cell, field: str, values: Sequence[Any]) -> dict[str, list[Any]]:
    """The open columns beside a sealed one (`<field>_index` and, for IDs, birth date, sex, prefix, check, kind)."""
    plain = [None if value is CLEAR else value for value in values] if CLEAR in values else values
    keys = plain
    if cell in (Cell.ACCOUNT, Cell.PHONE):
        keys = [None if value is None else number_key(value) for value in plain]
    columns: dict[str, list[Any]] = {f"{field}_index": list(keyring.blind_index_many(keys))}
    if cell in (Cell.ID, Cell.PAYEE_ID):
        columns |= _id_parts(field, plain, payee=cell is Cell.PAYEE_ID)
    if plain is not values:
        for column in columns.values():
            for index, value in enumerate(values):
                if value is CLEAR:
                    column[index] = CLEAR
    return columns


def _id_parts(field: str, values: Sequence[str | None], *, payee: bool) -> dict[str, list[Any]]:
    given = values if None not in values else [value for value in values if value is not None]
    judged = classify_many([value for value in given if value is not None])
    odd: dict[str, Any] = {}
    for index in {*judged.findings, *judged.refused}:
        number = given[index]
        assert number is not None
        odd[number] = parse_payee_number(number) if payee else describe(number)
    parts: dict[str, list[Any]] = {f"{field}_{part}": [] for part in _PARTS}
    born, sex, prefix, check = parts.values()
    kinds: list[Any] = []
    ok = IdCheck.OK.value
    for value in values:
        if value is None or value in odd:
            found = odd.get(value) if value is not None else None
            company = isinstance(found, CreditCode)
            kinds.append(COMPANY if company else PERSON if found else None)
            if found is None or company:
                for part in (born, sex, prefix):
                    part.append(None)
                check.append(None if found is None else ok if found.check_ok else IdCheck.BAD_CHECK.value)
                continue
            born.append(found.birth_on.isoformat() if found.birth_on else None)
            sex.append(found.sex.value if found.sex else None)
            prefix.append(found.prefix)
            check.append(found.check.value)
            continue
        born.append(f"{value[6:10]}-{value[10:12]}-{value[12:14]}")
        sex.append("男" if value[16] in "13579" else "女")
        prefix.append(value[:6])
        check.append(ok)
        kinds.append(PERSON)
    if payee:
        parts["payee_kind"] = kinds
    return parts
