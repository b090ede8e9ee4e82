"""Facts of the register as columns: one statement for households, one for members, two for parameters, and the set-wise
computation of incomes. The number of statements does not depend on the number of households.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import compress
from typing import Any, Final

import numpy as np
from sqlalchemy import Select, String, select, type_coerce
from sqlalchemy.orm import Session

from portal.analysis.entitled.evaluator import (
    LEAST,
    MOST,
    Facts,
    Masks,
    Parameter,
    Range,
    all_words,
    bit_of,
    fact_named,
)
from portal.kernel.database import table_of
from portal.publishing.policies.facts import NO, NO_DISABILITY, YES
from portal.publishing.policies.language import Node, leaves_of, parameters_of
from portal.registers.divisions.parameters.queries import list_rows_named
from portal.registers.divisions.parameters.rules import ParameterRow, ValueKind, choose, known_parameter
from portal.registers.divisions.queries import ancestors
from portal.registers.recipients.incomes.computing.queries import computation_of
from portal.registers.recipients.incomes.computing.rules import DIBAO, REGISTER
from portal.registers.recipients.incomes.recomputing.queries import recompute_everybody
from portal.registers.recipients.models import Household, Person
from portal.registers.recipients.queries import Health, HouseholdStatus, Labour

PURPOSES: Final = {"income_per_head": REGISTER, "income_for_dibao": DIBAO}
"""Facts of income, and for which purpose the register computes each."""
ABLE: Final = frozenset({Labour.ORDINARY, Labour.WEAK})
H: Final = table_of(Household).c
P: Final = table_of(Person).c
# Over the tables themselves, and days as they are kept: mapped rows and days made one by one cost as much as all the rest.
_HOUSEHOLDS = select(H.id, H.no, H.division_code, H.category, H.status, H.main_cause).where(H.superseded_at.is_(None))
_PERSONS = select(
    P.household_id, P.id, type_coerce(P.born_on, String), type_coerce(P.id_born_on, String), P.sex, P.id_sex, P.relation,
    P.lives_together, P.health, P.labour, P.schooling, P.disability_level,
).where(P.superseded_at.is_(None))  # fmt: skip
_CHUNK: Final = 10_000
_RELATIONS: Final = {
    "户主": "户主", "配偶": "配偶", "妻子": "配偶", "丈夫": "配偶", "子女": "子女", "儿子": "子女", "女儿": "子女",
    "长子": "子女", "次子": "子女", "长女": "子女", "次女": "子女", "父母": "父母", "父亲": "父母", "母亲": "父母",
}  # fmt: skip


@dataclass(frozen=True)
class Gathered:
    """The facts, and whose they are: stable ids, numbers and places of households; ids of persons; days of recording."""

    facts: Facts
    household_ids: Sequence[int]
    nos: Sequence[str]
    divisions: Sequence[str]
    person_ids: Sequence[int]
    as_of: date
    recorded: Mapping[str, datetime] = field(default_factory=dict)

    def place_of(self, household_id: int) -> int:
        """The index of a household."""
        return self.household_ids.index(household_id)


def gather(
    session: Session,
    as_of: date,
    conditions: Collection[Node],
    household_ids: Collection[int] | None = None,
) -> Gathered:
    """What the conditions ask, of all households of the register that are not cancelled or of some, as of a day.

    Without `household_ids` incomes are computed set-wise, with them one by one (the same rules): name a few only.
    """
    homes = _HOUSEHOLDS.where(H.status.is_distinct_from(HouseholdStatus.CANCELLED)).order_by(H.id)
    people = _PERSONS.order_by(P.household_id, P.id)
    if household_ids is not None:
        homes, people = homes.where(H.id.in_(household_ids)), people.where(P.household_id.in_(household_ids))
    columns = _columns(session, homes)
    index = {household: at for at, household in enumerate(columns[0])}
    members = _of_listed(_columns(session, people), index)
    facts = Facts(np.array([index[household] for household in members[0]], np.int64), len(index))
    _household_facts(facts, columns)
    _person_facts(facts, members, as_of)
    asked = {test.fact.name for node in conditions for test in leaves_of(node)}
    for name in asked & set(PURPOSES):
        facts.ranges[name] = _incomes(session, as_of, PURPOSES[name], columns[0], one_by_one=household_ids is not None)
    names = frozenset[str]().union(*(parameters_of(node) for node in conditions))
    facts.parameters.update(parameters_at(session, names, columns[2], as_of))
    return Gathered(facts, columns[0], columns[1], columns[2], members[1], as_of)


def _columns(session: Session, query: Select[Any]) -> list[list[Any]]:
    """What a statement answers, by column; a part at a time, so that its rows are never all there at once."""
    found: list[list[Any]] = [[] for _ in query.selected_columns]
    rows = session.connection().execute(query, execution_options={"yield_per": _CHUNK})
    for some in rows.partitions():
        for column, more in zip(found, zip(*some, strict=True), strict=True):
            column += more
    return found


def _of_listed(members: list[list[Any]], index: Mapping[int, int]) -> list[list[Any]]:
    """Without the members of households that are not among those asked about."""
    inside = [household in index for household in members[0]]
    return members if all(inside) else [list(compress(column, inside)) for column in members]


def _household_facts(facts: Facts, columns: Sequence[Sequence[Any]]) -> None:
    for name, column in (("category", columns[3]), ("status", columns[4]), ("main_cause", columns[5])):
        facts.masks[name] = _masks(name, column)


def _masks(name: str, column: Iterable[Any]) -> Masks:
    fact = fact_named(name)
    bits: dict[Any, int] = {word: bit_of(fact, word) for word in fact.options}
    whole = all_words(fact)
    return np.array([bits.get(word, whole) for word in column], np.uint32)


def _person_facts(facts: Facts, columns: Sequence[Sequence[Any]], as_of: date) -> None:
    born = [stated or encoded for stated, encoded in zip(columns[2], columns[3], strict=True)]
    facts.ranges["age"] = _ages(born, as_of)
    facts.masks["sex"] = _masks("sex", [a or b for a, b in zip(columns[4], columns[5], strict=True)])
    facts.masks["relation"] = _masks("relation", [_RELATIONS.get(r, "其他") if r else None for r in columns[6]])
    facts.masks["lives_together"] = _masks("lives_together", [YES if together else NO for together in columns[7]])
    for name, column in (("health", columns[8]), ("labour", columns[9]), ("schooling", columns[10])):
        facts.masks[name] = _masks(name, column)
    level = [_level(said, health) for said, health in zip(columns[11], columns[8], strict=True)]
    facts.masks["disability_level"] = _masks("disability_level", level)
    _counts(facts, columns[7], columns[9])


def _level(level: str | None, health: str | None) -> str | None:
    """残疾等级: blank means none where 健康状况 is entered and is not 残疾; else nobody knows."""
    if level is not None:
        return level
    return None if health is None or health == Health.DISABLED else NO_DISABILITY


def _ages(born: Sequence[date | str | None], as_of: date) -> Range:
    """Completed years; a day of birth that is missing, or after the day asked about, says nothing."""
    days = np.array(born, "datetime64[D]")
    is_known = ~np.isnat(days) & (days <= np.datetime64(as_of))
    years = (_number(np.datetime64(as_of)) - _number(np.where(is_known, days, np.datetime64(as_of)))) // 10_000
    return Range(np.where(is_known, years, LEAST), np.where(is_known, years, MOST))


def _number(days: Any) -> Any:
    """Days as whole numbers, year, month and day written behind each other."""
    months = days.astype("datetime64[M]")
    years = months.astype("datetime64[Y]")
    of_month = (days - months).astype(np.int64) + 1
    return (years.astype(np.int64) + 1970) * 10_000 + ((months - years).astype(np.int64) + 1) * 100 + of_month


def _counts(facts: Facts, together: Sequence[bool], labour: Sequence[str | None]) -> None:
    """共同生活的人数, and those of them with labour ability: between who surely has and who may have it."""
    here = np.array(together, bool)
    able = here & np.array([said in ABLE for said in labour], bool)
    maybe = here & np.array([said is None or said in ABLE for said in labour], bool)
    members, low, high = (
        np.bincount(facts.homes, weights=which, minlength=facts.households).astype(np.int64)
        for which in (here, able, maybe)
    )
    empty = members == 0  # a household without members is a gap in the register, not a household of nobody
    facts.ranges["members"] = Range(np.where(empty, LEAST, members), np.where(empty, MOST, members))
    facts.ranges["labourers"] = Range(np.where(empty, LEAST, low), np.where(empty, MOST, high))


def _incomes(session: Session, as_of: date, purpose: str, household_ids: Sequence[int], *, one_by_one: bool) -> Range:
    """Income per head and year in fen; unknown where nobody has entered anything."""
    if one_by_one:
        known = {i: computation_of(session, i, as_of, purpose=purpose).per_head_fen for i in household_ids}
    else:
        known = {one.household_id: one.per_head_fen for one in recompute_everybody(session, as_of, purpose=purpose)}
    found = [known.get(household) for household in household_ids]
    return Range(
        np.array([LEAST if fen is None else fen for fen in found], np.int64),
        np.array([MOST if fen is None else fen for fen in found], np.int64),
    )


def parameters_at(
    session: Session, names: Collection[str], divisions: Sequence[str], as_of: date
) -> dict[str, Parameter]:
    """Each parameter as it holds for each household: chosen once for each village, two statements for all names."""
    places = sorted(set(divisions))
    chains = {code: [place.code for place in chain] for code, chain in ancestors(session, places).items()}
    found = {}
    laid_down = list_rows_named(session, sorted(names)) if names else {}
    for name in sorted(names):
        rows = [row for row in laid_down.get(name, ()) if row.series == ""]
        at = {code: hundredths_of(name, choose(rows, chains.get(code, [code]), as_of, "")) for code in places}
        held = [at[code] for code in divisions]
        found[name] = Parameter(
            np.array([0 if value is None else value for value in held], np.int64),
            np.array([value is not None for value in held], bool),
        )
    return found


def hundredths_of(name: str, row: ParameterRow | None) -> int | None:
    """A parameter's value in hundredths of its unit (money: of fen); None where it is unset."""
    known = known_parameter(name)
    text = row.value if row is not None else known.default if known is not None else None
    if text is None:
        return None
    return int(Decimal(text) * (10_000 if known is not None and known.kind is ValueKind.MONEY else 100))
