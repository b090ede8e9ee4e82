"""What each audience may see of helpers and pairings. The only place of this register that masks.

Public: how many helpers and pairings a place has, never who. Inside: names of helpers are official and shown to
everybody who may see the register; numbers in their masked forms, whole ones only by an act. The household that is helped:
the name, and the telephone to call, on its own page alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.kernel.masking import mask_phone
from portal.kernel.sealing import Keyring
from portal.registers.sealed import seal_name


@dataclass(frozen=True)
class PublicSupport:
    """Helpers of one place for everybody: counts."""

    division_code: str
    pairings: int
    without_helper: int | None  # None: fewer than five households, which could be named


def public_support(division_code: str, pairings: int, without_helper: int, smallest: int = 5) -> PublicSupport:
    """Counts for the public page of a place; a small number of households without a helper is not told."""
    return PublicSupport(division_code, pairings, without_helper if without_helper >= smallest else None)


def helper_forms(values: Mapping[str, Any], keyring: Keyring) -> dict[str, str]:
    """The masked forms of a helper's numbers, by field name."""
    forms: dict[str, str] = {}
    if values["id_sealed"] is not None:
        forms["id_number"] = f"{values['id_prefix'] or '*' * 6}{'*' * 12}"
    if values["phone_sealed"] is not None:
        forms["phone"] = mask_phone(keyring.open_(values["phone_sealed"], seal_name("helpers", "phone_sealed")))
    return forms


@dataclass(frozen=True)
class OwnHelper:
    """A helper as the helped household sees him: name, duty, and the telephone to call (empty: none is registered)."""

    no: str
    name: str
    duty: str
    phone: str


def own_helper(values: Mapping[str, Any], keyring: Keyring) -> OwnHelper:
    """For the household's own page: whom to call, and how."""
    sealed = values["phone_sealed"]
    phone = keyring.open_(sealed, seal_name("helpers", "phone_sealed")) if sealed is not None else ""
    return OwnHelper(values["no"], values["name"], values["duty"] or "", phone)
