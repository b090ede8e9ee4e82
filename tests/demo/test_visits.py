"""The demonstration's visits: most are what they should be, the busy evening is not, and in the hills all is honest."""

from __future__ import annotations

import numpy as np
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.demo.build import Demonstration, demo_tables
from portal.demo.load import load_tables
from portal.demo.visit_rows import load_visits
from portal.demo.visits import make_visits
from portal.kernel.database import reading, writing
from portal.registers.helpers.check_ins.claims.models import Claim
from portal.registers.helpers.check_ins.claims.queries import fixes_of, list_chain
from portal.registers.helpers.check_ins.claims.rules import Link, chain_fault, message_of, read_json
from portal.registers.helpers.check_ins.models import CheckIn, State
from portal.registers.helpers.check_ins.photos.models import Photo, VisitPhoto
from portal.registers.helpers.check_ins.questions.models import VisitQuestion
from portal.registers.sealed import keyring_of
from portal.settings import Settings
from portal.trail.encoding import row_digest, row_values
from portal.trail.heads import head_digests


def test_the_same_plan_draws_the_same_visits(county: Demonstration) -> None:
    one, other = (make_visits(county.plan, county.places, county.people, county.helpers) for _ in range(2))
    assert one.count > 5000
    assert all(np.array_equal(a, b) for a, b in zip(vars(one).values(), vars(other).values(), strict=True))


def test_visits_are_by_day_near_the_house_and_in_order(county: Demonstration) -> None:
    visits = make_visits(county.plan, county.places, county.people, county.helpers)
    plain = visits.story == ""
    hour = (visits.captured + np.timedelta64(8 * 3600, "s")).astype("datetime64[h]").astype(int) % 24
    assert hour[plain].min() >= 8 and hour[plain].max() < 18
    assert (np.diff(visits.received.astype(np.int64)) >= 0).all()
    assert (visits.received > visits.captured).all()
    assert visits.received.max() < np.datetime64(county.plan.as_of, "s")
    assert visits.distance_m[plain].max() < 120
    assert 0.9 < visits.located[plain].mean() < 1 and 0.9 < visits.done[plain].mean() < 1
    assert (visits.reason[~visits.done] != "").all() and (visits.no_place[~visits.located] != "").all()


def test_story_5_has_one_evening_at_one_spot_and_days_in_the_hills(county: Demonstration) -> None:
    visits = make_visits(county.plan, county.places, county.people, county.helpers)
    busy, hill = visits.story == "busy", visits.story == "hill"
    told = county.stories[4].records
    assert set(county.helpers.no[visits.helper[busy]]) == {told["busy_helper"]} and busy.sum() == 46
    assert set(county.helpers.no[visits.helper[hill]]) == {told["hill_helper"]}
    span = visits.captured[busy].max() - visits.captured[busy].min()
    assert span < np.timedelta64(2 * 3600, "s")
    assert np.ptp(visits.lat_e7[busy]) < 20 * 90
    assert visits.offline[hill].all() and (visits.distance_m[hill] < 120).all()


def test_loaded_visits_are_signed_chained_asked_and_in_the_log(
    engine: Engine, settings: Settings, village: Demonstration
) -> None:
    with writing(engine) as session:
        keyring = keyring_of(session)
    wanted = {"divisions", "units", "households", "helpers", "programmes", "projects", "pairings"}
    tables = (table for table in demo_tables(village) if table.kind in wanted)
    load_tables(engine, keyring, settings.staging_dir, tables, lambda _line: None)
    count = load_visits(engine, keyring, settings.files_dir, village)
    assert count > 100 and load_visits(engine, keyring, settings.files_dir, village) == 0
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(CheckIn)) == count
        asked = session.scalars(select(CheckIn.device_id).where(CheckIn.state == State.ASKED)).all()
        assert set(asked) == {"demo-busy"} and len(asked) == 45
        assert set(session.scalars(select(VisitQuestion.rule))) >= {"H03", "H05"}
        for device in ("demo-busy", "demo-hill"):
            chain = [
                Link(row.counter, bytes.fromhex(row.previous_sha256), bytes.fromhex(row.message_sha256), True)
                for row in list_chain(session, device)
            ]
            assert len(chain) > 10 and all(chain_fault(link, chain) is None for link in chain)
        claim = session.scalars(select(Claim).order_by(Claim.id.desc()).limit(1)).one()
        fields = read_json(keyring.open_bytes(claim.body_sealed or b"", "claims.body_sealed"))
        assert message_of(claim.claim_id, fields)
        assert claim.claim_id in fixes_of(session, [claim.claim_id])
        busy = select(VisitPhoto.photo_id).join(CheckIn, CheckIn.id == VisitPhoto.check_in_id)
        assert len(set(session.scalars(busy.where(CheckIn.device_id == "demo-busy")))) == 1
        assert session.scalar(select(func.count()).select_from(Photo)) == 1 + count_hills(session)
        row = session.execute(select(CheckIn.__table__)).mappings().first()
        assert row is not None
        head = head_digests(session.connection(), "check_ins", [row["id"]])[row["id"]]
        assert head == bytes.fromhex(row_digest(row_values(CheckIn.__table__, row)))


def count_hills(session: Session) -> int:
    """How many visits there are in the hills; each has a picture of its own."""
    query = select(func.count()).select_from(CheckIn).where(CheckIn.device_id == "demo-hill")
    return int(session.scalar(query) or 0)
