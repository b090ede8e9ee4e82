"""Divisions: codes, paths, mergers, scopes and search."""

from datetime import date

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.kernel.database import reading, writing
from portal.kernel.errors import Conflict, Refused
from portal.kernel.keyset import Start
from portal.registers.corrections import Act, version_of
from portal.registers.divisions import actions, queries, rules
from portal.registers.divisions.models import Division
from tests.factories.divisions import (
    ACT,
    CITY,
    COUNTY,
    GAOGOU,
    OTHER_VILLAGE,
    VILLAGE,
    make_county,
    make_division,
    make_merger,
    make_unit,
)


@pytest.mark.parametrize(
    ("code", "level", "parent"),
    [
        ("320000000000", 1, None),
        ("320800000000", 2, "320000000000"),
        ("320826000000", 3, "320800000000"),
        ("320826104000", 4, "320826000000"),
        ("320826104201", 5, "320826104000"),
    ],
)
def test_level_and_parent_are_read_from_the_digits(code: str, level: int, parent: str | None) -> None:
    assert (rules.level_of(code), rules.parent_of(code)) == (level, parent)


def test_a_code_is_valid_on_its_last_day_and_unknown_is_not_false() -> None:
    period = [(date(1996, 1, 1), date(2016, 10, 7))]
    assert rules.validity(period, date(2016, 10, 7)) is True
    assert rules.validity(period, date(2016, 10, 8)) is False
    assert rules.validity([], date(2016, 10, 8)) is None


def test_a_ring_of_successors_ends() -> None:
    assert rules.living_code("a", {"a": "b", "b": "c", "c": "a"}) == "c"


def test_a_path_goes_from_the_county_down(session: Session) -> None:
    make_county(session)
    assert queries.written_path(session, VILLAGE) == "涟水县 › 高沟镇 › 扎新村"
    assert [s.level for s in queries.name_path(session, VILLAGE, top=2)] == [2, 3, 4, 5]
    assert queries.written_path(session, "999999999999") == "999999999999"


def test_children_are_those_right_below(session: Session) -> None:
    make_county(session)
    assert [p.name for p in queries.list_children(session, COUNTY)] == ["高沟镇", "红窑镇"]
    assert [p.name for p in queries.list_children(session, None)] == ["江苏省"]


def test_a_scope_reaches_everything_below_and_nothing_beside(session: Session) -> None:
    make_county(session)
    assert queries.expand_codes(session, [GAOGOU]) == {GAOGOU, VILLAGE, "320826104202"}
    assert OTHER_VILLAGE in queries.expand_codes(session, [CITY])
    assert queries.expand_codes(session, []) == frozenset()


def test_a_scope_follows_mergers_both_ways(session: Session) -> None:
    make_county(session)
    make_merger(session)
    new, old, street = "320812000000", "320802000000", "320802001000"
    assert queries.expand_codes(session, [new]) >= {new, old, street, "320811000000"}
    assert queries.expand_codes(session, [old]) >= {new, old, street}
    assert queries.present_code(session, old) == new
    assert queries.present_code(session, GAOGOU) == GAOGOU


def test_what_is_counted_by_runs_of_codes_is_what_lies_within(session: Session) -> None:
    make_county(session)
    make_merger(session)
    column = Division.__table__.c.code
    for roots in ([], [CITY], [COUNTY], [GAOGOU], [VILLAGE], [VILLAGE, OTHER_VILLAGE], ["320899999999"]):
        counted = session.scalars(select(column).where(queries.counts_within(session, column, roots))).all()
        assert set(counted) == queries.expand_codes(session, roots) & set(session.scalars(select(column)))
    assert rules.runs(["1", "2", "3", "5"], {"1", "2", "5"}) == [("1", "2"), ("5", "5")]


