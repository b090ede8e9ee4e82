"""Helpers' phones: a key as a phone makes it, enrolled with a code."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.devices.actions import enrol_device, issue_code
from portal.accounts.devices.queries import Device, find_waiting_code
from portal.accounts.devices.rules import read_public_key
from portal.accounts.models import User
from portal.accounts.permissions import Role
from portal.accounts.rules import NATION
from portal.kernel.database import now_utc
from portal.kernel.sealing import Keyring
from tests.factories.accounts import cheap_hashes, make_user


@dataclass(frozen=True)
class Phone:
    """A phone's own key pair."""

    key: ec.EllipticCurvePrivateKey

    @property
    def jwk(self) -> dict[str, str]:
        """The public half as WebCrypto exports it."""
        numbers = self.key.public_key().public_numbers()
        return {"kty": "EC", "crv": "P-256", "x": _base64url(numbers.x), "y": _base64url(numbers.y)}

    @property
    def public_key(self) -> bytes:
        """The public half as it is kept."""
        return read_public_key(self.jwk)


def _base64url(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()


def new_phone() -> Phone:
    """A phone that has just made its key."""
    return Phone(ec.generate_private_key(ec.SECP256R1()))


def helper_account(session: Session, helper_no: str, *, username: str = "", keyring: Keyring | None = None) -> User:
    """An account of a helper; with a keyring it can sign in (PASSWORD and SECRET)."""
    user = make_user(session, Role.HELPER, (NATION,), username=username, keyring=keyring)
    user.helper_no = helper_no
    session.flush()
    return user


def enrolled(
    session: Session, user: User, phone: Phone, *, at: datetime | None = None, label: str = "测试机"
) -> Device:
    """A phone of this helper, enrolled as the product does it."""
    moment = at or now_utc()
    with cheap_hashes():
        issue_code(session, "user:clerk", str(user.helper_no), moment)
    waiting = find_waiting_code(session, str(user.helper_no), moment)
    assert waiting is not None
    return enrol_device(session, queries.principal_of(session, user), waiting.id, phone.public_key, label, moment)
