"""Sealing: what is stored tells nothing, is found again, survives a rotation, and shows when it was touched."""

from __future__ import annotations

import hmac
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.errors import BadInput, CannotRun
from portal.kernel.sealing import (
    Keyring,
    SealError,
    add_key,
    ensure_keys,
    export_keys,
    import_keys,
    load_keys,
    make_keyring,
)

RING = make_keyring([b"a" * 32], b"i" * 32)
PASSPHRASE = "一个够长的备份口令，只作测试"


@given(st.text(max_size=60))
def test_a_sealed_value_opens_to_itself_and_two_seals_differ(value: str) -> None:
    one, two = RING.seal(value, "id_number"), RING.seal(value, "id_number")
    assert one != two
    assert RING.open_(one, "id_number") == value
    assert len(value) < 4 or value.encode() not in one


@given(st.lists(st.none() | st.text(max_size=20), max_size=20))
def test_columns_seal_like_single_values(values: list[str | None]) -> None:
    assert RING.open_many(RING.seal_many(values, "phone"), "phone") == values
    assert RING.blind_index_many(values) == [None if value is None else RING.blind_index(value) for value in values]


def test_every_flipped_bit_another_field_and_a_truncation_are_noticed() -> None:
    sealed = RING.seal("320826197001011234", "id_number")
    for position in range(len(sealed)):
        touched = bytearray(sealed)
        touched[position] ^= 1
        with pytest.raises(SealError):
            RING.open_(bytes(touched), "id_number")
    for broken, name in ((sealed, "account"), (sealed[:-1], "id_number"), (b"", "id_number")):
        with pytest.raises(SealError) as refusal:
            RING.open_(broken, name)
        assert "320826" not in str(refusal.value)


def test_a_missing_key_is_named_by_its_id() -> None:
    sealed = RING.seal("x", "phone")
    with pytest.raises(SealError, match=RING.key_ids[0]):
        make_keyring([b"b" * 32], b"i" * 32).open_(sealed, "phone")


def test_the_blind_index_is_truncated_hmac_sha256_over_the_first_18_characters() -> None:
    expected = hmac.digest(b"i" * 32, b"320826197001011234", "sha256")[:16]
    assert RING.blind_index("320826197001011234") == expected
    assert RING.blind_index("32082619700101123444") == expected
    assert make_keyring([b"a" * 32], b"j" * 32).blind_index("320826197001011234") != expected


def test_keys_are_made_once_for_their_owner_only(tmp_path: Path) -> None:
    ring = ensure_keys(tmp_path / "keys")
    assert ensure_keys(tmp_path / "keys").key_ids == ring.key_ids
    for path in (tmp_path / "keys").glob("*.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        rings: list[Keyring] = list(pool.map(lambda _: ensure_keys(tmp_path / "keys"), range(16)))
    assert len({ring.key_ids for ring in rings}) == 1
    assert len({ring.blind_index("x") for ring in rings}) == 1


def test_after_a_rotation_the_newest_key_seals_and_all_open(tmp_path: Path) -> None:
    old = ensure_keys(tmp_path)
    sealed = old.seal("13800000000", "phone")
    new = add_key(tmp_path)
    assert new.newest != old.newest
    assert new.open_(sealed, "phone") == "13800000000"
    moved = new.reseal(sealed, "phone")
    assert moved[1:5] == new.newest
    assert new.reseal(moved, "phone") == moved
    assert new.blind_index("x") == old.blind_index("x")


def test_the_key_bundle_restores_an_installation_and_is_a_plain_age_file(tmp_path: Path) -> None:
    old = ensure_keys(tmp_path / "old")
    (tmp_path / "old" / "events.key").write_bytes(b"another kind of key\n")
    sealed = old.seal("13800000000", "phone")
    bundle = export_keys(tmp_path / "old", PASSPHRASE)
    assert import_keys(bundle, PASSPHRASE, tmp_path / "new").open_(sealed, "phone") == "13800000000"
    assert (tmp_path / "new" / "events.key").read_bytes() == b"another kind of key\n"
    assert bundle.startswith(b"age-encryption.org/v1")


def test_a_wrong_passphrase_or_another_file_is_refused(tmp_path: Path) -> None:
    ensure_keys(tmp_path / "old")
    bundle = export_keys(tmp_path / "old", PASSPHRASE)
    with pytest.raises(BadInput, match="口令"):
        import_keys(bundle, "这不是当初的那个口令吧吧吧", tmp_path / "new")
    with pytest.raises(BadInput):
        import_keys(b"not a bundle", PASSPHRASE, tmp_path / "new")
    other = json.dumps({"format": "yangguang-keys-1", "keys": {"../../evil.key": ""}}).encode()
    with pytest.raises(BadInput):
        import_keys(pyrage.passphrase.encrypt(other, PASSPHRASE), PASSPHRASE, tmp_path / "new")
    with pytest.raises(BadInput, match="太短"):
        export_keys(tmp_path / "old", "short")


def test_restoring_never_overwrites_other_keys(tmp_path: Path) -> None:
    ensure_keys(tmp_path / "old")
    ensure_keys(tmp_path / "other")
    bundle = export_keys(tmp_path / "old", PASSPHRASE)
    with pytest.raises(CannotRun, match="已有另一个"):
        import_keys(bundle, PASSPHRASE, tmp_path / "other")
    assert len(list((tmp_path / "other").glob("seal-*.key"))) == 1


def test_missing_or_damaged_keys_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="yangguang init"):
        load_keys(tmp_path)
    ensure_keys(tmp_path)
    next(tmp_path.glob("seal-*.key")).write_text("zz")
    with pytest.raises(CannotRun, match="坏了"):
        load_keys(tmp_path)
