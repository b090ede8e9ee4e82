"""HPKE against the published vectors (RFC 9180, appendix A.2: X25519, HKDF-SHA256, ChaCha20-Poly1305, base mode).

The published ciphertexts carry associated data and what we wrap carries none, so they are opened in two ways: as they are, by
the key schedule written out here from the RFC and by the library's own hook for vectors; and sealed again without associated
data under the published key and nonce, by our module.
"""

from __future__ import annotations

import hmac

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.bindings._rust import openssl as library
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from portal.kernel import hpke
from portal.kernel.sealing import SealError

PRIVATE = bytes.fromhex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb")
PUBLIC = bytes.fromhex("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a")
ENCAPSULATED = bytes.fromhex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a")
SHARED = "0bbe78490412b4bbea4812666f7916932b828bba79942424abb65244930d69a7"
SECRET = "5b9cd775e64b437a2335cf499361b2e0d5e444d5cb41a8a53336d8fe402282c6"
KEY = bytes.fromhex("ad2744de8e17f4ebba575b3f5f5a8fa1f69c2a07f6e7500bc60ca6e3e3ec1c91")
NONCE = bytes.fromhex("5c4d98150661b848853b547f")
CIPHERTEXT = bytes.fromhex("1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28")
INFO, PLAIN, AAD = b"Ode on a Grecian Urn", b"Beauty is truth, truth beauty", b"Count-0"
KEM, SUITE = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x03"


def extract(suite: bytes, salt: bytes, label: bytes, value: bytes) -> bytes:
    """LabeledExtract (RFC 9180, section 4)."""
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + value, "sha256")


def expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """LabeledExpand, for at most one block."""
    said = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info + b"\x01"
    return hmac.digest(key, said, "sha256")[:length]


