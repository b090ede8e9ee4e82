"""/devices and /nonces: a phone's key, and the nonces that say before when a claim was not made."""

from __future__ import annotations

from flask import Response

from mobile_api.answers import DeviceEnrolled, NonceLine, Nonces, respond
from mobile_api.enrolment import enrol
from mobile_api.operations import SELDOM, operation
from mobile_api.payloads import Enrolment, NonceQuestion, read_body, read_query
from mobile_api.shapes import _l
from mobile_api.tokens import caller
from portal.accounts.devices.actions import lease_nonces, need_active_device
from portal.kernel.database import now_utc
from portal.web.sessions import database


@operation(
    "POST",
    "/devices",
    summary=_l("登记这部手机"),
    tag=_l("登录和手机"),
    body=Enrolment,
    answers={201: DeviceEnrolled},
    problems=("bad_key", "bad_enrolment_code", "too_many_tries"),
    rate=SELDOM,
)
def enrol_device() -> Response:
    """The phone's public key with the code from the township office; the helper's earlier phone is revoked.

    Sent again with the same key, the answer is the same.
    """
    given = read_body(Enrolment)
    return respond(DeviceEnrolled(enrol(caller(), given)), 201)


@operation(
    "GET",
    "/nonces",
    summary=_l("领随机数"),
    tag=_l("登录和手机"),
    query=NonceQuestion,
    answers={200: Nonces},
    problems=("device_needed",),
    commits=True,
    rate=SELDOM,
)
def lease() -> Response:
    """Nonces for the phone in force, each for one claim within 72 hours."""
    wanted, session = read_query(NonceQuestion), database()
    device = need_active_device(session, caller().helper_no)
    leases = lease_nonces(session, device.device_id, wanted.count, now_utc())
    return respond(Nonces(tuple(NonceLine(each.nonce, each.issued_at, each.expires_at) for each in leases)))
