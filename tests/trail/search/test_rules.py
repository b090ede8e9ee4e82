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
    assert asked('actor:"cli:x 时间:y"').actors == (Term("cli:x 时间:y"),), (
        "a quoted value may hold what looks like a term"
    )


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
        ('actor:"wang', "第 7 个字起的引号没有配对"),
        ("actor:wangaction:a", "第 11 个字起的“action:”前面没有空格"),
        ("操作人:a 动作:b时间:>=2026-01-01", "第 11 个字起的“时间:”前面没有空格"),
        ("actor:user:", "第 7 个字起的“user:”后面没有写账号"),
        ("actor:\u200bwang", "看不见的字符"),
        ("action:pay*ment", "* 不在末尾"),
        ("subject:HH*", "第 9 个字起的“HH*”不能用 *"),
        ("区划:高沟*", "不能用 *"),
        ("subject:payment/", "第 9 个字起的“payment/”后面没有写编号"),
        ('actor:wang"x"', "看不懂"),
        ("created:昨天", "看不懂"),
        ("created:2026-02-30", "第 1 个字起：没有“2026-02-30”这一天"),
        ("actor:a created:２０２６-01-01", "第 9 个字起的时间“２０２６-01-01”看不懂"),
        ("created:>9999-12-31", "不在可以查的年份里"),
        ("created:<0001-01-01", "不在可以查的年份里"),
        ("created:2026-02-01..2026-01-01", "第 1 个字起的时间“2026-02-01..2026-01-01”开始在结束之后"),
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
