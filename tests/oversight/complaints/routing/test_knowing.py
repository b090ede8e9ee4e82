"""Who may know of a complaint, asked of the database: the accused, his side and his relatives find nothing."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.kernel.database import now_utc, reserve_ids
from portal.oversight.complaints.handling.deadlines.actions import reroute
from portal.oversight.complaints.models import Complaint
from portal.oversight.complaints.routing.actions import declare_relative
from portal.oversight.complaints.routing.models import Kinship
from portal.oversight.complaints.routing.naming.rules import tokens_of_relative
from portal.oversight.complaints.routing.queries import find_organisation, may_know, route_for, visible_to
from portal.oversight.complaints.routing.staff.queries import Marks, whole_tree
from portal.registers.batches import Batch
from portal.registers.corrections import Act
from portal.registers.divisions.models import Division, Unit
from portal.registers.projects.models import Project
from portal.trail.actions import record
from portal.trail.models import TrailSubject
from tests.factories.complaints import CITY, COUNTY, STAFF, TOWN, VILLAGE, a_county, arrive, post, who

pytestmark = pytest.mark.begins_with(fill=a_county)
HEAD = [("钱有为 镇长", "红窑镇人民政府")]
KNOWING = {"county-inspector", "county-inspector-2", "county-head"}


def _knowing(session: Session, complaint: Complaint) -> set[str]:
    return {person[0] for person in STAFF if may_know(session, who(session, person[0]), complaint)}


def test_a_complaint_about_the_township_head_is_the_countys_and_nobody_elses(session: Session) -> None:
    complaint = arrive(session, HEAD)
    assert complaint.authority == COUNTY
    assert _knowing(session, complaint) == KNOWING


def test_the_head_is_found_by_name_alone_and_his_unit_by_itself(session: Session) -> None:
    assert _knowing(session, arrive(session, [("钱有为", "")])) == KNOWING
    assert _knowing(session, arrive(session, [("", "红窑镇")])) == KNOWING


def test_with_nobody_named_the_village_and_its_township_count_as_accused(session: Session) -> None:
    complaint = arrive(session)
    assert (complaint.authority, _knowing(session, complaint)) == (COUNTY, KNOWING)


def test_a_complaint_about_the_countys_own_organ_goes_to_the_city(session: Session) -> None:
    complaint = arrive(session, [("程守正", "涟水县纪委监委")])
    assert complaint.authority == CITY
    assert _knowing(session, complaint) == {"city-inspector", "city-head"}


def test_a_declared_relative_is_kept_away_at_once(session: Session) -> None:
    complaint = arrive(session, HEAD)
    marks = Marks(session)
    for unit in (TOWN, None):
        first = sorted(tokens_of_relative("钱有为", unit))
        row = Kinship(
            username="county-inspector", name_sealed=b"x", relation="兄弟姐妹", unit_code=unit,
            mark=marks.one(first[0]), name_mark=marks.one(first[-1]),
        )  # fmt: skip
        session.add(row)
        session.flush()
        assert _knowing(session, complaint) == KNOWING - {"county-inspector"}
        row.superseded_at = now_utc()
        session.flush()


def test_a_posting_into_the_accused_unit_shuts_out_from_that_day(session: Session) -> None:
    complaint = arrive(session, HEAD)
    post(session, "county-inspector-2", TOWN)
    assert _knowing(session, complaint) == KNOWING - {"county-inspector-2"}
    assert route_for(session, complaint).authority == COUNTY


def test_a_direct_superior_in_the_organ_is_shut_out(session: Session) -> None:
    complaint = arrive(session, HEAD)
    post(session, "town-head", TOWN, is_head=True, superior="county-head", since_on=date(2021, 1, 1))
    assert _knowing(session, complaint) == KNOWING - {"county-head"}


def test_a_select_holds_nothing_for_whoever_works_no_complaints(session: Session) -> None:
    arrive(session, HEAD)
    for username in ("town-head", "town-clerk", "village-clerk", "county-leader", "county-auditor", "city-head"):
        seen = select(func.count()).select_from(Complaint).where(visible_to(session, who(session, username)))
        assert session.scalar(seen) == 0
    assert VILLAGE.startswith(TOWN[:9])


def _bring_in(session: Session, username: str, *codes: str) -> None:
    """A file of projects that somebody brings in, as the machinery of files writes it."""
    batch, first = Batch(session, Project), reserve_ids(session.connection(), "projects", len(codes))
    batch.add(
        first,
        [
            {"code": code, "name": "村组道路", "division_code": VILLAGE, "currency": "CNY", "extensions": {}}
            for code in codes
        ],
    )
    batch.write("import.committed", f"user:{username}")
    session.flush()


def test_whoever_brought_the_disputed_record_in_by_a_file_is_kept_away(session: Session) -> None:
    _bring_in(session, "county-inspector", "XM-1", "XM-2")
    about_it = arrive(session, HEAD, subject=("project", "XM-1"))
    assert _knowing(session, about_it) == KNOWING - {"county-inspector"}
    assert "county-inspector" in route_for(session, about_it).excluded
    assert _knowing(session, arrive(session, HEAD, subject=("project", "XM-9"))) == KNOWING


def test_whoever_brings_it_in_later_is_kept_away_from_the_next_night_on(session: Session) -> None:
    complaint = arrive(session, HEAD, subject=("project", "XM-1"))
    _bring_in(session, "county-inspector", "XM-1")
    for _night in (1, 2):
        reroute(session, "job:complaints", now_utc())
    assert _knowing(session, complaint) == KNOWING - {"county-inspector"}
    kinds = session.scalars(select(TrailSubject.type).where(TrailSubject.no == complaint.locator)).all()
    assert kinds.count("complaint.accused_added") == 1


def test_every_act_upon_the_record_counts_whichever_came_first_in_its_transaction_and_no_look_does(
    session: Session,
) -> None:
    record(session, kind="unit.changed", actor="user:county-inspector", subjects=[("unit", "ZF-TOWN")])
    record(session, kind="project.changed", actor="user:county-inspector", subjects=[("project", "XM-1")])
    looked = {"kind": "project.read", "actor": "user:county-inspector-2", "sealed": True}
    record(session, subjects=[("project", "XM-1")], **looked)
    complaint = arrive(session, HEAD, subject=("project", "XM-1"))
    assert _knowing(session, complaint) == KNOWING - {"county-inspector"}


def test_a_relative_declared_without_his_unit_is_anybody_of_that_name(session: Session) -> None:
    """The accused says whose relative he is, and not where that one works: an inspector of that name stays away."""
    declare_relative(
        session, "town-head", {"name": "沈知行", "relation": "姻亲"}, COUNTY, Act("user:town-head", "申报")
    )
    complaint = arrive(session, HEAD)
    assert _knowing(session, complaint) == KNOWING - {"county-inspector"}
    assert "county-inspector" in route_for(session, complaint).excluded


def test_a_unit_above_the_county_is_recognised_by_its_name(session: Session) -> None:
    complaint = arrive(session, [("", "淮安市纪委监委")])
    assert complaint.authority == "320000000000"
    assert _knowing(session, complaint) == set()


def test_a_unit_of_another_county_is_recognised_by_a_name_that_no_other_has(session: Session) -> None:
    """Somebody across the county's border names this county's organ: it must not get what is about itself."""
    for code, name in (("320829000000", "洪泽县"), ("320830000000", "盱眙县")):
        session.add(Division(code=code, name=name, parent_code=CITY, level=3, valid_from=date(1949, 10, 1)))
    record(session, kind="division.added", actor="test", subjects=[("division", "320829000000")])
    said = [("钱有为", ""), ("", "涟水县纪委监委")]
    complaint = arrive(session, said, place="320829000000")
    assert complaint.authority == CITY
    assert _knowing(session, complaint) == {"city-inspector", "city-head"}
    session.add(Unit(code="JW-AGAIN", name="涟水县纪委监委", kind="纪检监察", division_code="320830000000"))
    record(session, kind="unit.added", actor="test", subjects=[("unit", "JW-AGAIN")])
    there = find_organisation(session, whole_tree(session), "涟水县纪委监委", "320829000000")
    assert there is None, "two of that name: unsure"
