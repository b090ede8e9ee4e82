"""Visits as they stand in the register, for lists: made without a phone, recorded as such."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.kernel.clock import CHINA
from portal.registers.helpers.check_ins.models import CheckIn, Source, State, Visit
from portal.registers.helpers.models import Helper
from portal.registers.recipients.models import Household
from portal.trail.actions import record


def make_visit(session: Session, helper: Helper, household: Household, on: date, **more: Any) -> CheckIn:
    """A visit on a day at ten, received five minutes later; anything else as given."""
    captured = datetime.combine(on, time(10), CHINA)
    row = CheckIn(
        **{
            "claim_id": str(uuid.uuid4()),
            "source": Source.PHONE,
            "helper_id": helper.id,
            "household_id": household.id,
            "division_code": household.division_code,
            "device_id": "D-1",
            "visited_on": on,
            "captured_at": captured,
            "not_before": captured - timedelta(hours=2),
            "received_at": captured + timedelta(minutes=5),
            "offline": False,
            "visit": Visit.DONE,
            "activities": ["核对收入", "看住房"],
            "findings": [],
            "has_location": True,
            "coarse_lat_e7": 337_800_000,
            "coarse_lng_e7": 1_192_600_000,
            "accuracy_m": 20,
            "distance_m": 60,
            "beyond_m": 0,
            "photo_count": 0,
            "signals": {},
            "state": State.ACCEPTED,
            **more,
        }
    )
    session.add(row)
    record(session, kind="check_in.recorded", actor="test", subjects=[("check_in", row.claim_id)])
    session.flush()
    return row
