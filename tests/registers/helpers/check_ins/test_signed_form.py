"""The signed form of a claim: exact bytes, hostile JSON, signatures as a browser makes them."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.kernel.errors import BadFields
from portal.registers.helpers.check_ins.claims.rules import (
    FIRST,
    MOST_BYTES,
    ChainFault,
    Link,
    chain_fault,
    is_signed_by,
    message_of,
    open_envelope,
    read_json,
)
from tests.factories.devices import new_phone
from tests.factories.visits import sign

ID = "0b5e0f4e-7a0e-4f6c-9d57-3f6f0a7f9c11"
FIELDS: dict[str, Any] = {
    "household_no": "HH-1",
    "captured_at": "2026-11-20T14:06:00+08:00",
    "location": {"lat": 33.7812345, "lng": 119.2612345, "accuracy_m": 12.0, "datum": "WGS84"},
    "note": "票据在，12,000 元是看病的钱",
    "counter": 1,
    "previous_sha256": "0" * 64,
    "device": "d-1",
    "€": 1e21,
    "signature": "x",
}
#: Written down by hand from RFC 8785 and ECMAScript's Number::toString; not by this program.
MESSAGE = (
    "yangguang/claim/v1\0"
    '{"captured_at":"2026-11-20T14:06:00+08:00","counter":1,"device":"d-1","household_no":"HH-1",'
    '"id":"0b5e0f4e-7a0e-4f6c-9d57-3f6f0a7f9c11",'
    '"location":{"accuracy_m":12,"datum":"WGS84","lat":33.7812345,"lng":119.2612345},'
    '"note":"票据在，12,000 元是看病的钱",'
    '"previous_sha256":"0000000000000000000000000000000000000000000000000000000000000000",'
    '"v":1,"€":1e+21}'
).encode()


def test_the_message_is_the_one_written_down_by_hand() -> None:
    assert message_of(ID, FIELDS) == MESSAGE
    # What Node.js computes from the same object with sorted keys.
    digest = "58b19f0621169aa7a5935f0799a5ed2bec719da8d257fcc9be483e8d4ef68f7e"
    assert hashlib.sha256(MESSAGE).hexdigest() == digest


def test_a_key_that_nobody_knows_is_signed_too() -> None:
    assert message_of(ID, {**FIELDS, "mood": "好"}) != MESSAGE
    assert '"mood":"好"'.encode() in message_of(ID, {**FIELDS, "mood": "好"})


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("1.0", "1"),
        ("-0.0", "0"),
        ("-0", "0"),
        ("1E2", "100"),
        ("33.78123450", "33.7812345"),
        ("9007199254740993", "9007199254740992"),
        ("123456789012345678901234567890", "1.2345678901234568e+29"),
        ("1e-7", "1e-7"),
        ("0.000001", "0.000001"),
        ("5e-324", "5e-324"),
        ("1e-400", "0"),
        ("100000000000000000000", "100000000000000000000"),
        ("1.7976931348623157e308", "1.7976931348623157e+308"),
    ],
)
def test_numbers_are_printed_as_javascript_prints_them(written: str, printed: str) -> None:
    fields = read_json(f'{{"n":{written}}}'.encode())
    assert message_of(ID, fields) == b'yangguang/claim/v1\0{"id":"%s","n":%s,"v":1}' % (ID.encode(), printed.encode())


HOSTILE = {
    "a key twice": b'{"a":1,"a":1}',
    "a key twice, spelled differently": b'{"a":1,"\\u0061":2}',
    "a key twice inside": b'{"x":[{"a":1,"a":2}]}',
    "deep lists": b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "deep objects": b'{"a":' * 40 + b"1" + b"}" * 40,
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":-Infinity}',
    "a number beyond double precision": b'{"a":1e309}',
    "a number of 5,000 digits": b'{"a":' + b"9" * 5000 + b"}",
    "a lone surrogate": b'{"a":"\\ud800"}',
    "a lone surrogate as a key": b'{"\\udc00":1}',
    "surrogates the wrong way round": b'{"a":"\\udc00\\ud800"}',
    "a lone surrogate in bytes": b'{"a":"\xed\xa0\x80"}',
    "no UTF-8": b'{"a":"\xff"}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"a":1}',
    "a list": b"[1]",
    "a text": b'"a"',
    "null": b"null",
    "nothing": b"",
    "a comment": b'{"a":1/*x*/}',
    "a trailing comma": b'{"a":1,}',
    "two documents": b'{"a":1}{"a":1}',
    "a control character": b'{"a":"\x00"}',
    "too much": b'{"a":"' + b"x" * MOST_BYTES + b'"}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_json_is_malformed_and_nothing_worse(body: bytes) -> None:
    with pytest.raises(BadFields) as refusal:
        read_json(body)
    assert refusal.value.status == 422 and refusal.value.errors
    assert len(str(refusal.value)) < 200


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert read_json(b'{"a":"\\ud842\\udfb7"}') == {"a": "𠮷"}


@settings(max_examples=300)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_whatever_comes_is_read_or_malformed(body: bytes) -> None:
    try:
        fields = read_json(body)
    except BadFields:
        return
    message_of(ID, fields)


WHOLE = st.characters(exclude_categories=("Cs",))
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(WHOLE, max_size=8)
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(WHOLE, max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(WHOLE, max_size=6), JSON, max_size=6))
def test_the_message_does_not_depend_on_how_the_body_was_written(value: dict[str, Any]) -> None:
    compact = read_json(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
    spread = read_json(json.dumps(dict(reversed(value.items())), indent=3).encode())
    assert message_of(ID, compact) == message_of(ID, spread)


def test_a_signature_holds_for_its_message_and_key_alone() -> None:
    phone, other = new_phone(), new_phone()
    signature = base64.urlsafe_b64decode(sign(phone, ID, FIELDS) + "==")
    assert is_signed_by(phone.public_key, MESSAGE, signature)
    assert not is_signed_by(other.public_key, MESSAGE, signature)
    assert not is_signed_by(phone.public_key, MESSAGE + b" ", signature)
    assert not is_signed_by(phone.public_key, MESSAGE, signature[32:] + signature[:32])
    assert not is_signed_by(phone.public_key, MESSAGE, bytes(64))
    assert not is_signed_by(phone.public_key, MESSAGE, b"\xff" * 64)
    assert not is_signed_by(phone.public_key, MESSAGE, signature[:63])


def test_a_signature_made_elsewhere_is_verified() -> None:
    """RFC 6979 A.2.5: P-256, SHA-256, message "sample"."""
    x = 0x60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6
    y = 0x7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299
    key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    r = "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
    s = "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
    assert is_signed_by(der, b"sample", bytes.fromhex(r + s))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"device": None}, "device"),
        ({"device": "x" * 37}, "device"),
        ({"counter": 0}, "counter"),
        ({"counter": 1.5}, "counter"),
        ({"counter": True}, "counter"),
        ({"counter": "1"}, "counter"),
        ({"previous_sha256": "0" * 63}, "previous_sha256"),
        ({"previous_sha256": "A" * 64}, "previous_sha256"),
        ({"signature": "x" * 85}, "signature"),
        ({"signature": "+" * 86}, "signature"),
        ({"signature": None}, "signature"),
        ({"v": 2}, "v"),
        ({"v": True}, "v"),
        ({"id": "another"}, "id"),
    ],
)
def test_what_cannot_be_a_signed_claim_is_named(change: dict[str, Any], field: str) -> None:
    body = json.dumps({**FIELDS, "signature": "A" * 86, **change}).encode()
    with pytest.raises(BadFields) as refusal:
        open_envelope(ID, body)
    assert [error.field for error in refusal.value.errors] == [field]


@pytest.mark.parametrize("claim_id", ["", "x", ID.upper(), "{" + ID + "}", ID.replace("-", "")])
def test_only_the_usual_form_of_a_uuid_is_an_id(claim_id: str) -> None:
    with pytest.raises(BadFields):
        open_envelope(claim_id, json.dumps({**FIELDS, "signature": "A" * 86}).encode())


def link(counter: int, own: int, previous: int, *, accepted: bool = True) -> Link:
    return Link(counter, bytes([previous]) * 32 if previous else FIRST, bytes([own]) * 32, accepted)


A, B = link(1, 1, 0), link(2, 2, 1)
LEFT = link(3, 9, 2, accepted=False)


@pytest.mark.parametrize(
    ("new", "known", "fault"),
    [
        (A, [], None),
        (B, [A], None),
        (link(1, 1, 7), [], "predecessor"),
        (link(3, 3, 2), [A], "gap"),
        (link(3, 3, 7), [A, B], "predecessor"),
        (link(2, 5, 1), [A, B], "fork"),
        (B, [A, B], None),  # the same message again
        (link(3, 4, 2), [A, B, LEFT], None),  # the refused one's place is used again
        (link(4, 4, 9), [A, B, LEFT], None),  # the refused one is followed
        (link(4, 4, 2), [A, B, LEFT], None),  # its place stays empty
        (link(2, 2, 1), [link(1, 8, 0, accepted=False), A], None),
        (link(2, 2, 0), [link(1, 8, 0, accepted=False)], None),
        (link(2, 5, 1), [A, link(3, 3, 2)], "predecessor"),  # the next one, here already, names another
    ],
)
def test_the_chain_tells_gaps_forks_and_wrong_predecessors(new: Link, known: list[Link], fault: str | None) -> None:
    found = chain_fault(new, known)
    assert (found.kind if found else None) == fault
    assert found is None or isinstance(found, ChainFault)
