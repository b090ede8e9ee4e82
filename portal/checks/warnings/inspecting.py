"""A rule over what inspectors drawn by lot have found 随机抽查: S09."""

from __future__ import annotations

from datetime import date

from sqlalchemy import literal, select

from portal.checks.registry import Looking, Rule, RuleVersion, Statement
from portal.oversight.inspections.models import InspectionItem, Outcome
from portal.oversight.leads.queries import Severity

FIRST = (RuleVersion(1, date(2026, 11, 22), "首次发布"),)


def found_otherwise(looking: Looking) -> Statement:
    """Households drawn by lot where two inspectors found something else than the register says."""
    return select(
        literal("inspection_item").label("subject_kind"),
        InspectionItem.no.label("subject_no"),
        InspectionItem.division_code,
        InspectionItem.household_no,
        InspectionItem.visited_on,
        InspectionItem.stratum,
    ).where(InspectionItem.outcome == Outcome.DIFFERS, InspectionItem.visited_on <= looking.as_of)


INSPECTING = (
    Rule(
        code="S09",
        title="随机抽查发现与登记不符",
        looks_at="随机抽查的入户记录",
        condition="两名核查人入户看到的和登记的不一样",
        severity=Severity.ORDINARY,
        verifier="不在本乡镇的核查人",
        may_follow="更正登记，或者启动复核；有人弄虚作假的，移交",
        guide="打开这一户的抽查记录，看哪一问不一致；先问村里和本户是什么时候变的，再看登记是谁录的、谁审的。",
        legal_basis="国办发〔2015〕58号",
        expression=found_otherwise,
        history=FIRST,
    ),
)
