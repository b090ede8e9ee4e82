"""Lines of a notice from a table: heads known by many names, sums checked and left out, every wrong cell named."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.kernel.errors import BadFields, BadInput, Refused
from portal.publishing.notices.models import NoticeKind
from portal.publishing.notices.patterns.rules import PATTERNS, Of, get_pattern, head_problem
from portal.publishing.notices.rows.rules import household_numbers, read_table, table_of

ENTRY, PAID, SHARED = get_pattern("entry"), get_pattern("subsidy"), get_pattern("allocation")


def test_a_pasted_table_is_read_by_its_heads() -> None:
    table = table_of("序号\t户主姓名\t门牌\t人口数\t评议意见\n1\t张建国\t扎新村1组\t3\t拟纳入\n")
    with pytest.raises(Refused, match="没有“门牌”这一列"):
        read_table(ENTRY, table)
    rows, declared = read_table(ENTRY, [["序号", "户主姓名", "住址", "人口数", "评议意见"], *table[1:]])
    assert dict(rows[0].cells) == {"name": "张建国", "group": "扎新村1组", "persons": 3, "opinion": "拟纳入"}
    assert declared == {}


def test_a_sum_line_is_checked_and_left_out() -> None:
    said = "单位,金额（元）\n红窑镇,1000.50\n高沟镇,2000\n合计,{total}\n"
    rows, _declared = read_table(SHARED, table_of(said.format(total="3000.50")))
    assert [row.cells["amount_fen"] for row in rows] == [1000_50, 2000_00]
    with pytest.raises(BadFields) as wrong:
        read_table(SHARED, table_of(said.format(total="3001")))
    assert [problem.code for problem in wrong.value.errors] == ["sum"]


def test_a_note_beside_an_amount_does_not_stop_it() -> None:
    rows, _declared = read_table(SHARED, [["乡镇", "金额"], ["红窑镇", "10(其中,灾情因素6万元)"]])
    assert rows[0].cells["amount_fen"] == 10_00


def test_every_wrong_cell_is_named_with_its_line() -> None:
    with pytest.raises(BadFields) as wrong:
        read_table(
            ENTRY, [["姓名", "村组", "人口", "意见"], ["张建国", "", "三口", "拟纳入"], ["", "2组", "2", "拟纳入"]]
        )
    assert [p.field for p in wrong.value.errors] == ["1.group", "1.persons", "2.name"]
    assert wrong.value.errors[1].message.startswith("第 1 行“家庭人口”写的是“三口”")


@pytest.mark.parametrize(
    "head",
    [
        "身份证号",
        "证件号码",
        "银行账号",
        "一卡通卡号",
        "联系电话",
        "健康状况",
        "残疾等级",
        "致贫原因",
        "低保类别",
        "子女情况",
        "出生日期",
    ],
)
def test_columns_that_no_notice_has_are_refused_by_name(head: str) -> None:
    for pattern in PATTERNS.values():
        with pytest.raises(Refused, match=f"“{head}”这一列不能上公示"):
            head_problem(pattern, head)


def test_a_list_of_numbers_is_told_from_a_table() -> None:
    assert household_numbers(table_of("户编号\nHH-1\nHH-2\n")) == ["HH-1", "HH-2"]
    assert household_numbers(table_of("姓名,村组\n张三,1组\n")) == []
    with pytest.raises(BadInput, match="没有数据"):
        read_table(ENTRY, table_of("姓名,村组\n"))


def test_every_pattern_is_whole() -> None:
    for pattern in PATTERNS.values():
        assert pattern.parameter.startswith("posting_days.")
        assert pattern.basis and pattern.lead and (pattern.columns or pattern.details)
        assert set(pattern.kinds) <= set(NoticeKind)
        assert pattern.lists_people == any(column.of is Of.NAME for column in pattern.columns)
        codes = [column.code for column in pattern.columns]
        assert len(set(codes)) == len(codes)


@settings(max_examples=60)
@given(st.lists(st.lists(st.text(max_size=8), max_size=5), max_size=4))
def test_nothing_that_is_pasted_breaks_it(table: list[list[str]]) -> None:
    text = "\n".join("\t".join(row) for row in table)
    try:
        rows, _declared = read_table(PAID, table_of(text))
    except (BadInput, Refused):
        return
    assert all(row.cells["name"] for row in rows)
