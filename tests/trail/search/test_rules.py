"""The search language: what is understood is understood whole, and everything else is refused with its place."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.kernel.clock import start_of_day_cn
from portal.kernel.errors import BadInput
from portal.trail.search.rules import WINDOW_DAYS, Query, Subject, Term, parse

TODAY = date(2026, 11, 22)


def asked(text: str) -> Query:
    return parse(text, TODAY)


def test_nothing_asked_means_the_last_days_and_says_so() -> None:
    query = asked("  ")
    assert query.is_default_window
    assert query.since == start_of_day_cn(TODAY - timedelta(days=WINDOW_DAYS - 1))
    assert query.until == start_of_day_cn(TODAY + timedelta(days=1))


@pytest.mark.parametrize(
    "text", ["actor:wang 动作:payment.line.recorded", "操作人：wang action：payment.line.recorded"]
)
def test_chinese_and_english_names_and_colons_mean_the_same(text: str) -> None:
    query = asked(text)
    assert query.actors == (Term("user:wang"),)
    assert query.actions == (Term("payment.line.recorded"),)


def test_values_may_begin_be_excluded_and_be_quoted() -> None:
    query = asked('-actor:job:nightly action:payment.* -action:"payment.line.recorded" 区划:高沟镇')
    assert query.actors == (Term("job:nightly", excluded=True),)
    assert query.actions == (Term("payment.", begins=True), Term("payment.line.recorded", excluded=True))
    assert query.divisions == (Term("高沟镇"),)


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        ("household/HH-1", Subject("household", "HH-1")),
        ("household", Subject("household", None)),
        ("HH-1", Subject(None, "HH-1")),
        ("payment/FF-2026-01/17", Subject("payment", "FF-2026-01/17")),
        ("FF-2026-01/17", Subject(None, "FF-2026-01/17")),
    ],
)
def test_a_subject_is_a_kind_a_number_or_both(value: str, subject: Subject) -> None:
    assert asked(f"对象:{value}").subjects == (subject,)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("created:>=2026-01-01", date(2026, 1, 1), TODAY),
        ("created:>2026-01-01", date(2026, 1, 2), TODAY),
        ("created:2026-03-05", date(2026, 3, 5), date(2026, 3, 5)),
        ("时间:2026-01-01..2026-01-31", date(2026, 1, 1), date(2026, 1, 31)),
        ("时间:>=2026-01-01 时间:<2026-02-01", date(2026, 1, 1), date(2026, 1, 31)),
        ("时间:<=2026-02-01", date(2000, 1, 1), date(2026, 2, 1)),
    ],
)
def test_days_are_those_of_china_and_whole(text: str, first: date, last: date) -> None:
    query = asked(text)
    assert (query.since, query.until) == (start_of_day_cn(first), start_of_day_cn(last + timedelta(days=1)))
    assert not query.is_default_window


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("张三", "第 1 个字起的“张三”前面没有写查什么"),
        ("actor:wang 低保", "第 12 个字起的“低保”前面没有写查什么"),
        ("who:wang", "第 1 个字起的“who”不是可以查的项"),
        ("actor:", "后面没有写值"),
        ("action:*", "后面没有写值"),
        ('actor:"wang', "没有写值"),
        ('actor:wang"x"', "看不懂"),
        ("created:昨天", "看不懂"),
        ("created:2026-02-30", "没有“2026-02-30”这一天"),
        ("-created:2026-01-01", "时间不能排除"),
        ("created:>=2027-01-01", "没有一天"),
        ("ip:10.0.0.1", "不能按网络地址查"),
        ("a" * 501, "查询太长"),
        ("actor:a " * 21, "条件太多"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        asked(text)
    assert said in str(refused.value)
