"""A villager reports the township head: invisible to him and his side, the county's with its clock running, the city's
after ten days of silence. And the same for random cases: whoever may not know cannot tell from any answer."""

from __future__ import annotations

import os
import random
import re
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.checks.actions import refresh_rule
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc, reading, writing
from portal.oversight.complaints.handling.deadlines.actions import keep_clocks
from portal.oversight.complaints.models import Complaint
from portal.oversight.complaints.routing.actions import declare_relative
from portal.oversight.complaints.routing.queries import may_know
from portal.oversight.leads.models import Lead
from portal.registers.corrections import Act
from portal.trail.actions import record
from tests.factories.accounts import Browser
from tests.factories.complaints import (
    CITY,
    COUNTY,
    PLACES,
    STAFF,
    UNITS,
    a_county,
    arrive,
    post,
    sign_in_as,
    who,
)

pytestmark = pytest.mark.begins_with(fill=a_county)
CASES = 30 if os.environ.get("YANGGUANG_SOAK") == "1" else 1  # on both databases; 1,000 in test_noninterference
AT = "/supervision/complaints"
PATHS = (
    "/supervision/", "/supervision/leads", AT, f"{AT}?tab=已了结", f"{AT}?q=%s", f"{AT}/%s", f"{AT}.csv", f"{AT}/relations",
    "/supervision/cases", "/supervision/log?q=动作:complaint.*", "/supervision/log?q=对象:complaint/%s",
    "/console/", "/search?q=%s", "/figures", "/supervision/rules", "/supervision/rules/S02", "/supervision/overview",
    "/supervision/oversight",
)  # fmt: skip
DRAWN = re.compile(r'(?:nonce|value|content|action)="[^"]*"|[0-9A-HJKMNP-TV-Z]{10}|\d\d:\d\d(:\d\d)?')
SIDE = ("town-head", "town-clerk", "village-clerk", "county-leader")


def _engine(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


def _answers(browsers: dict[str, Browser], locator: str) -> dict[tuple[str, str], tuple[int, str]]:
    """Every answer to everybody: status and body, without what is drawn anew for each request."""
    found = {}
    for username, browser in browsers.items():
        for path in PATHS:
            answer = browser.get(path.replace("%s", locator))
            found[username, path] = answer.status_code, DRAWN.sub("", answer.text.replace(locator, ""))
    return found


def test_the_townships_head_and_his_side_see_nothing_and_ten_days_of_silence_take_it_to_the_city(app: Flask) -> None:
    arrived = now_utc() - timedelta(days=11)
    browsers = {username: sign_in_as(app, username) for username in SIDE}
    before = _answers(browsers, "ZZZZ0000")
    with writing(_engine(app)) as session:
        locator = arrive(session, [("钱有为", "红窑镇人民政府")], at=arrived, named="反映人李四").locator
    assert _answers(browsers, locator) == before
    county = sign_in_as(app, "county-inspector")
    page = county.get(AT).text
    assert f'href="{AT}/{locator}"' in page and (today_cn() - timedelta(days=1)).isoformat() in page
    with writing(_engine(app)) as session:
        assert keep_clocks(session, "job:complaints", now_utc())["raised"] == 1
    with writing(_engine(app)) as session:
        assert keep_clocks(session, "job:complaints", now_utc())["raised"] == 0
        refresh_rule(session, "S02", as_of=today_cn(), actor="job:nightly")
    city = sign_in_as(app, "city-inspector")
    assert f'href="{AT}/{locator}"' in city.get(AT).text
    assert county.get(f"{AT}/{locator}").status_code == 404
    with reading(_engine(app)) as session:
        lead = session.scalars(select(Lead).where(Lead.rule == "S02")).one()
        assert (lead.subject_no, lead.division_code, lead.household_no) == (locator, CITY, None)
        assert "李四" not in str(lead.evidence)
    assert lead.lead_no in city.get("/supervision/leads").text
    assert lead.lead_no not in county.get("/supervision/leads").text
    assert _answers(browsers, locator) == before


def _a_random_case(session: Session, draw: random.Random) -> Complaint:
    """Somebody or some unit accused, somewhere, perhaps about a record; somebody's post or relative declared before."""
    accused = [(name, "") if draw.random() < 0.5 else (name, dict((u[0], u[1]) for u in UNITS).get(unit or "", ""))
               for _, name, _, _, unit, _ in draw.sample(STAFF, draw.randint(0, 2))]  # fmt: skip
    accused += [("", name) for _, name, *_ in draw.sample(UNITS, draw.randint(0, 1))]
    place = draw.choice([code for code, _, _, level in PLACES if level >= 3])
    return arrive(session, accused, place=place)


def _change_something(session: Session, draw: random.Random) -> None:
    username, name, *_ = draw.choice(STAFF)
    if draw.random() < 0.5:
        since_on = date(1990, 1, 1) + timedelta(days=draw.randrange(12_000))
        post(session, username, draw.choice(UNITS)[0], is_head=draw.random() < 0.5, since_on=since_on)
        record(session, kind="tenure.added", actor="test", subjects=[("account", username)], sealed=True)
    else:
        values = {
            "name": draw.choice([p[1] for p in STAFF if p[1] != name]) + draw.choice("甲乙丙丁戊己"),
            "relation": "姻亲",
        }
        declare_relative(session, username, values, COUNTY, Act(f"user:{username}", "申报"))


def test_whoever_may_not_know_cannot_tell_from_any_answer(app: Flask) -> None:
    draw, told = random.Random(20261122), 0  # repeatable, guards nothing
    browsers = {person[0]: sign_in_as(app, person[0]) for person in STAFF}
    for _ in range(CASES):
        with writing(_engine(app)) as session:
            _change_something(session, draw)
        before = _answers(browsers, "ZZZZ0000")
        with writing(_engine(app)) as session:
            complaint = _a_random_case(session, draw)
            locator = complaint.locator
            blind = {person[0] for person in STAFF if not may_know(session, who(session, person[0]), complaint)}
        after = _answers({name: browsers[name] for name in sorted(blind)}, locator)
        assert after == {key: answer for key, answer in before.items() if key[0] in blind}
        told += len(STAFF) - len(blind)
        assert blind >= {"town-head", "town-clerk", "village-clerk", "county-leader", "county-auditor"}
    assert told > 0
