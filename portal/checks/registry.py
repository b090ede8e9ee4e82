"""The rule registry 规则目录: every rule is declared once, and nothing runs that is not declared here.

A declaration says what the rule looks at, which dated parameters it reads, who verifies and on what basis; its
expression gives a statement whose columns are the subject and the evidence. Later rules are added to the tuples of
`comparison` and `warnings`; there is never a second registry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select

from portal.kernel.clock import start_of_day_cn
from portal.kernel.errors import BadInput
from portal.oversight.leads.queries import Severity
from portal.registers.divisions.parameters.rules import ParameterRow
from portal.registers.helpers.check_ins.questions.rules import Question


@dataclass(frozen=True)
class ParameterRead:
    """A dated parameter that a rule reads: its name, what holds where no row says otherwise, and the unit."""

    name: str
    default: str
    unit: str = ""


@dataclass(frozen=True)
class RuleVersion:
    """One step of a rule's history."""

    version: int
    valid_from: date
    change: str


@dataclass(frozen=True)
class Looking:
    """What an expression is given: the run's as-of date and the parameters in force.

    `parameters`: the nation-wide values on that date; `rows`: every dated row of each name, for a place's own value.
    `known_at`: of a replay, the moment of the first run: tables without versions are read up to then.
    """

    as_of: date
    parameters: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, Sequence[ParameterRow]] = field(default_factory=dict)
    known_at: datetime | None = None

    @property
    def until(self) -> datetime:
        """The moment at which the as-of date ends in China."""
        return start_of_day_cn(self.as_of + timedelta(days=1))

    def since(self, days: int) -> datetime:
        """The moment at which the last `days` days, the as-of date among them, begin in China."""
        return start_of_day_cn(self.as_of - timedelta(days=days - 1))


Statement = Select[*tuple[Any, ...]]

Expression = Callable[[Looking], Statement]
"""A statement with the columns subject_kind, subject_no, division_code, household_no, person_id; the rest is evidence.

A column `severity` says otherwise than the rule for its row."""

Row = Mapping[Any, Any]


@dataclass(frozen=True)
class Rule:
    """规则: data about a check."""

    code: str
    title: str
    looks_at: str
    condition: str
    severity: Severity
    verifier: str
    may_follow: str
    guide: str
    legal_basis: str
    expression: Expression
    history: tuple[RuleVersion, ...]
    parameters: tuple[ParameterRead, ...] = ()
    earlier: Mapping[int, Expression] = field(default_factory=dict)  # what superseded versions looked for
    valid_to: date | None = None
    window_days: int | None = None
    """How many days back the rule looks, by the moment in `received_at` of its evidence. What is older stays as it is."""
    question: Question | None = None
    """What the person concerned is asked before anybody else looks at a hit; none: nobody is asked first."""
    only_supervision: bool = False
    """Its leads are for supervision alone: about those who handle others' data, or told by a household in confidence."""
    gather: Callable[[Looking, Iterable[Row]], Iterable[Row]] | None = None
    """Brings rows of the statement together into hits, where a set-based one would only list their parts."""
    left_out: Expression | None = None
    """What the rule cannot look at: a statement with the columns why, division_code, households. The run says so."""

    @property
    def version(self) -> int:
        """The number of the version in force."""
        return self.history[-1].version

    def expression_of(self, version: int) -> Expression:
        """What a version of the rule looks for; one that says nothing of its own looks for what the latest does."""
        return self.earlier.get(version, self.expression)

    @property
    def family(self) -> str:
        """The letter that says which command runs it: E L Q I compare, F P H S warn."""
        return self.code[0]


class Registry:
    """All declared rules by code, in the order of the catalogue."""

    def __init__(self, *groups: tuple[Rule, ...]) -> None:
        rules = [rule for group in groups for rule in group]
        self._by_code = {rule.code: rule for rule in rules}
        if len(self._by_code) != len(rules):
            raise ValueError("a rule is declared twice")

    def all(self) -> list[Rule]:
        """Every rule."""
        return list(self._by_code.values())

    def of_families(self, families: str) -> list[Rule]:
        """The rules whose code begins with one of the letters."""
        return [rule for rule in self.all() if rule.family in families]

    def named(self, codes: list[str]) -> list[Rule]:
        """The rules with these codes; BadInput names an unknown one."""
        unknown = [code for code in codes if code not in self._by_code]
        if unknown:
            raise BadInput(f"没有规则 {'、'.join(unknown)}", fix=f"现有规则：{'、'.join(self._by_code)}")
        return [self._by_code[code] for code in codes]
