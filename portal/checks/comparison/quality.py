"""Data-quality rules 数据质量: Q01, Q08, Q10. One small declaration and one expression each."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, exists, literal, null, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, aliased

from portal.checks.models import PrintedGap
from portal.checks.registry import Looking, Rule, RuleVersion, Statement
from portal.oversight.leads.queries import Severity
from portal.registers.divisions.models import Division
from portal.registers.funds.models import Allocation
from portal.registers.projects.models import Project
from portal.registers.recipients.models import Household, Person
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


def _stale(code: InstrumentedAttribute[Any], on: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """The code is known, but no row of it is valid on the record's date."""
    known, valid = aliased(Division), aliased(Division)
    in_force = and_(valid.code == code, valid.valid_from <= on, or_(valid.valid_to.is_(None), valid.valid_to >= on))
    return and_(
        code.is_not(None),
        on.is_not(None),
        exists(select(known.id).where(known.code == code)),
        ~exists(select(valid.id).where(in_force)),
    )


def code_out_of_force(_looking: Looking) -> Statement:
    """Records whose division code was not valid on the record's own date."""
    parts = [
        select(
            literal(kind).label("subject_kind"),
            number.label("subject_no"),
            code.label("division_code"),
            (number if kind == "household" else cast(null(), String)).label("household_no"),
            on.label("on"),
        ).where(_stale(code, on))
        for kind, number, code, on in (
            ("household", Household.no, Household.division_code, Household.entered_on),
            ("allocation", Allocation.no, Allocation.division_code, Allocation.allocated_on),
            ("project", Project.code, Project.division_code, Project.approved_on),
        )
    ]
    found = union_all(*parts).subquery()
    return select(found)


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
        looks_at="对象、拨付、项目登记的区划代码",
        condition="代码在区划表里有，但在这条记录的日期当天没有生效",
        severity=Severity.HINT,
        verifier="登记单位",
        may_follow="改成当天有效的代码，或补录区划的有效期",
        guide="查这个代码的有效期和后继代码：合并、改名前的记录用旧代码是对的，先看区划表的有效期是否录全，再改记录。",
        legal_basis="统计用区划代码和城乡划分代码编制规则",
        expression=code_out_of_force,
        history=FIRST,
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
