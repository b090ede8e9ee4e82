"""Identity numbers: every form of real files, the three legal lengths, and nothing guessed. All numbers are made up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from portal.kernel.cell_errors import CellError
from portal.kernel.identity import (
    PROVINCES,
    IdCheck,
    Sex,
    classify_many,
    parse_account,
    parse_credit_code,
    parse_resident_id,
)


def an_id(prefix: str = "320826", born: date = date(1970, 1, 1), order: int = 123) -> str:
    body = f"{prefix}{born:%Y%m%d}{order:03d}"
    return body + str(ric.calc_check_digit(body + "0"))


IDS = st.builds(
    an_id,
    st.sampled_from(["320826", "320802", "110101", "650102", "820000"]),
    st.dates(date(1900, 1, 1), date(2026, 1, 1)),
    st.integers(0, 999),
)


@given(IDS)
def test_a_right_number_reads_as_itself_with_birth_date_and_sex(number: str) -> None:
    found = parse_resident_id(number)
    assert (found.normalised, found.check) == (number, IdCheck.OK)
    assert found.birth_on == date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    assert found.sex is (Sex.MALE if int(number[16]) % 2 else Sex.FEMALE)


@given(IDS)
def test_messy_notations_of_one_number_are_the_same_person(number: str) -> None:
    full_width = "".join(chr(ord(character) + 0xFEE0) for character in number)
    spaced = f" {number[:6]} {number[6:14]}-{number[14:]}\u200b"
    for text in (number.lower(), full_width, spaced, f"'{number}", number + "44", number + "4402"):
        assert parse_resident_id(text).first18 == number


def test_fifteen_digits_are_upgraded() -> None:
    number = an_id(born=date(1962, 3, 4))
    assert parse_resident_id(number[:6] + number[8:17]).normalised == number
    assert parse_resident_id(float(number[:6] + number[8:17])).normalised == number


def test_disability_card_numbers_keep_their_length_and_only_the_wrong_one_is_flagged() -> None:
    right = an_id()
    wrong = right[:17] + ("0" if right[17] != "0" else "1")
    checks = [parse_resident_id(text).check for text in (right, right + "44", right + "4402", wrong + "44")]
    assert checks == [IdCheck.OK, IdCheck.OK, IdCheck.OK, IdCheck.BAD_CHECK]


@pytest.mark.parametrize("prefix", ["320802", "320811", "320829"])
def test_abolished_county_prefixes_stay_right_for_ever(prefix: str) -> None:
    assert parse_resident_id(an_id(prefix)).check is IdCheck.OK


def test_right_shapes_with_wrong_digits_are_kept_and_reported() -> None:
    assert parse_resident_id(an_id("990826")).check is IdCheck.BAD_PREFIX
    assert parse_resident_id("320826" + "19701301" + "1234").check is IdCheck.BAD_DATE
    assert parse_resident_id("320826" + "19710229" + "1234").check is IdCheck.BAD_DATE
    assert parse_resident_id("999999197001011234").check is IdCheck.NO_ID
    assert len(PROVINCES) == 34


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("3.20826E+17", "末尾几位已经丢了"),
        ("3.2082619700101e+17", "末尾几位已经丢了"),
        (3.2082619700101e17, "末尾几位已经丢了"),
        (320826197001010000, "末尾几位已经丢了"),
        ("320826197001011231.0", "末尾几位已经丢了"),
        ("不详", "不是号码"),
        ("", "不是号码"),
        ("320826********1234", "星号"),
        ("3208261970", "10 位"),
        ("32082619700101123Y", "不该有的字"),
        ("X20826197001011234", "不该有的字"),
    ],
)
def test_other_shapes_are_refused_with_an_explanation(text: object, word: str) -> None:
    with pytest.raises(CellError) as refusal:
        parse_resident_id(text)
    assert word in refusal.value.why
    assert refusal.value.fix


def test_a_decimal_tail_is_forgiven_where_the_check_digit_proves_the_number() -> None:
    number = next(an_id(order=order) for order in range(1, 20) if an_id(order=order).isdecimal())
    assert parse_resident_id(number + ".0").normalised == number


@given(st.text(max_size=24))
def test_any_text_is_read_or_refused_and_its_content_never_shows_in_the_message(text: str) -> None:
    try:
        parse_resident_id(text)
    except CellError as refusal:
        assert len(text.strip()) < 6 or text.strip() not in str(refusal)


def test_a_resident_id_never_prints_its_number() -> None:
    number = an_id()
    assert number[6:] not in repr(parse_resident_id(number))
    assert "6228" not in repr(parse_account("6228480402564890018"))


@given(st.lists(st.one_of(IDS, st.text("0123456789Xx ", min_size=15, max_size=22), st.text(max_size=5)), max_size=40))
def test_the_column_reader_agrees_with_the_single_one(values: list[str]) -> None:
    column = classify_many(values)
    for index, value in enumerate(values):
        try:
            found = parse_resident_id(value)
        except CellError as refusal:
            assert column.normalised[index] is None
            assert column.refused[index].why == refusal.why
            continue
        assert column.normalised[index] == found.normalised
        assert column.findings.get(index, IdCheck.OK) is found.check


def test_a_long_clean_column_needs_no_second_look() -> None:
    values = [an_id(born=date(1950, 1, 1) + timedelta(days=day)) for day in range(5000)]
    column = classify_many(values)
    assert column.normalised == values
    assert not column.findings and not column.refused and column.tidied == 0


@pytest.mark.parametrize("code", ["91110000600037341L", " 9111 0000 6000 3734 1l "])
def test_credit_codes_are_read_in_any_spelling(code: str) -> None:
    found = parse_credit_code(code)
    assert (found.normalised, found.check_ok) == ("91110000600037341L", True)


def test_a_credit_code_with_a_wrong_check_is_kept_and_told_another_shape_is_refused() -> None:
    assert not parse_credit_code("911100006000373411").check_ok
    for text in ("9111000060003734", "91110000600037341I", "某某公司"):
        with pytest.raises(CellError):
            parse_credit_code(text)


def test_bank_cards_are_checked_by_luhn_which_only_warns() -> None:
    assert parse_account("6228 4804 0256 4890 018").luhn_ok is True
    assert parse_account("6228480402564890019").luhn_ok is False
    assert parse_account("01-123456789").luhn_ok is None


@pytest.mark.parametrize("text", ["6.22848E+18", 6.2284804e18, "****1234", "农行", "12"])
def test_accounts_that_lost_digits_are_refused(text: object) -> None:
    with pytest.raises(CellError):
        parse_account(text)
