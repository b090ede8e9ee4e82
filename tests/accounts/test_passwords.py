"""Hashes and second factors: the real cost, the same work for unknown names, each code once."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from portal.accounts import passwords
from portal.accounts.passwords import Hashing, matching_step, new_half, read_half
from portal.kernel.errors import Busy
from tests.factories.accounts import SECRET, Quick

NOW = datetime(2026, 11, 20, 1, 0, 10, tzinfo=UTC)
STEP = int(NOW.timestamp()) // 30


def code_at(moment: datetime) -> str:
    return pyotp.TOTP(SECRET).at(moment)


def test_hashes_are_argon2id_with_64_mib_and_three_passes() -> None:
    hashing = Hashing()
    text = hashing.hash("correct horse battery")
    assert text.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert hashing.verify(text, "correct horse battery")
    assert not hashing.verify(text, "correct horse batterz")


def test_an_unknown_name_costs_one_hash_and_is_never_right() -> None:
    hashing = Quick()
    hashing.verify(None, "x")
    before = hashing.done
    assert not hashing.verify(None, "anything")
    assert not hashing.verify(hashing.hash("other"), "anything")
    assert hashing.done - before == 3


def test_a_damaged_hash_is_simply_wrong() -> None:
    assert not Quick().verify("not a hash", "anything")


def test_more_hashes_at_once_than_the_cap_are_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "PATIENCE_SECONDS", 0.01)
    hashing = Quick()
    for _ in range(passwords.AT_ONCE):
        hashing._enter()
    with pytest.raises(Busy) as told:
        hashing.hash("x")
    assert told.value.retry_after > 0


@pytest.mark.parametrize(("shift", "step"), [(0, STEP), (-30, STEP - 1), (30, STEP + 1), (-60, None), (60, None)])
def test_one_step_early_or_late_counts(shift: int, step: int | None) -> None:
    assert matching_step(SECRET, code_at(NOW + timedelta(seconds=shift)), NOW, 0) == step


def test_a_used_step_and_every_earlier_one_are_refused() -> None:
    assert matching_step(SECRET, code_at(NOW), NOW, STEP) is None
    assert matching_step(SECRET, code_at(NOW - timedelta(seconds=30)), NOW, STEP) is None
    assert matching_step(SECRET, code_at(NOW + timedelta(seconds=30)), NOW, STEP) == STEP + 1


@pytest.mark.parametrize("code", ["", "abc", "１２３４５６", "12345", "1234567", "\x00"])
def test_what_is_no_code_is_refused(code: str) -> None:
    assert matching_step(SECRET, code, NOW, 0) is None


def test_without_a_secret_no_code_works() -> None:
    assert matching_step(None, pyotp.TOTP("A" * 32).at(NOW), NOW, 0) is None


def test_a_half_is_read_as_it_was_meant() -> None:
    assert read_half(" o1il-5z9k ") == "01115Z9K"
    half = new_half()
    assert len(read_half(half)) == 8
    assert read_half(half.lower().replace("-", " ")) == read_half(half)
