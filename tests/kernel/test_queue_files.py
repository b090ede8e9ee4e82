"""Queue files: what a phone seals, this installation opens, and nobody else."""

import os

import pytest

from portal.kernel.errors import BadInput
from portal.kernel.queue_files import MAGIC, open_queue_file, queue_public_key
from portal.kernel.sealing import Keyring, make_keyring
from tests.factories.queues import sealed_by_a_phone

SAID = '{"items": ["张志明家"]}'.encode()


@pytest.fixture
def keyring() -> Keyring:
    return make_keyring([os.urandom(32)], os.urandom(32))


def test_what_a_phone_sealed_is_opened(keyring: Keyring) -> None:
    file = sealed_by_a_phone(queue_public_key(keyring), SAID)
    assert "张志明".encode() not in file
    assert open_queue_file(keyring, file) == SAID


def test_the_key_is_the_same_after_a_rotation_of_the_sealing_keys() -> None:
    first, index = os.urandom(32), os.urandom(32)
    before, after = make_keyring([first], index), make_keyring([first, os.urandom(32)], index)
    assert queue_public_key(before) == queue_public_key(after)
    assert open_queue_file(after, sealed_by_a_phone(queue_public_key(before), SAID)) == SAID


def test_another_installation_cannot_open_it(keyring: Keyring) -> None:
    other = make_keyring([os.urandom(32)], os.urandom(32))
    with pytest.raises(BadInput, match="打不开"):
        open_queue_file(other, sealed_by_a_phone(queue_public_key(keyring), SAID))


@pytest.mark.parametrize("place", [len(MAGIC), len(MAGIC) + 30, len(MAGIC) + 70, -1])
def test_one_changed_bit_is_noticed(keyring: Keyring, place: int) -> None:
    file = bytearray(sealed_by_a_phone(queue_public_key(keyring), SAID))
    file[place] ^= 1
    with pytest.raises(BadInput, match="打不开"):
        open_queue_file(keyring, bytes(file))


@pytest.mark.parametrize("file", [b"", b"PK\x03\x04", MAGIC, MAGIC + b"\x04" * 70])
def test_anything_else_is_named_as_no_queue_file(keyring: Keyring, file: bytes) -> None:
    with pytest.raises(BadInput, match="不是手机导出"):
        open_queue_file(keyring, file)
