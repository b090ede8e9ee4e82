"""Cheap hashes and a keyring for the tests of accounts."""

import pytest

from portal.accounts import passwords
from portal.kernel.sealing import Keyring
from portal.settings import Settings
from portal.trail.connect import keyring_of
from tests.factories.accounts import Quick


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHING", Quick())


@pytest.fixture
def keyring(settings: Settings) -> Keyring:
    return keyring_of(settings)
