"""I01 reaches an inspector outside the village, and nobody of the village that entered it."""

from datetime import date

from flask import Flask
from sqlalchemy import Engine, select

from portal.accounts.permissions import Role
from portal.checks.actions import run_rules
from portal.checks.catalogue import RULES
from portal.kernel.database import reading, writing
from portal.oversight.leads.models import Lead
from tests.factories.accounts import signed_in
from tests.factories.divisions import COUNTY, HONGYAO, VILLAGE, make_county, make_parameter
from tests.factories.recipients import make_household, make_income


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


def test_a_reimbursement_entered_as_income_reaches_an_inspector_of_the_county(app: Flask) -> None:
    with writing(engine_of(app)) as session:
        make_county(session)
        make_parameter(session, "monitor_line", "8800")
        household = make_household(session)
        make_income(session, household, 12_000_00, category="转移性", item="医疗报销")
        make_income(session, household, 3_000_00)
    with writing(engine_of(app)) as session:
        run_rules(session, RULES.named(["I01", "L09"]), as_of=date(2026, 11, 22), actor="job:nightly")
    with reading(engine_of(app)) as session:
        found = {lead.rule: lead for lead in session.scalars(select(Lead))}
    assert set(found) == {"I01", "L09"}
    assert found["I01"].severity == "严重"
    path = f"/supervision/leads/{found['I01'].lead_no}"
    page = signed_in(app, Role.INSPECTOR, [COUNTY]).get(path)
    assert page.status_code == 200
    assert "医疗报销" in page.text
    assert "12,000.00" in page.text
    assert signed_in(app, Role.INSPECTOR, [HONGYAO]).get(path).status_code == 404
    assert signed_in(app, Role.VILLAGE_CLERK, [VILLAGE]).get(path).status_code == 403
    poor = signed_in(app, Role.INSPECTOR, [COUNTY]).get(f"/supervision/leads/{found['L09'].lead_no}").text
    assert "3,000.00" in poor
