"""Numbers of nobody: made up with right check digits, for tests only."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st
from stdnum import luhn
from stdnum.cn import ric

from portal.kernel.identity import PROVINCES

ID = "320826196403152817"[:17] + ric.calc_check_digit("320826196403152817")
OLD_ID = "320826640315281"
PHONE = "13812345678"
CARD = "62284801234567890" + luhn.calc_check_digit("62284801234567890")


def with_check(body: str) -> str:
    """A resident ID from its first 17 digits."""
    return body + str(ric.calc_check_digit(body + "0"))


ids = st.builds(
    lambda province, place, day, number: with_check(f"{province}{place:04d}{day:%Y%m%d}{number:03d}"),
    st.sampled_from(sorted(PROVINCES)),
    st.integers(0, 9999),
    st.dates(min_value=date(1900, 1, 1), max_value=date(2026, 1, 1)),
    st.integers(0, 999),
)
phones = st.builds(lambda second, rest: f"1{second}{rest:09d}", st.integers(3, 9), st.integers(0, 10**9 - 1))
cards = st.builds(
    lambda body: body + luhn.calc_check_digit(body),
    st.builds(lambda rest, length: f"62{rest:017d}"[:length], st.integers(0, 10**17 - 1), st.integers(15, 18)),
)
