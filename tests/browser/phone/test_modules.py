"""The client's own arithmetic against Python's: one spelling, one signature, one distance."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, Page

from portal.kernel.geo import Datum, distance_m, point
from portal.registers.helpers.check_ins.claims.rules import is_signed_by, message_of, open_envelope
from tests.browser.phone.handset import PhoneSite

VALUES = [
    {"b": 1, "a": [1.5, 33.8126, 119.3125, 1e21, 1e-7, 0.1, -0.0, 12.0, 4503599627370497.5], "Ä": None, "é": True},
    {"\ufb33": 1, "\U0001f600": 2, "1": 3, "\r": 4, "ö": 5, "€": 6, "\x80": 7},
    {"note": '引号"反斜\\换行\n\u2028\u0007', "empty": {}, "list": [], "deep": {"z": {"b": [], "a": {}}}},
    {"household_no": "HH-1", "location": {"lng": 119.31, "lat": 33.8, "accuracy_m": 12, "datum": "WGS84"}},
]
PAIRS = [
    ((39.90105, 116.42079, "WGS84"), (39.90245, 116.42703, "GCJ02")),
    ((33.8126, 119.3125, "WGS84"), (33.8126, 119.3125, "GCJ02")),
    ((33.8126, 119.3125, "WGS84"), (33.8126, 119.3125, "BD09")),
    ((33.8126, 119.3125, "BD09"), (33.8226, 119.3225, "GCJ02")),
    ((35.6, 139.7, "GCJ02"), (35.6, 139.71, "WGS84")),
]
SIGN = """
async ([said, ids]) => {
  const { sign } = await import('/static/app/work/claims.js');
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  const device = { device_id: 'device-1', pair, counter: 0, previous: '0'.repeat(64) };
  const made = [];
  for (const id of ids) {
    const claim = await sign(device, id, said);
    made.push(claim);
    device.counter = claim.counter;
    device.previous = claim.digest;
  }
  return { made, key: await crypto.subtle.exportKey('jwk', pair.publicKey) };
}
"""


@pytest.fixture(scope="module")
def page(phone_site: PhoneSite, browser: Browser) -> Iterator[Page]:
    """A page of the client without anybody signed in."""
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    page.goto(phone_site.url + "/app/sign-in")
    page.wait_for_selector("#username")
    yield page
    context.close()


def test_json_has_one_spelling_here_and_there(page: Page) -> None:
    for value in VALUES:
        spelled = page.evaluate(
            "text => import('/static/app/core/canonical.js').then(m => m.canonical(JSON.parse(text)))",
            json.dumps(value),
        )
        assert spelled.encode() == rfc8785.dumps(value)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "'\\ud800'"])
def test_what_has_no_spelling_is_not_signed(page: Page, value: str) -> None:
    asked = (
        f"import('/static/app/core/canonical.js').then(m => m.canonical({{a: {value}}})).then(() => '', e => e.name)"
    )
    assert page.evaluate(asked) == "TypeError"


def test_claims_are_signed_and_chained_as_the_server_reads_them(page: Page) -> None:
    ids = ["0b326000-96c0-44ab-9eef-f405eca479b8", "0b326000-96c0-44ab-9eef-f405eca479b9"]
    made = page.evaluate(SIGN, [{**VALUES[3], "note": "票据在，😀", "offline": True}, ids])
    x, y = (int.from_bytes(base64.urlsafe_b64decode(made["key"][name] + "=="), "big") for name in "xy")
    key = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    public = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    envelopes = [open_envelope(i, c["body"].encode()) for i, c in zip(ids, made["made"], strict=True)]
    for envelope, claim in zip(envelopes, made["made"], strict=True):
        assert is_signed_by(public, envelope.message, envelope.signature)
        assert envelope.message_sha256.hex() == claim["digest"]
    assert [e.counter for e in envelopes] == [1, 2]
    assert [e.previous_sha256.hex() for e in envelopes] == ["0" * 64, made["made"][0]["digest"]]


def test_one_changed_word_breaks_the_signature(page: Page) -> None:
    claim_id = "0b326000-96c0-44ab-9eef-f405eca479b8"
    made = page.evaluate(SIGN, [VALUES[3], [claim_id]])
    x, y = (int.from_bytes(base64.urlsafe_b64decode(made["key"][name] + "=="), "big") for name in "xy")
    key = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    public = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    envelope = open_envelope(claim_id, made["made"][0]["body"].encode())
    changed = message_of(claim_id, {**envelope.fields, "household_no": "HH-2"})
    assert not is_signed_by(public, changed, envelope.signature)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_distances_are_the_servers(page: Page, one: tuple[float, float, str], other: tuple[float, float, str]) -> None:
    asked = [{"lat": lat, "lng": lng, "datum": datum} for lat, lng, datum in (one, other)]
    here = page.evaluate("([a, b]) => import('/static/app/core/geo.js').then(m => m.distance(a, b))", asked)
    there = distance_m(*(point(lat, lng, Datum(datum)) for lat, lng, datum in (one, other)))
    assert here == pytest.approx(there, abs=0.5)


def test_beijing_station_in_two_datums_is_one_place(page: Page) -> None:
    asked = [dict(zip(("lat", "lng", "datum"), place, strict=True)) for place in PAIRS[0]]
    assert page.evaluate("([a, b]) => import('/static/app/core/geo.js').then(m => m.distance(a, b))", asked) < 1


@pytest.mark.parametrize(
    ("typed", "fen"),
    [("120", 12000), ("120.5", 12050), (" 1,234.56 元", 123456), ("１２０．０５", 12005), ("一百二", None), ("-3", None),
     ("1.234", None), ("", None), ("0", 0)],
)  # fmt: skip
def test_money_is_read_as_people_type_it(page: Page, typed: str, fen: int | None) -> None:
    assert page.evaluate("t => import('/static/app/core/text.js').then(m => m.fenOf(t))", typed) == fen
