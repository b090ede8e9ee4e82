"""What each audience may see of households and persons. The only place of this register that masks.

Public: counts only, and none under five. Inside without the full right: masked names, no health, no address beyond the
group, numbers in their masked forms. With it: names and circumstances; a whole number only by an act (`reveal_field`).
A helper, of one of his own households on the phone: the head's name, where it is to the group, first names and ages.
The last four characters of an ID number are shown nowhere: they open a household's own page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.kernel.geo import Datum, Point
from portal.kernel.masking import given_name, mask_account, mask_address, mask_name, mask_phone
from portal.kernel.sealing import Keyring
from portal.registers.recipients.queries import VillageCount
from portal.registers.sealed import seal_name

SMALL_CELL = 5
OTHER = "其他"
ID_STARS = "*" * 12


@dataclass(frozen=True)
class PublicCount:
    """Households of one place for everybody: the sum (None when it would name somebody) and its parts."""

    division_code: str
    households: int | None
    by_category: tuple[tuple[str, int], ...]


def public_counts(counts: Iterable[VillageCount], smallest: int = SMALL_CELL) -> list[PublicCount]:
    """Counts per place: parts under `smallest` merge into 其他, and with them the next one if that is still too small.

    A place with fewer than `smallest` households has no figure of its own. (small_cell, domain rule 1.4)
    """
    places: dict[str, dict[str, int]] = {}
    for count in counts:
        parts = places.setdefault(count.division_code, {})
        category = count.category or OTHER
        parts[category] = parts.get(category, 0) + count.households
    return [_public_count(code, parts, smallest) for code, parts in sorted(places.items())]


def _public_count(code: str, parts: dict[str, int], smallest: int) -> PublicCount:
    total = sum(parts.values())
    if total < smallest:
        return PublicCount(code, None, ())
    kept = dict(parts)
    other = kept.pop(OTHER, 0)
    for category in [name for name, n in kept.items() if n < smallest]:
        other += kept.pop(category)
    while other and other < smallest and kept:
        # Alone, a small rest could be worked out from the total: it takes the smallest shown part along.
        least = min(kept, key=lambda name: (kept[name], name))
        other += kept.pop(least)
    shown = sorted(kept.items(), key=lambda part: (-part[1], part[0]))
    return PublicCount(code, total, (*shown, (OTHER, other)) if other else tuple(shown))


def shown_name(name: str, full: bool) -> str:
    """A person's name inside; without the full right it is masked."""
    return name if full else mask_name(name)


def household_row(row: Mapping[str, Any], full: bool) -> Mapping[str, Any]:
    """A row of the internal list; without the full right the head's name is masked."""
    name = row["head_name"]
    return row if full or name is None else {**row, "head_name": mask_name(name)}


def household_forms(values: Mapping[str, Any], full: bool) -> dict[str, str]:
    """What stands for a household's private fields without the full right."""
    if full or not values["address"]:
        return {}
    return {"address": mask_address(values["address"])}


@dataclass(frozen=True)
class Member:
    """One person as an internal list shows it."""

    id: int
    name: str
    relation: str
    lives_together: bool
    sex: str
    born_year: str
    labour: str
    health: str
    id_form: str
    id_check: str


def member(person_id: int, values: Mapping[str, Any], full: bool) -> Member:
    """One person; without the full right the name is masked and health is absent."""
    born = values["born_on"] or values["id_born_on"]
    return Member(
        id=person_id,
        name=values["name"] if full else mask_name(values["name"]),
        relation=values["relation"] or "",
        lives_together=values["lives_together"],
        sex=values["sex"] or values["id_sex"] or "",
        born_year=str(born.year) if born else "",
        labour=values["labour"] or "",
        health=(values["health"] or "") if full else "",
        id_form=_id_form(values) or "",
        id_check=values["id_check"] or "",
    )


def _id_form(values: Mapping[str, Any]) -> str | None:
    # From the county prefix alone: nothing is opened, and the last four are shown nowhere.
    return None if values["id_sealed"] is None else f"{values['id_prefix'] or '*' * 6}{ID_STARS}"


def person_forms(values: Mapping[str, Any], keyring: Keyring, full: bool) -> dict[str, str]:
    """The masked forms of a person's fields, by field name: numbers always, name only without the full right."""
    forms: dict[str, str] = {}
    if (id_form := _id_form(values)) is not None:
        forms["id_number"] = id_form
    for name, masked in (("account", mask_account), ("phone", mask_phone)):
        sealed = values[f"{name}_sealed"]
        if sealed is not None:
            forms[name] = masked(keyring.open_(sealed, seal_name("persons", f"{name}_sealed")))
    if not full:
        forms["name"] = mask_name(values["name"])
    return forms


@dataclass(frozen=True)
class HelpedMember:
    """A member as the household's helper sees him on the phone: first name and age, no more."""

    name: str
    age: int | None


@dataclass(frozen=True)
class HelpedHousehold:
    """A household as its helper sees it on the phone: what a visit needs, and no number, account or illness."""

    no: str
    head: str
    category: str
    address: str
    place: Point | None
    members: tuple[HelpedMember, ...]


def helped_household(
    values: Mapping[str, Any], members: Iterable[Mapping[str, Any]], on: date, head: str = "户主"
) -> HelpedHousehold:
    """The file of a household for its helper on a day; `values` and `members` are rows of the register."""
    people = list(members)
    names = [person["name"] for person in people if person["relation"] == head]
    return HelpedHousehold(
        no=values["no"],
        head=names[0] if names else "",
        category=values["category"] or "",
        address=mask_address(values["address"]) if values["address"] else "",
        place=_place(values),
        members=tuple(HelpedMember(given_name(person["name"]), _age(person, on)) for person in people),
    )


def _place(values: Mapping[str, Any]) -> Point | None:
    if values["lat_e7"] is None or values["lng_e7"] is None or not values["datum"]:
        return None
    return Point(values["lat_e7"], values["lng_e7"], Datum(values["datum"]))


def _age(person: Mapping[str, Any], on: date) -> int | None:
    born = person["born_on"] or person["id_born_on"]
    if born is None or born > on:
        return None
    return int(on.year - born.year - ((on.month, on.day) < (born.month, born.day)))
