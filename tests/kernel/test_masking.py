"""Masks: by type of field, never by pattern, and never the whole value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.masking import FieldType, mask, mask_address, mask_name, mask_phone

NAMES = st.text("张王李赵明华芳欧阳诸葛司马·𠮷㐂", min_size=1, max_size=8).filter(lambda name: name[0] != "·")


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张小明", "张*明"),
        ("张三", "张*"),
        ("欧阳娜娜", "欧阳*娜"),
        ("诸葛亮", "诸葛*"),
        ("欧阳", "欧*"),
        ("阿卜杜拉·买买提", "阿***·***"),
        ("𠮷小田", "𠮷*田"),
        ("张", "张*"),
        ("John Smith", "J*** *****"),
    ],
)
def test_names_keep_the_surname(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_the_other_fields_show_what_the_office_may_see() -> None:
    assert mask("320826197001011234", FieldType.ID_NUMBER) == "320826************"
    assert mask("6228480402564890018", FieldType.ACCOUNT) == "****0018"
    assert mask("13812345678", FieldType.PHONE) == "138****5678"
    assert mask("", FieldType.PHONE) is None and mask(None, FieldType.NAME) is None
    assert mask_address("高沟镇高沟村三组12号") == "高沟镇高沟村三组"
    assert mask_phone("0517-82380000") == "****00"


@given(NAMES)
def test_no_name_is_ever_shown_whole(name: str) -> None:
    masked = mask_name(name)
    assert masked != name and "*" in masked
    assert masked[0] == name[0]


@given(st.from_regex(r"[0-9]{17}[0-9X]([0-9]{2}|[0-9]{4})?", fullmatch=True))
def test_an_id_never_shows_its_last_digits(number: str) -> None:
    masked = mask(number, FieldType.ID_NUMBER)
    assert masked is not None and set(masked[6:]) == {"*"} and len(masked) == len(number)


@given(
    st.sampled_from([FieldType.ID_NUMBER, FieldType.ACCOUNT, FieldType.PHONE]),
    st.text("0123456789X", min_size=1, max_size=22),
)
def test_no_number_shows_more_than_seven_characters(field_type: FieldType, number: str) -> None:
    masked = mask(number, field_type)
    assert masked is not None and sum(character != "*" for character in masked) <= 7
    assert masked != number
