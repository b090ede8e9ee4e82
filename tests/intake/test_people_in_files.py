"""One person of a household is one record, however often and under whatever name a file writes the number."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.keeping import versions
from portal.registers.recipients.models import Household, Person
from tests.intake.conftest import ALICE, BOB, Put

pytestmark = pytest.mark.usefixtures("read_here")

Read = Callable[[], AbstractContextManager[Session]]


def test_one_number_under_two_names_enters_once_and_the_second_is_refused(county: Put, read: Read) -> None:
    rows = f"户编号,姓名,证件号码,健康状况\nH1,张三,{ALICE},大病\nH1,张叁,{ALICE},\n"
    answer = county("households", rows)
    assert (answer["updated"], answer["rejected"]) == (1, 1)
    assert [(e["row"], e["column"], e["why"]) for e in answer["errors"]] == [(3, "证件号码", "和第 2 行重复，内容不同")]
    with read() as session:
        person = session.scalars(select(Person).where(Person.name == "张三")).one()
        assert person.health == "大病"
        assert len(versions(session, Person, person.id)) == 2


def test_a_new_number_under_two_names_does_not_stop_the_file(county: Put, read: Read) -> None:
    rows = f"户编号,姓名,证件号码,区划代码\nH9,赵六,{BOB},320826100001\nH9,赵陆,{BOB},\nH9,赵七,,\n"
    answer = county("households", rows)
    assert (answer["accepted"], answer["rejected"]) == (2, 1)
    with read() as session:
        household = session.scalars(select(Household).where(Household.no == "H9")).one()
        names = session.scalars(select(Person.name).where(Person.household_id == household.id)).all()
        assert sorted(names) == ["赵七", "赵六"]


def test_a_second_head_of_a_household_is_refused(county: Put) -> None:
    rows = f"户编号,姓名,证件号码,与户主关系,区划代码\nH9,赵六,{BOB},户主,320826100001\nH9,钱七,,户主,\n"
    answer = county("households", rows)
    assert (answer["accepted"], answer["rejected"]) == (1, 1)
    assert [(e["row"], e["column"]) for e in answer["errors"]] == [(3, "与户主关系")]


def test_a_household_cannot_be_left_without_a_village(county: Put, read: Read) -> None:
    answer = county("households", f"户编号,姓名,证件号码,区划代码\nH1,张三,{ALICE},清空\n")
    assert [(e["row"], e["column"], e["value"]) for e in answer["errors"]] == [(2, "区划代码", "清空")]
    with read() as session:
        assert session.scalars(select(Household).where(Household.no == "H1")).one().division_code == "320826100001"


@pytest.mark.parametrize(
    ("column", "first", "second"),
    [
        ("对象类别", "低保户", "特困供养户"),
        ("区划代码", "320826100001", "320826100002"),
        ("纳入日期", "2024-01-01", "清空"),
    ],
)
@pytest.mark.parametrize("head", [0, 1])
def test_two_rows_that_say_different_things_of_their_household_are_not_decided_silently(
    county: Put, column: str, first: str, second: str, head: int
) -> None:
    place = "" if column == "区划代码" else ",区划代码"
    cell = "" if column == "区划代码" else ",320826100001"
    relation = ["户主", "配偶"]
    rows = f"户编号,姓名,与户主关系,{column}{place}\nH9,赵六,{relation[head]},{first}{cell}\n"
    answer = county("households", f"{rows}H9,钱七,{relation[1 - head]},{second}{cell}\nH9,赵小,子女,{cell}\n")
    assert (answer["accepted"], answer["rejected"]) == (2, 1)
    (error,) = answer["errors"]
    assert (error["row"], error["column"], error["value"]) == (3, column, second)
    assert "第 2 行" in error["why"] and first in error["why"] and error["fix"]


def test_the_state_of_a_household_is_that_of_its_heads_row(county: Put, read: Read) -> None:
    rows = "户编号,姓名,与户主关系,区划代码,状态,退出日期\nH9,赵六,配偶,320826100001,已注销,2026-01-05\nH9,钱七,户主,,在册,\n"
    assert county("households", rows)["accepted"] == 2
    with read() as session:
        household = session.scalars(select(Household).where(Household.no == "H9")).one()
        assert (household.status, household.exited_on) == ("在册", None)


def test_two_members_who_differ_on_the_state_need_the_heads_row(county: Put) -> None:
    rows = "户编号,姓名,与户主关系,区划代码,状态\nH9,赵六,配偶,320826100001,已注销\nH9,钱七,子女,,在册\n"
    assert [(e["row"], e["column"]) for e in county("households", rows)["errors"]] == [(3, "状态")]


def test_a_household_whose_only_row_with_a_village_is_refused_leaves_nobody_behind(county: Put, read: Read) -> None:
    rows = (
        "户编号,姓名,证件号码,对象类别,区划代码\nH9,赵六,,低保户,\nH9,钱七,,特困供养户,320826100001\n"
        f"H8,,{BOB},,320826100001\nH8,孙八,,,\n"
    )
    answer = county("households", rows)
    assert (answer["accepted"], answer["rejected"]) == (0, 4)
    assert {(e["row"], e["column"]) for e in answer["errors"]} == {
        (2, "区划代码"), (3, "对象类别"), (4, "姓名"), (5, "区划代码"),
    }  # fmt: skip
    with read() as session:
        assert session.scalars(select(Person).where(Person.name.in_(["赵六", "钱七", "孙八"]))).all() == []
