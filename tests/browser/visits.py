"""Visits for pictures and pages: the demonstration's helpers go round, one of them with a phone and a photo."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc, writing
from portal.registers.corrections import Act
from portal.registers.helpers.check_ins.models import State, Visit
from portal.registers.helpers.check_ins.paper.actions import enter_paper_visit
from portal.registers.helpers.models import Helper, Pairing
from portal.registers.recipients.models import Household
from tests.factories.board import make_visit
from tests.factories.visits import make_walker, picture

STATES = (State.ACCEPTED, State.ACCEPTED, State.COUNTED, State.EXPLAINED, State.NOT_COUNTED)


def add_visits(app: Flask) -> tuple[str, int, str]:
    """Visits of the last weeks to every other household; the id of one from a phone, of a form, and a helper's number."""
    installation = app.extensions["portal.installation"]
    today, now = today_cn(), now_utc()
    with writing(installation.engine) as session:
        pairs = session.execute(
            select(Helper, Household)
            .join(Pairing, Pairing.helper_id == Helper.id)
            .join(Household, Household.id == Pairing.household_id)
            .where(Pairing.ended_on.is_(None))
            .order_by(Pairing.id)
        ).all()
        for number, (helper, household) in enumerate(pairs[:120]):
            if number % 2 == 0:
                make_visit(
                    session, helper, household, today - timedelta(days=number * 7 % 45),
                    state=STATES[number % len(STATES)], visit=Visit.NOT_POSSIBLE if number % 14 == 0 else Visit.DONE,
                    not_possible_reason="外出务工" if number % 14 == 0 else None,
                    coarse_lat_e7=337_800_000 + number % 5 * 100_000, coarse_lng_e7=1_192_600_000 + number % 7 * 100_000,
                )  # fmt: skip
        helper, household = pairs[1]
        walker = make_walker(session, installation.settings.files_dir, helper.no, now - timedelta(days=30))
        values = {"visited_on": today, "visit": "done", "activities": ["看住房"], "note": "屋顶要修"}
        paper = enter_paper_visit(
            session, helper.no, household.no, values, Act("user:demo-village_clerk", "走访表 7"), now
        )
        no, paper_id = household.no, paper.id
    with writing(installation.engine) as session:
        photos = [walker.upload(session, picture(seed, (640, 480)), now) for seed in (1, 2)]
    with writing(installation.engine) as session:
        place = {"lat": 33.9, "lng": 119.4, "accuracy_m": 120, "datum": "WGS84"}
        more = {"captured_at": now - timedelta(hours=5), "at": now, "photos": photos, "location": place}
        claim = walker.visit(
            session, no, note="在田里见的面，说屋顶漏雨。", activities=["看住房", "核对收入"], **more
        ).id
    return claim, paper_id, walker.helper_no
