"""Data-quality rules 数据质量: Q01, Q08, Q10. One small declaration and one expression each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    String,
    and_,
    cast,
    exists,
    extract,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from portal.checks.models import PrintedGap
from portal.checks.registry import Looking, Rule, RuleVersion, Statement
from portal.oversight.leads.queries import Severity
from portal.registers.divisions.models import Division
from portal.registers.divisions.parameters.models import Parameter
from portal.registers.funds.models import Allocation
from portal.registers.helpers.models import Helper, Pairing
from portal.registers.projects.assets.models import Asset
from portal.registers.projects.models import Project
from portal.registers.projects.rules import FIELD_OF
from portal.registers.recipients.models import Household, Person, WeakVillage
from portal.registers.recipients.queries import listed_on

FIRST = (RuleVersion(1, date(2026, 11, 21), "首次发布"),)


def wrong_id_number(looking: Looking) -> Statement:
    """Persons of listed households whose ID number is of the right shape and wrong in itself."""
    return (
        select(
            literal("person").label("subject_kind"),
            ("P" + cast(Person.identity, String)).label("subject_no"),
            Household.division_code,
            Household.no.label("household_no"),
            Person.identity.label("person_id"),
            Person.id_check.label("check"),
            Person.id_prefix.label("prefix"),
        )
        .join(Household, Household.identity == Person.household_id)
        .where(listed_on(looking.as_of), Person.id_check.in_(("bad_length", "bad_date", "bad_check", "bad_prefix")))
    )


@dataclass(frozen=True)
class _Dated:
    """Records of one register that carry a division code and a date of their own; of some only the year is known."""

    kind: str
    number: ColumnElement[str] | InstrumentedAttribute[str]
    code: InstrumentedAttribute[Any]
    on: ColumnElement[Any] | InstrumentedAttribute[Any] | None = None
    year: InstrumentedAttribute[int] | None = None
    through: tuple[type[Any], ColumnElement[bool]] | None = None  # a further register that the number is made of

    def out_of_force(self) -> Statement:
        """The records whose code is known, but of which no row is valid on their date."""
        known = aliased(Division)
        household = self.number if self.kind == "household" else cast(null(), String)
        found = select(
            literal(self.kind).label("subject_kind"),
            self.number.label("subject_no"),
            self.code.label("division_code"),
            household.label("household_no"),
            (cast(null(), Date) if self.on is None else self.on).label("on"),
            cast(null() if self.year is None else self.year, Integer).label("year"),
        )
        if self.through is not None:
            found = found.join(*self.through)
        return found.where(
            self.code.is_not(None),
            exists(select(known.id).where(known.code == self.code)),
            ~self._holds() if self.on is None else and_(self.on.is_not(None), ~self._holds()),
        )

    def _holds(self) -> ColumnElement[bool]:
        """A row of the code is valid on the date, or on some day of the year: no day of it was wrong for certain."""
        valid = aliased(Division)
        since: ColumnElement[Any] | InstrumentedAttribute[Any] = valid.valid_from
        until: ColumnElement[Any] | InstrumentedAttribute[Any] = valid.valid_to
        if self.on is None:
            since, until = extract("year", since), extract("year", until)
        when = self.year if self.on is None else self.on
        in_force = and_(valid.code == self.code, since <= when, or_(valid.valid_to.is_(None), until >= when))
        return exists(select(valid.id).where(in_force))


def _key(*parts: Any) -> ColumnElement[str]:
    """The parts of a record's key as one number: `B-7/320826104201/2026-01-01`."""
    texts = [part if isinstance(part.type, String) else cast(part, String) for part in parts]
    return reduce(lambda whole, part: whole + "/" + part, texts)