def schedule(private: bytes, encapsulated: bytes, info: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Shared secret, secret, key and base nonce of the receiver (sections 4.1 and 5.1), from the published inputs."""
    own = X25519PrivateKey.from_private_bytes(private)
    agreed = own.exchange(X25519PublicKey.from_public_bytes(encapsulated))
    both = encapsulated + own.public_key().public_bytes_raw()
    shared = expand(KEM, extract(KEM, b"", b"eae_prk", agreed), b"shared_secret", both, 32)
    context = b"\0" + extract(SUITE, b"", b"psk_id_hash", b"") + extract(SUITE, b"", b"info_hash", info)
    secret = extract(SUITE, shared, b"secret", b"")
    key, nonce = expand(SUITE, secret, b"key", context, 32), expand(SUITE, secret, b"base_nonce", context, 12)
    return shared, secret, key, nonce


def test_the_published_key_schedule_comes_out_of_the_published_keys() -> None:
    assert hpke.public_of(PRIVATE) == PUBLIC
    shared, secret, key, nonce = schedule(PRIVATE, ENCAPSULATED, INFO)
    assert (shared.hex(), secret.hex(), key, nonce) == (SHARED, SECRET, KEY, NONCE)
    assert ChaCha20Poly1305(key).decrypt(nonce, CIPHERTEXT, AAD) == PLAIN


def test_the_library_opens_the_published_ciphertext_with_our_suite() -> None:
    opened = library.hpke._decrypt_with_aad(
        hpke._SUITE, ENCAPSULATED + CIPHERTEXT, X25519PrivateKey.from_private_bytes(PRIVATE), info=INFO, aad=AAD
    )
    assert bytes(opened) == PLAIN
    with pytest.raises(InvalidTag):
        library.hpke._decrypt_with_aad(
            hpke._SUITE,
            ENCAPSULATED + CIPHERTEXT,
            X25519PrivateKey.from_private_bytes(PRIVATE),
            info=INFO,
            aad=b"Count-1",
        )


def test_our_module_opens_what_is_sealed_under_the_published_key_and_nonce() -> None:
    sealed = ENCAPSULATED + ChaCha20Poly1305(KEY).encrypt(NONCE, PLAIN, b"")
    assert hpke.unwrap(sealed, PRIVATE, INFO) == PLAIN


def test_what_our_module_wraps_opens_by_the_key_schedule_of_the_rfc() -> None:
    wrapped = hpke.wrap(PLAIN, PUBLIC, INFO)
    assert len(wrapped) == len(PLAIN) + hpke.OVERHEAD
    _shared, _secret, key, nonce = schedule(PRIVATE, wrapped[:32], INFO)
    assert ChaCha20Poly1305(key).decrypt(nonce, wrapped[32:], b"") == PLAIN
    assert hpke.wrap(PLAIN, PUBLIC, INFO)[:32] != wrapped[:32], "each wrapping has a pair of its own"


WRAPPED = hpke.wrap(KEY, PUBLIC, hpke.info_of("17", "320826000000", "body"))
WRONG = {
    "another private half": (WRAPPED, hpke.new_key(), hpke.info_of("17", "320826000000", "body")),
    "the public half": (WRAPPED, PUBLIC, hpke.info_of("17", "320826000000", "body")),
    "no key": (WRAPPED, b"", hpke.info_of("17", "320826000000", "body")),
    "another case": (WRAPPED, PRIVATE, hpke.info_of("18", "320826000000", "body")),
    "another authority": (WRAPPED, PRIVATE, hpke.info_of("17", "320800000000", "body")),
    "another part": (WRAPPED, PRIVATE, hpke.info_of("17", "320826000000", "identity")),
    "no info": (WRAPPED, PRIVATE, b""),
    "associated data": (ENCAPSULATED + CIPHERTEXT, PRIVATE, INFO),
    "one byte short": (WRAPPED[:-1], PRIVATE, hpke.info_of("17", "320826000000", "body")),
    "the encapsulated key alone": (WRAPPED[:32], PRIVATE, hpke.info_of("17", "320826000000", "body")),
    "half a key": (WRAPPED[:16], PRIVATE, hpke.info_of("17", "320826000000", "body")),
    "nothing": (b"", PRIVATE, hpke.info_of("17", "320826000000", "body")),
    "a bent key": (bytes([WRAPPED[0] ^ 1]) + WRAPPED[1:], PRIVATE, hpke.info_of("17", "320826000000", "body")),
    "a bent tag": (WRAPPED[:-1] + bytes([WRAPPED[-1] ^ 1]), PRIVATE, hpke.info_of("17", "320826000000", "body")),
    "a point of low order": (bytes(32) + WRAPPED[32:], PRIVATE, hpke.info_of("17", "320826000000", "body")),
}


@pytest.mark.parametrize("name", WRONG)
def test_everything_else_is_refused_in_words_and_says_nothing_of_the_key(name: str) -> None:
    wrapped, private, info = WRONG[name]
    with pytest.raises(SealError) as refused:
        hpke.unwrap(wrapped, private, info)
    assert refused.value.what == "这把钥匙打不开" and refused.value.fix
    assert refused.value.__cause__ is None and refused.value.__suppress_context__


def test_a_box_opens_under_its_key_and_name_only() -> None:
    key = hpke.new_key()
    box = hpke.seal_box(key, PLAIN, b"17|box|body")
    assert hpke.open_box(key, box, b"17|box|body") == PLAIN
    wrong = [
        (hpke.new_key(), box, b"17|box|body"), (key, box, b"18|box|body"), (key, box[:-1], b"17|box|body"),
        (key, box[:12], b"17|box|body"), (key, b"", b"17|box|body"), (key[:-1], box, b"17|box|body"),
        (key, bytes([box[0] ^ 1]) + box[1:], b"17|box|body"),
    ]  # fmt: skip
    for a_key, a_box, a_name in wrong:
        with pytest.raises(SealError):
            hpke.open_box(a_key, a_box, a_name)
