"""The exact bytes of the formats, as fixed by the published vectors."""

from __future__ import annotations

import base64

import pytest

from portal.trail import merkle, verifier
from portal.trail.commitments import commit
from portal.trail.note import LogKey

SEED = bytes(range(32))
NAME = "yangguang.example/log"
VKEY = "yangguang.example/log+4b015dfc+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
ENTRIES = [b"a", b"bc", b"def"]
NOTE = """yangguang.example/log
3
SJCMYfBBlTzA4vP/QLhWa1qxvenQ2QpDdvtw6+/ctko=

— yangguang.example/log SwFd/FPp8iqvn3VX0Rx26SBmGuE7+chtXga99TA2nskJzjjpcgQY9/Y7gugV7qp5J2u6wf20dIpcsvIHlTN9K5hgBAA=
"""


def test_key_bundle_root_and_note_are_the_published_ones() -> None:
    key = LogKey(NAME, SEED)
    root = verifier.tree_root([merkle.leaf_hash(entry) for entry in ENTRIES])
    assert key.vkey == VKEY
    assert merkle.bundle_of(ENTRIES).hex() == "000161000262630003646566"
    assert merkle.leaves_of(merkle.bundle_of(ENTRIES)) == ENTRIES
    assert base64.b64encode(merkle.EMPTY_ROOT) == b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    assert key.sign(3, root) == NOTE


def test_the_commitment_is_the_published_one() -> None:
    made = commit(bytes(range(32)), "after", {"amount": 120000, "id": "HH-1"})
    assert base64.b64encode(made) == b"2JElGJPXdmHFXRbREu3pZKNdbXkKXFqg9F8B3oLtbTA="
    opening = {"salt": base64.b64encode(bytes(range(32))).decode(), "value": {"id": "HH-1", "amount": 120000}}
    assert verifier.commitment("after", opening) == made


@pytest.mark.parametrize("salt", [bytes(32), b"\x01" * 31, b"\x01" * 33, b""])
def test_wrong_salts_are_refused(salt: bytes) -> None:
    with pytest.raises(ValueError):
        commit(salt, "after", 1)
    with pytest.raises(verifier.Invalid):
        verifier.commitment("after", {"salt": base64.b64encode(salt).decode(), "value": 1})


def test_tile_paths_are_grouped_by_three_digits() -> None:
    assert merkle.tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert merkle.tile_path("entries", 5, 112) == "tile/entries/005.p/112"
    assert merkle.tile_path(2, 1000) == "tile/2/x001/000"
    for number in (0, 1, 999, 1000, 1001, 999_999, 1_000_000, 1_234_067):
        assert merkle.tile_path(1, number, 7) == verifier.tile_path(1, number, 7)


def test_seventy_thousand_leaves_have_the_tiles_of_the_specification() -> None:
    assert list(merkle.tile_levels(70_000)) == [(0, 70_000), (1, 273), (2, 1)]
    assert [merkle.tile_width(0, n, 70_000) for n in (0, 272, 273, 274)] == [256, 256, 112, 0]
    assert [merkle.tile_width(1, n, 70_000) for n in (0, 1, 2)] == [256, 17, 0]
    assert merkle.tile_width(2, 0, 70_000) == 1


GOOD = verifier.parse_checkpoint(NOTE.encode())


def test_the_published_note_verifies() -> None:
    verifier.check_signature(GOOD, verifier.parse_key(VKEY))
    stranger = "— someone.else/log " + base64.b64encode(b"abcd" + bytes(64)).decode() + "\n"
    crowd = verifier.parse_checkpoint((NOTE + stranger * 20).encode())
    verifier.check_signature(crowd, verifier.parse_key(VKEY))


BAD_NOTES = {
    "no empty line": NOTE.replace("\n\n", "\n"),
    "carriage return": NOTE.replace("\n3\n", "\r\n3\r\n"),
    "leading zero": NOTE.replace("\n3\n", "\n03\n"),
    "plus sign": NOTE.replace("\n3\n", "\n+3\n"),
    "full-width digit": NOTE.replace("\n3\n", "\n３\n"),
    "negative": NOTE.replace("\n3\n", "\n-3\n"),
    "extension line": NOTE.replace("\n\n", "\nextra\n\n"),
    "no origin": NOTE.replace(NAME + "\n3", "\n3"),
    "root cut": NOTE.replace("SJCM", ""),
    "root not canonical": NOTE.replace("ctko=", "ctkp="),
    "no signature": NOTE.split("—")[0],
    "hyphen for dash": NOTE.replace("—", "-"),
    "signature cut": NOTE.replace("BAA=", ""),
    "no final newline": NOTE[:-1],
    "other size": NOTE.replace("\n3\n", "\n4\n"),
    "other root": NOTE.replace("SJCM", "SJCN"),
    "other origin": NOTE.replace(NAME + "\n3", "yangguang.example/lag\n3"),
    "other signature": NOTE.replace("FPp8", "FPp9"),
    "signature of another key": NOTE.replace("SwFd/F", "SwFd/G"),
}


@pytest.mark.parametrize("bad", BAD_NOTES.values(), ids=BAD_NOTES.keys())
def test_damaged_notes_are_refused(bad: str) -> None:
    with pytest.raises(verifier.Invalid):
        verifier.check_signature(verifier.parse_checkpoint(bad.encode()), verifier.parse_key(VKEY))


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "x",
        VKEY.replace("4b01", "4b02"),
        VKEY.replace("AQOh", "AgOh"),
        VKEY[:-4],
        VKEY.replace("+4b", "+4B"),
        VKEY[:30],
        " +" + VKEY,
    ],
)
def test_damaged_keys_are_refused(bad: str) -> None:
    with pytest.raises(verifier.Invalid):
        verifier.parse_key(bad)
