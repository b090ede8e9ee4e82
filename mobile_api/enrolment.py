"""Enrolling a phone, in three short steps: count the try, check the code without the database, write."""

from __future__ import annotations

from dataclasses import asdict

from mobile_api.payloads import Enrolment
from mobile_api.tokens import Caller
from portal.accounts.devices.actions import bad_code, code_matches, enrol_device
from portal.accounts.devices.queries import find_active_device, find_waiting_code
from portal.accounts.devices.rules import read_public_key
from portal.accounts.sign_in.actions import forgive_try, record_lock
from portal.kernel.database import now_utc, reading
from portal.web.errors import request_no
from portal.web.sessions import installation, short_write
from portal.web.sign_in import begin_try

PURPOSE = "enrol"


def enrol(who: Caller, given: Enrolment) -> str:
    """Enrol a phone and return its id. The key in force sent again is answered alike: nothing happens twice."""
    key = read_public_key({name: part for name, part in asdict(given.public_key).items() if part is not None})
    with reading(installation().engine) as session:
        present = find_active_device(session, who.helper_no)
        waiting = find_waiting_code(session, who.helper_no, now_utc())
    if present is not None and present.public_key == key:
        return present.device_id
    attempt = begin_try(who.principal.username, PURPOSE)
    matches = code_matches(waiting, given.enrolment_code)
    with short_write() as session:
        if matches and waiting is not None:
            forgive_try(session, attempt)
            return enrol_device(
                session, who.principal, waiting.id, key, given.label, now_utc(),
                session_id=who.session_id, request_id=request_no(),
            ).device_id  # fmt: skip
        if attempt.locks:
            record_lock(session, attempt, request_id=request_no())
    raise bad_code()
