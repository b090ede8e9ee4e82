"""Rules over those who work with the platform 监督再监督: S06, S07. One small declaration and one expression each."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String, cast, func, literal, select

from portal.accounts.models import RevealDay
from portal.checks.registry import Looking, ParameterRead, Rule, RuleVersion, Statement
from portal.oversight.leads.queries import Severity
from portal.publishing.canaries.models import CanarySighting
from portal.registers.reveals import QUOTA

FIRST = (RuleVersion(1, date(2026, 11, 22), "首次发布"),)


def over_quota(looking: Looking) -> Statement:
    """Days on which a person asked for more sealed fields than the quota; the whole day is one lead."""
    return select(
        literal("account").label("subject_kind"),
        (RevealDay.actor + "/" + cast(RevealDay.day, String)).label("subject_no"),
        RevealDay.day,
        RevealDay.shown,
        RevealDay.over,
    ).where(RevealDay.over > 0, RevealDay.day <= looking.as_of)


def watched_row_outside(_looking: Looking) -> Statement:
    """Watched rows that were about to leave, were asked for from outside, or were found outside."""
    return select(
        literal("canary").label("subject_kind"),
        ("BJ-" + cast(CanarySighting.canary_id, String)).label("subject_no"),
        func.count().label("times"),
        func.min(CanarySighting.how).label("how"),
        func.max(CanarySighting.id).label("newest"),
    ).group_by(CanarySighting.canary_id)


WATCHING = (
    Rule(
        code="S06",
        title="查看加密字段超过限额",
        looks_at="每个账号每天查看加密字段的次数",
        condition="一天里要看的次数超过限额（超过以后每看一个都要重新验证动态码）",
        severity=Severity.ORDINARY,
        verifier="不在本单位的纪检监察员",
        may_follow="说明用途；没有正当用途的，收回权限，按泄露个人信息处理",
        guide="看留痕里这一天查看了谁、写的什么原因，同办理的事项对一对；原因千篇一律、对象互不相干的，请本人逐条说明。",
        legal_basis="个人信息保护法 第五十一条",
        expression=over_quota,
        history=FIRST,
        only_supervision=True,
        parameters=(ParameterRead(QUOTA, "50", "次"),),
    ),
    Rule(
        code="S07",
        title="标记户外泄",
        looks_at="对外的页面和文件、外面找到的文件",
        condition="本平台埋下的标记户（世上没有的一户）出现在对外的页面、公开查询或外面的文件里",
        severity=Severity.SERIOUS,
        verifier="纪检监察负责人",
        may_follow="查清从哪份导出、哪个账号流出，按个人信息安全事件处置",
        guide="标记户只在内部台账里有。先看出现在哪里，再按导出编号和查看留痕倒查谁取过这一户；同一份里的其他户视为已经泄露。",
        legal_basis="个人信息保护法 第五十七条",
        expression=watched_row_outside,
        history=FIRST,
        only_supervision=True,
    ),
)