_HOUSEHOLDS = _Dated("household", Household.no, Household.division_code, Household.entered_on)
_ALLOCATIONS = _Dated("allocation", Allocation.no, Allocation.division_code, Allocation.allocated_on)
_FIRST_CHECKED = (
    _HOUSEHOLDS,
    _ALLOCATIONS,
    _Dated("project", Project.code, Project.division_code, Project.approved_on),
)
"""What version 1 looked at: replays of its runs see the same."""
_CHECKED = (
    _HOUSEHOLDS,
    _ALLOCATIONS,
    _Dated(
        "project",
        Project.code,
        Project.division_code,
        func.coalesce(Project.approved_on, *(getattr(Project, column) for column in FIELD_OF.values())),
    ),
    _Dated("asset", Asset.code, Asset.division_code, Asset.confirmed_on),
    _Dated(
        "weak_village",
        _key(WeakVillage.village_code, WeakVillage.recognised_year),
        WeakVillage.village_code,
        year=WeakVillage.recognised_year,
    ),
    _Dated(
        "pairing",
        _key(Helper.no, Pairing.village_code, Pairing.started_on),
        Pairing.village_code,
        Pairing.started_on,
        through=(Helper, Helper.identity == Pairing.helper_id),
    ),
    _Dated(
        "parameter",
        _key(Parameter.name, Parameter.division_code, Parameter.purpose, Parameter.series, Parameter.valid_from),
        Parameter.division_code,
        Parameter.valid_from,
    ),
)
"""Every register whose records carry a code and a date of their own. Units have no date; payments, incomes and
distributions no code: theirs is the line's, the household's, the asset's."""


def _out_of_force(checked: tuple[_Dated, ...]) -> Statement:
    return select(union_all(*(dated.out_of_force() for dated in checked)).subquery())


def code_out_of_force(_looking: Looking) -> Statement:
    """Records whose division code was not valid on the record's own date."""
    return _out_of_force(_CHECKED)


def code_out_of_force_first(_looking: Looking) -> Statement:
    """The same as version 1 saw it."""
    return _out_of_force(_FIRST_CHECKED)


def printed_gap(_looking: Looking) -> Statement:
    """Printed totals that their parts do not reach, and rows that do not balance, of imports that stand."""
    return select(
        literal("printed").label("subject_kind"),
        (PrintedGap.batch_no + "/" + PrintedGap.subject_no).label("subject_no"),
        PrintedGap.division_code,
        PrintedGap.kind,
        PrintedGap.evidence,
    ).where(PrintedGap.withdrawn_at.is_(None))


QUALITY = (
    Rule(
        code="Q01",
        title="证件号码错误",
        looks_at="在册户的家庭成员",
        condition="号码的长度、出生日期、校验码不对，或前两位不是任何省份（已撤销的县代码算对）",
        severity=Severity.HINT,
        verifier="户口所在村、乡镇",
        may_follow="核对原件后更正号码，人不变",
        guide="请本户出示户口簿或身份证，对照号码逐位核对；号码抄错的在登记里更正并写明原因，原件本身有误的请到派出所更正。",
        legal_basis="GB 11643-1999《公民身份号码》",
        expression=wrong_id_number,
        history=FIRST,
    ),
    Rule(
        code="Q08",
        title="区划代码失效",
        looks_at="对象、经济薄弱村、拨付、项目、资产、结对、动态参数登记的区划代码",
        condition="代码在区划表里有，但在这条记录的日期当天没有生效；只有年度的，是全年没有一天生效",
        severity=Severity.HINT,
        verifier="登记单位",
        may_follow="改成当天有效的代码，或补录区划的有效期",
        guide="查这个代码的有效期和后继代码：合并、改名前的记录用旧代码是对的，先看区划表的有效期是否录全，再改记录。",
        legal_basis="统计用区划代码和城乡划分代码编制规则",
        expression=code_out_of_force,
        earlier={1: code_out_of_force_first},
        history=(*FIRST, RuleVersion(2, date(2026, 11, 22), "凡有区划代码和自己日期的登记都查")),
    ),
    Rule(
        code="Q10",
        title="印刷数据不平",
        looks_at="导入的公示表、完成情况表",
        condition="印出的合计与各行之和差一分以上，或一行的整体不等于各部分之和",
        severity=Severity.HINT,
        verifier="公布这张表的单位",
        may_follow="请公布单位说明差额或更正公布；已导入的数字照印出的保留",
        guide="公布的数字是事实，差额也是事实。找到原件，看是漏了一行、单位不一致还是印错，请公布单位书面说明。",
        legal_basis="国开办发〔2018〕11号 第四条：公开信息要可核查",
        expression=printed_gap,
        history=FIRST,
    ),
)
