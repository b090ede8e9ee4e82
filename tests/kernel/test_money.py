"""Money: what offices write becomes exact fen, and nothing is guessed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.cell_errors import CellError
from portal.kernel.money import (
    format_sentence,
    format_wan,
    format_yi,
    format_yuan,
    number_text,
    parse_money,
    plain_fen,
    unit_for,
    uppercase,
)

FEN = st.integers(min_value=-(10**17), max_value=10**17)


@pytest.mark.parametrize(
    ("text", "unit", "fen"),
    [
        ("1,234.50", "元", 123_450),
        ("￥1,234.5", "元", 123_450),
        ("¥-5", "元", -500),
        ("1.2万元", "元", 1_200_000),
        ("73.5万元", "万元", 73_500_000),
        ("73.5 万", "元", 73_500_000),
        ("724.712484", "万元", 724_712_484),
        ("724.712484 万元", "元", 724_712_484),
        ("96.54712", "万元", 96_547_120),
        ("１２３．４５", "元", 12_345),
        ("1.2亿元", "元", 12_000_000_000),
        ("-1,000", "元", -100_000),
        ("（1,000）", "元", -100_000),
        ("－5", "元", -500),
        ("1 234 567.8", "元", 123_456_780),
        ("1200元整", "元", 120_000),
        ("\u200b12\ufeff", "元", 1_200),
        ("5.", "元", 500),
        (".5", "元", 50),
        ("1.2E+3", "元", 120_000),
        (1234.5, "元", 123_450),
        (0.1 + 0.2, "元", 30),
        (Decimal("724.712484"), "万元", 724_712_484),
        (7, "万元", 7_000_000),
    ],
)
def test_amounts_of_real_files_become_exact_fen(text: str | float, unit: str, fen: int) -> None:
    assert parse_money(text, unit).fen == fen


def test_a_note_beside_the_number_is_kept_and_not_summed() -> None:
    parsed = parse_money("10(其中,灾情因素6万元)", "万元")
    assert (parsed.fen, parsed.note, parsed.normalised) == (10_000_000, "(其中,灾情因素6万元)", True)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "没有数字"),
        ("不详", "没有数字"),
        ("约10", "约"),
        ("10万元左右", "确定的数"),
        ("3-5万元", "确定的数"),
        ("12,34", "逗号"),
        ("1.234,50", "反"),
        ("--5", "负号"),
        ("-(5)", "负号"),
        ("(-5)", "两个正负号"),
        ("0.001", "一分钱以下"),
        ("0.0000001万元", "一分钱以下"),
        ("$5", "币种"),
        ("1e400", "大得不像真的"),
        ("3.5.5", "看不懂"),
        ("٣", "没有数字"),
        (True, "是/否"),
    ],
)
def test_what_cannot_be_read_without_guessing_is_refused_with_a_cure(text: str, word: str) -> None:
    with pytest.raises(CellError) as refusal:
        parse_money(text)
    assert word in refusal.value.why
    assert refusal.value.fix
    assert "无效" not in str(refusal.value)


def test_finer_than_a_fen_is_rounded_half_even_only_when_asked_and_the_difference_is_told() -> None:
    assert parse_money("1.005", allow_finer=True).fen == 100
    assert parse_money("1.015", allow_finer=True).fen == 102
    assert parse_money("1.015", allow_finer=True).difference == Decimal("-0.5")
    assert parse_money("1.01", allow_finer=True).difference == 0


def test_another_currency_is_read_only_where_it_is_expected() -> None:
    assert parse_money("$1,234.50", currency="MXN").fen == 123_450
    assert parse_money("£5", currency="GBP").fen == 500
    with pytest.raises(CellError):
        parse_money("￥5", currency="GBP")


def test_an_unknown_column_unit_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="unit"):
        parse_money("5", "斤")


@given(FEN)
def test_formats_read_back_to_the_same_fen(fen: int) -> None:
    assert parse_money(format_yuan(fen)).fen == fen
    assert parse_money(format_wan(fen), "万元").fen == fen
    assert parse_money(format_yi(fen), "亿元").fen == fen


@given(FEN, st.sampled_from([2, 6]))
def test_the_fast_path_agrees_with_the_careful_one(fen: int, places: int) -> None:
    text = (format_yuan(fen) if places == 2 else format_wan(fen)).replace(",", "")
    assert plain_fen(text, places) == fen


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused_and_never_breaks(text: str) -> None:
    try:
        parse_money(text)
    except CellError as refusal:
        assert refusal.why and refusal.fix


def test_spreadsheet_numbers_show_their_fifteen_digits() -> None:
    assert number_text(1234.5600000000002) == "1234.56"
    assert number_text(320826103205.0) == "320826103205"
    assert number_text(3.2082619700101e17) == "3.2082619700101e+17"


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (1_200_000, "壹万贰仟元整"),
        (0, "零元整"),
        (5, "伍分"),
        (55, "伍角伍分"),
        (100_205, "壹仟零贰元零伍分"),
        (100_250, "壹仟零贰元伍角"),
        (10_500_000, "壹拾万伍仟元整"),
        (10_050_000, "壹拾万零伍佰元整"),
        (10_000_050_003, "壹亿零伍佰元零叁分"),
        (100_000_000_100, "壹拾亿零壹元整"),
        (100_000_000_000_000, "壹万亿元整"),
        (1_234_567_890, "壹仟贰佰叁拾肆万伍仟陆佰柒拾捌元玖角"),
        (-100, "负壹元整"),
    ],
)
def test_uppercase_amounts_follow_the_banks_rules(fen: int, words: str) -> None:
    assert uppercase(fen) == words


def test_sentences_choose_the_unit_that_reads_best() -> None:
    assert [unit_for(fen) for fen in (99_999_9, 10**6, 10**10)] == ["元", "万元", "亿元"]
    assert format_sentence(98_050) == "980.50 元"
    assert format_sentence(724_712_484) == "724.71 万元"
    assert format_sentence(12_000_000_000) == "1.2 亿元"
    assert format_wan(724_712_484, 2) == "724.71"
