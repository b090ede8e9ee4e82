"""Canonical bytes: RFC 8785 under the profile, the fast path equal to it, and digests of rows."""

from __future__ import annotations

import hashlib
import json
import random
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from portal.registers.divisions.calendar.models import CalendarDay
from portal.trail import verifier
from portal.trail.encoding import (
    MAX_INTEGER,
    OutsideProfile,
    canonical,
    canonical_flat,
    normalised,
    row_digest,
    row_values,
)

KEYS = st.text(st.characters(max_codepoint=127), max_size=8)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
INTEGERS = st.integers(-MAX_INTEGER, MAX_INTEGER)
FLAT = st.dictionaries(KEYS, st.none() | st.booleans() | INTEGERS | TEXT, max_size=8)
NFC = TEXT.map(normalised)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | INTEGERS | NFC,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
)


@given(DOCUMENTS)
def test_documents_of_the_profile_are_rfc_8785(document: Any) -> None:
    made = canonical(document)
    assert made == rfc8785.dumps(document)
    assert made == verifier.canonical(document)
    assert json.loads(made) == document


@given(FLAT)
def test_the_fast_path_gives_the_same_bytes(values: dict[str, Any]) -> None:
    assert canonical_flat(values) == rfc8785.dumps(values)


def test_the_fast_path_falls_back_for_nested_values_and_names_of_enums() -> None:
    class Kind(StrEnum):
        PERSON = "个人"

    values = {"b": {"z": 1, "a": [True, None]}, "a": Kind.PERSON}
    assert canonical_flat(values) == '{"a":"个人","b":{"a":[true,null],"z":1}}'.encode()


@pytest.mark.parametrize(
    "bad",
    [
        1.5, {"a": 1.0}, float("nan"), 2**53, -(2**53), {"金额": 1}, {1: 2}, b"x", {"a": {"b": [0.5]}}, "e\u0301",
        {"k": "\ud800"}, "\udfff", {1, 2}, object(), date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC),
    ],
)  # fmt: skip
def test_values_outside_the_profile_are_refused(bad: Any) -> None:
    with pytest.raises(OutsideProfile):
        canonical(bad)


@pytest.mark.parametrize("bad", [1.5, 2**53, -(2**53), b"x", "\ud800", {"a": 1.5}])
def test_the_fast_path_refuses_the_same(bad: Any) -> None:
    with pytest.raises(OutsideProfile):
        canonical_flat({"k": bad})


def test_three_thousand_random_documents_agree_with_plain_json() -> None:
    chance = random.Random(8785)
    for _ in range(3000):
        document = {
            "".join(chance.choices("abzAZ09_-~", k=chance.randrange(1, 6))): chance.choice(
                [
                    chance.randrange(-MAX_INTEGER, MAX_INTEGER),
                    '涟水县\u2028\t"\\/' + chr(chance.randrange(0x20)),
                    None,
                    True,
                    [],
                    {},
                ]
            )
            for _ in range(chance.randrange(6))
        }
        assert canonical(document) == verifier.canonical(document)


def test_a_rows_values_are_plain_and_leave_the_bookkeeping_out() -> None:
    row = CalendarDay(
        id=7,
        day=date(2026, 2, 14),
        is_working=True,
        basis="国办发〔2025〕7号",
        event_id="x",
        extensions={"b": 1, "a": [2]},
    )
    values = row_values(CalendarDay, row)
    assert values == {
        "basis": "国办发〔2025〕7号",
        "day": "2026-02-14",
        "extensions": {"a": [2], "b": 1},
        "is_working": True,
    }
    assert row_digest(values) == hashlib.sha256(rfc8785.dumps(values)).hexdigest()
    moment = datetime(2026, 11, 21, 8, 9, 10, 123999, tzinfo=UTC)
    mixed = row_values(["at", "sealed", "id"], {"at": moment, "sealed": b"\x00\xff", "id": 3})
    assert mixed == {"at": "2026-11-21T08:09:10.123Z", "sealed": "AP8="}


def test_a_digest_tells_apart_what_the_database_tells_apart() -> None:
    assert row_digest({"name": "é"}) != row_digest({"name": "e\u0301"})
    assert row_digest({"a": None}) != row_digest({"a": ""}) != row_digest({})
    assert row_digest({"a": 1}) != row_digest({"a": True}) != row_digest({"a": "1"})
