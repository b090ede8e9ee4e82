"""A household that turns out to live elsewhere takes the sums of its money along."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.kernel.database import reading, writing
from portal.registers.funds.payouts.models import HouseholdPayout
from portal.registers.funds.verification.queries import verify_totals
from tests.doors.management.test_registers import correct
from tests.factories.accounts import Browser, signed_in
from tests.factories.divisions import COUNTY, OTHER_VILLAGE, VILLAGE, make_county
from tests.factories.funds import make_chain, make_programme, pay
from tests.factories.recipients import make_household


@pytest.fixture
def clerk(app: Flask) -> Browser:
    return signed_in(app, Role.TOWNSHIP_CLERK, [COUNTY], username="clerk")


def villages_paid(session: Session) -> set[str]:
    return set(session.scalars(select(HouseholdPayout.village_code)))


def test_a_corrected_village_moves_what_was_paid(app: Flask, clerk: Browser) -> None:
    engine: Engine = app.extensions["portal.installation"].engine
    with writing(engine) as session:
        make_county(session)
        household = make_household(session, "HH-1", head="张建国")
        lines = make_chain(session, make_programme(session), (100_00, 80_00, 60_00))
        pay(session, lines[-1], [(household.id, 50_00)])
    with reading(engine) as session:
        assert villages_paid(session) == {VILLAGE}
    correct(clerk, "/console/households/HH-1", {"division_code": OTHER_VILLAGE})
    with reading(engine) as session:
        assert villages_paid(session) == {OTHER_VILLAGE}
        assert verify_totals(session) == []