def test_an_abolished_code_is_not_valid_afterwards(session: Session) -> None:
    make_county(session)
    make_merger(session)
    assert queries.code_validity(session, "320802000000", date(2016, 10, 7)) is True
    assert queries.code_validity(session, "320802000000", date(2020, 1, 1)) is False
    assert queries.code_validity(session, "110000000000", date(2020, 1, 1)) is None


@pytest.mark.parametrize(
    ("words", "name"),
    [("高沟", "高沟镇"), ("ggz", "高沟镇"), ("gaogou", "高沟镇"), ("clc", "长乐村"), ("zlc", "长乐村")],
)
def test_a_place_is_found_by_name_and_by_pinyin(session: Session, words: str, name: str) -> None:
    make_county(session)
    assert queries.search_divisions(session, words)[0].name == name


def test_a_search_stays_inside_the_scope_and_finds_codes(session: Session) -> None:
    make_county(session)
    assert queries.search_divisions(session, "沙荡", within=[GAOGOU]) == []
    assert [f.code for f in queries.search_divisions(session, "3208261042")] == [VILLAGE, "320826104202"]
    assert queries.search_divisions(session, "沙荡村")[0].path == "涟水县 › 红窑镇 › 沙荡村"
    assert queries.search_divisions(session, "%") == []


def test_the_list_pages_by_key(session: Session) -> None:
    make_county(session)
    first = queries.list_divisions(session, [COUNTY], limit=2)
    rest = queries.list_divisions(session, [COUNTY], after=Start((first[-1]["code"], first[-1]["id"])))
    assert [r["name"] for r in first] == ["涟水县", "高沟镇"]
    assert [r["name"] for r in rest] == ["扎新村", "长乐村", "红窑镇", "沙荡村"]


def test_a_unit_is_found_by_code_or_unique_name(session: Session) -> None:
    make_county(session)
    make_unit(session)
    make_unit(session, "U-1", "村民委员会")
    make_unit(session, "U-2", "村民委员会")
    found = queries.find_unit(session, " 涟水县农业农村局 ")
    assert found is not None
    assert found.code == "U-NY"
    assert queries.find_unit(session, "村民委员会") is None
    assert queries.get_unit(session, "U-2").name == "村民委员会"
    assert [u["code"] for u in queries.list_units(session, [COUNTY], words="村民")] == ["U-1", "U-2"]


def test_the_same_code_and_day_is_refused(session: Session) -> None:
    make_county(session)
    with pytest.raises(Refused, match="已经登记过"):
        make_division(session, VILLAGE, "扎新村")


@pytest.mark.parametrize(
    "values",
    [
        {"code": "32082610", "parent_code": "320826100000"},
        {"code": "320826104203", "valid_to": date(1990, 1, 1)},
        {"code": "320826104203", "successor_code": "320826199999"},
        {"code": "32082610420X"},
    ],
)
def test_a_division_that_cannot_be_is_refused(session: Session, values: dict[str, object]) -> None:
    make_county(session)
    with pytest.raises(Refused):
        make_division(session, name="某村", **values)  # type: ignore[arg-type]  # the code is among the values


def test_a_correction_needs_the_present_version(engine: Engine) -> None:
    with writing(engine) as session:
        make_county(session)
        row = make_division(session, "320826104205", "新村")
        seen = version_of(row)
        row_id = row.id
    with writing(engine) as session:
        actions.correct_division(session, row_id, {"name": "新河村"}, ACT, seen)
    with writing(engine) as session, pytest.raises(Conflict, match="刚被别人改过"):
        actions.correct_division(session, row_id, {"name": "新湖村"}, ACT, seen)
    with reading(engine) as session:
        assert queries.get_division(session, "320826104205").name == "新河村"


def test_a_change_without_a_reason_is_refused(session: Session) -> None:
    make_county(session)
    with pytest.raises(Exception, match="没有写原因"):
        actions.add_unit(session, {"code": "U-9", "name": "某单位", "kind": "其他"}, Act("user:a", " "))
