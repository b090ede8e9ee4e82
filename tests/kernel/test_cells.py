"""Cells: the forms that the data dictionary lists are read, what is ambiguous is refused with a cure, names keep."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.kernel.cells import CLEAR, CellError, CellKind, CellRule, Tidied, read_cell
from portal.kernel.columns import ColumnReader, normalise_column
from portal.kernel.identity import IdCheck
from tests.kernel.test_identity import an_id

HEALTH = {"健康": "健康", "长期慢性病": "长期慢性病", "慢性病": "长期慢性病", "大病": "大病"}
K = CellKind


def rule(kind: CellKind) -> CellRule:
    return CellRule(kind, choices=HEALTH if kind is K.CHOICE else {})


@pytest.mark.parametrize(
    ("kind", "text", "value", "tidied"),
    [
        (K.DATE, "2020-09-02", date(2020, 9, 2), None),
        (K.DATE, "2020.9.2", date(2020, 9, 2), Tidied.DATE),
        (K.DATE, "2020年9月2日", date(2020, 9, 2), Tidied.DATE),
        (K.DATE, "２０２０年９月２号", date(2020, 9, 2), Tidied.DATE),
        (K.DATE, "20200902", date(2020, 9, 2), Tidied.DATE),
        (K.DATE, "2020-9-2", date(2020, 9, 2), Tidied.DATE),
        (K.DATE, "2020/9/2", date(2020, 9, 2), Tidied.DATE),
        (K.DATE, "2020-09-02 00:00:00", date(2020, 9, 2), Tidied.DATE),
        (K.DATE, "2020-09-02T08:30:00", date(2020, 9, 2), Tidied.DATE),
        (K.DATE, "44076", date(2020, 9, 2), Tidied.DATE),
        (K.DATE, 44076.5, date(2020, 9, 2), Tidied.DATE),
        (K.DATE, datetime(2020, 9, 2, 8), date(2020, 9, 2), Tidied.DATE),
        (K.DATE, " － ", None, Tidied.NONE),
        (K.DATE, "", None, None),
        (K.DATE, "\u3000", None, None),
        (K.DATE, "清空", CLEAR, None),
        (K.MONTH, "2026-05", "2026-05", None),
        (K.MONTH, "2026年5月", "2026-05", Tidied.MONTH),
        (K.MONTH, "2026年05月份", "2026-05", Tidied.MONTH),
        (K.MONTH, "202605", "2026-05", Tidied.MONTH),
        (K.MONTH, "2026.5", "2026-05", Tidied.MONTH),
        (K.MONTH, "2026/5", "2026-05", Tidied.MONTH),
        (K.MONTH, "2026-05-01 00:00:00", "2026-05", Tidied.MONTH),
        (K.YEAR, "2020年度", 2020, Tidied.NUMBER),
        (K.YEAR, "2020", 2020, None),
        (K.YN, "是", True, None),
        (K.YN, "否", False, None),
        (K.YN, "y", True, Tidied.YN),
        (K.YN, "√", True, Tidied.YN),
        (K.YN, True, True, None),
        (K.YN, "0", False, Tidied.YN),
        (K.CODE12, "320826103205", "320826103205", None),
        (K.CODE12, "320826", "320826000000", Tidied.CODE),
        (K.CODE12, "320826103", "320826103000", Tidied.CODE),
        (K.CODE12, "320826103205.0", "320826103205", Tidied.CODE),
        (K.CODE12, 320826103205.0, "320826103205", None),
        (K.INTEGER, "1,234", 1234, Tidied.NUMBER),
        (K.INTEGER, "１２", 12, Tidied.NUMBER),
        (K.INTEGER, "12户", 12, Tidied.NUMBER),
        (K.INTEGER, "12.0", 12, Tidied.NUMBER),
        (K.INTEGER, "-3", -3, None),
        (K.DECIMAL, "1,234.5", Decimal("1234.5"), Tidied.NUMBER),
        (K.PERCENT, "85%", 8500, Tidied.NUMBER),
        (K.PERCENT, "67.5", 6750, None),
        (K.PERCENT, "0", 0, None),
        (K.DEGREES, "119.2655", 1_192_655_000, None),
        (K.DEGREES, "东经119.2655°", 1_192_655_000, Tidied.NUMBER),
        (K.CHOICE, "慢性病", "长期慢性病", Tidied.SPACES),
        (K.CHOICE, " 大 病 ", "大病", Tidied.SPACES),
        (K.PHONE, "138 0000 0000", "13800000000", Tidied.IDENTITY),
        (K.PHONE, "+86-13800000000".replace("-", ""), "13800000000", Tidied.IDENTITY),
        (K.PHONE, "13800000000.0", "13800000000", Tidied.IDENTITY),
        (K.PHONE, "0517-82380000", "0517-82380000", None),
        (K.MONEY, "￥1,234.5", 123_450, Tidied.MONEY),
        (K.ACCOUNT, "6228 4804 0256 4890 018", "6228480402564890018", Tidied.IDENTITY),
        (K.CREDIT_CODE, "91110000600037341l", "91110000600037341L", Tidied.IDENTITY),
        (K.PAYEE_NUMBER, "91110000600037341L", "91110000600037341L", None),
        (K.TEXT, "张小明", "张小明", None),
        (K.TEXT, "无", None, Tidied.NONE),
        (K.TEXT, "/", None, Tidied.NONE),
    ],
)
def test_the_forms_of_real_files_are_read(kind: CellKind, text: object, value: object, tidied: Tidied | None) -> None:
    reading = read_cell(text, rule(kind))
    assert (reading.value, reading.tidied) == (value, tidied)


MALFORMED = [
    (K.DATE, "2020年2月30日", "日历上没有"),
    (K.DATE, "20201301", "日历上没有"),
    (K.DATE, "9/2/2020", "年份没有写全"),
    (K.DATE, "20.9.2", "年份没有写全"),
    (K.DATE, "2020年9月", "缺日子"),
    (K.DATE, "2020", "缺日子"),
    (K.DATE, "去年秋天", "看不出"),
    (K.DATE, "0001-01-01", "不像真的"),
    (K.DATE, "99999", "看不出"),
    (K.MONTH, "2026.1", "1 月还是 10 月"),
    (K.MONTH, "2026-13", "没有 2026 年 13 月"),
    (K.MONTH, "五月", "看不出"),
    (K.YEAR, "20", "看不出"),
    (K.YN, "也许", "是"),
    (K.YN, "2", "是"),
    (K.CODE12, "3.20826E+11", "当成数字"),
    (K.CODE12, "3208261", "7 位"),
    (K.CODE12, "涟水县", "只能是数字"),
    (K.CODE12, "3208261032051", "13 位"),
    (K.INTEGER, "12.5", "整数"),
    (K.INTEGER, "十二", "整数"),
    (K.INTEGER, "9" * 30, "大得不像真的"),
    (K.DECIMAL, "1e999999", "数字"),
    (K.DECIMAL, "Infinity", "数字"),
    (K.DECIMAL, "1_000", "数字"),
    (K.PERCENT, "0.85", "0.85% 还是 85%"),
    (K.PERCENT, "120", "超过"),
    (K.PERCENT, "八成", "0 到 100"),
    (K.DEGREES, "118°45′", "度数"),
    (K.DEGREES, "999", "超过"),
    (K.CHOICE, "亚健康", "不在规定的选项里"),
    (K.PHONE, "1380000", None),
    (K.PHONE, "12345678901234", "电话"),
    (K.PHONE, "138****0000", "电话"),
    (K.ID, "3.20826E+17", "末尾几位已经丢了"),
    (K.ID, "不详", "不是号码"),
    (K.ID, "32082619700101", "14 位"),
    (K.CREDIT_CODE, "9111000060003734", "16 位"),
    (K.PAYEE_NUMBER, "91110000600037341I", "不该有的字"),
    (K.ACCOUNT, "6.2284804E+18", "丢了"),
    (K.MONEY, "约3万元", "约"),
    (K.MONEY, "1.2345", "一分钱以下"),
    (K.MONEY, "12,34.5", "逗号"),
    (K.TEXT, "#REF!", "公式出错"),
    (K.MONEY, "#DIV/0!", "公式出错"),
    (K.TEXT, "长" * 5001, "太长"),
]


@pytest.mark.parametrize(("kind", "text", "word"), MALFORMED)
def test_ambiguous_cells_are_refused_with_why_and_what_to_do(kind: CellKind, text: str, word: str | None) -> None:
    if word is None:
        assert read_cell(text, rule(kind)).value == text
        return
    with pytest.raises(CellError) as refusal:
        read_cell(text, rule(kind))
    assert word in refusal.value.why
    assert refusal.value.fix
    for banned in ("无效", "非法", "抱歉"):
        assert banned not in str(refusal.value)


@pytest.mark.parametrize(
    "name", ["𠮷田", "䶮", "邓\U00030edd", "阿卜杜拉·买买提", "欧阳\ufa0e", "张\U000e0100", "王㐂", "㈱"]
)
def test_rare_characters_of_names_are_kept_as_written(name: str) -> None:
    assert read_cell(name, rule(K.TEXT)) == (name, None, None, None)


@pytest.mark.parametrize(
    "dirty", ["张\u200b小明", "\u202e张小明\u202c", " 张小明 ", "\ufeff张小明", "张小明\u0000", "张\u2066小明"]
)
def test_hidden_characters_never_enter_a_name(dirty: str) -> None:
    assert read_cell(dirty, rule(K.TEXT)) == ("张小明", Tidied.SPACES, None, None)


def test_text_is_composed_and_full_width_letters_become_narrow() -> None:
    assert read_cell("e\u0301cole", rule(K.TEXT)).value == "école"
    assert read_cell("Ａ１２号\n 楼", rule(K.TEXT)).value == "A12号 楼"


def test_a_profile_adds_notations_for_none() -> None:
    with_none = CellRule(K.MONEY, none=frozenset({"N/R", "长期"}))
    assert read_cell("N/R", with_none).value is None
    assert ColumnReader(with_none).read(["N/R", "5"]).values == [None, 500]


def test_a_column_reports_errors_counts_notes_and_differences_by_index() -> None:
    money = CellRule(K.MONEY, unit="万元", allow_finer=True)
    values = ["1.5", None, "10(其中,灾情因素6万元)", "不详", "0.0000005", "", "清空", "-", "1.5"]
    result = ColumnReader(money).read(values)
    assert result.values == [1_500_000, None, 10_000_000, None, 0, None, CLEAR, None, 1_500_000]
    assert [(error.index, error.value) for error in result.errors] == [(3, "不详")]
    assert result.notes == {2: "(其中,灾情因素6万元)"}
    assert result.differences == {4: Decimal("0.5")}
    assert result.tidied == {Tidied.MONEY: 1, Tidied.NONE: 1}


def test_an_id_column_tells_findings_and_mends_what_it_can() -> None:
    right = an_id()
    wrong = right[:17] + ("0" if right[17] != "0" else "1")
    result = normalise_column(K.ID, [right, None, " － ", wrong, "3.2E+17", right.lower() + " ", "清空", "无"])
    assert result.values == [right, None, None, wrong, None, right, CLEAR, None]
    assert [error.index for error in result.errors] == [4]
    assert result.findings == {3: IdCheck.BAD_CHECK}
    assert result.tidied == {Tidied.NONE: 2, Tidied.IDENTITY: 1}


def test_payees_are_persons_or_organisations() -> None:
    right = an_id()
    result = normalise_column(K.PAYEE_NUMBER, [right, "91110000600037341L", "某公司"])
    assert result.values == [right, "91110000600037341L", None]
    assert [error.index for error in result.errors] == [2]
    assert not result.findings


MESSY = st.one_of(
    st.sampled_from(
        ["", "-", "－", "无", "清空", "#REF!", "2020.9.2", "44076", " 12 ", "1.5万元", "是", "320826", "00", "007"]
    ),
    st.text("0123456789.-, 年月日Ee户%", max_size=12),
    st.text(max_size=8),
    st.dates().map(str),
    st.integers(-(10**20), 10**20).map(str),
    st.decimals(-(10**6), 10**6, places=2).map(str),
)


@given(st.sampled_from(list(CellKind)), st.lists(MESSY, max_size=25))
@example(CellKind.TEXT, ["－", "—", "／", "——", "⽆", "张－"])
def test_a_column_gives_the_same_answers_as_its_cells(kind: CellKind, values: list[str]) -> None:
    reader = ColumnReader(rule(kind))
    for _ in range(2):
        result = reader.read(values)
        errors = {error.index: error for error in result.errors}
        for index, value in enumerate(values):
            try:
                reading = read_cell(value, rule(kind))
            except CellError as refusal:
                assert errors[index].why == refusal.why
                assert result.values[index] is None
                continue
            assert result.values[index] == reading.value
            assert index not in errors
        assert len(errors) == len(result.errors)


@given(st.text(max_size=30))
def test_a_tidied_text_stays_as_it_is(text: str) -> None:
    try:
        once = read_cell(text, rule(K.TEXT)).value
    except CellError:
        return
    if isinstance(once, str) and once not in ("清空", "无"):
        assert read_cell(once, rule(K.TEXT)).value in (once, None)
