"""A search finds each event once, the latest first, page after page, and never what the searcher may not know of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.keyset import Start
from portal.trail.actions import record
from portal.trail.search.queries import Hit, Sight, Wanted, count_found, key_of, search
from portal.trail.search.rules import parse

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
EVERYTHING = Sight("user:inspector", sealed=True)
OPEN = Sight("user:inspector")


def note(session: Session, kind: str, *subjects: tuple[str, str], days: int = 0, **more: Any) -> str:
    said = {"actor": "user:wang", "at": NOW - timedelta(days=days), **more}
    return record(session, kind=kind, subjects=subjects, **said).event_id


def found(session: Session, text: str, sight: Sight = EVERYTHING, **places: frozenset[str]) -> list[Hit]:
    wanted = Wanted(parse(text, day_cn(NOW)), **places)
    hits = search(session, wanted, sight, None, 50)
    assert len(hits) == count_found(session, wanted, sight)
    return hits


@pytest.fixture
def noted(session: Session) -> Session:
    """Six open acts and four sealed ones, two of them about a case."""
    note(session, "household.added", ("household", "HH-1"), ("person", "1"), days=5, unit="320826104201")
    note(session, "payment.line.recorded", ("payment", "FF-1/1"), ("household", "HH-1"), days=4, unit="320826104201")
    note(session, "payment.line.corrected", ("payment", "FF-1/1"), days=3, actor="user:li", unit="320826110201")
    note(session, "policy.published", ("policy", "p-1"), days=2, actor="job:nightly")
    note(session, "allocation.added", ("allocation", "Z-1"), days=40)
    note(session, "unit.changed", ("unit", "U-9"), days=1, unit="U-9")
    note(session, "access.login", ("account", "li"), days=1, actor="user:li", sealed=True)
    note(session, "lead.read", ("lead", "YD-1"), days=1, actor="user:inspector", sealed=True)
    note(session, "case.opened", ("case", "AJ-1"), ("household", "HH-1"), actor="user:head", sealed=True)
    note(session, "read.opened", ("household", "HH-1"), ("case", "AJ-2"), actor="user:zhao", sealed=True)
    note(session, "canary.planted", ("household", "HH-9"), actor="user:head", sealed=True)
    session.flush()
    return session


def kinds(hits: list[Hit]) -> list[str]:
    return [hit.type for hit in hits]


def test_each_field_narrows_and_the_latest_comes_first(noted: Session) -> None:
    assert kinds(found(noted, "", OPEN)) == [
        "unit.changed", "lead.read", "policy.published", "payment.line.corrected", "payment.line.recorded",
        "household.added",
    ] or kinds(found(noted, "", OPEN))[:2] == ["lead.read", "unit.changed"]  # fmt: skip
    assert kinds(found(noted, "actor:wang action:payment.*")) == ["payment.line.recorded"]
    assert kinds(found(noted, "action:payment.*")) == ["payment.line.corrected", "payment.line.recorded"]
    assert kinds(found(noted, "action:payment.* -actor:li")) == ["payment.line.recorded"]
    assert kinds(found(noted, "对象:payment -action:payment.line.recorded")) == ["payment.line.corrected"]
    assert kinds(found(noted, "对象:payment/FF-1/1")) == ["payment.line.corrected", "payment.line.recorded"]
    assert kinds(found(noted, "对象:FF-1/1 操作人:li")) == ["payment.line.corrected"]
    assert kinds(found(noted, "action:allocation.added created:>=2026-01-01")) == ["allocation.added"]
    assert kinds(found(noted, "action:allocation.added")) == []
    assert kinds(found(noted, "action:nothing.such")) == []


def test_an_event_about_many_things_is_found_once(noted: Session) -> None:
    note(noted, "notice.drafted", *[("household", f"HH-{n}") for n in range(1, 30)])
    assert kinds(found(noted, "action:notice.drafted")) == ["notice.drafted"]
    assert kinds(found(noted, "对象:HH-7")) == ["notice.drafted"]


def test_places_are_wanted_excluded_and_kept_to(noted: Session) -> None:
    gaogou = frozenset({"320826104000", "320826104201"})
    assert kinds(found(noted, "区划:高沟 action:payment.*", divisions=gaogou)) == ["payment.line.recorded"]
    assert kinds(found(noted, "区划:高沟", divisions=gaogou)) == ["payment.line.recorded", "household.added"]
    assert kinds(found(noted, "-区划:高沟 action:payment.*", not_divisions=gaogou)) == ["payment.line.corrected"]
    mine = Sight("user:inspector", inside=select(literal("320826110201")))
    assert set(kinds(found(noted, "", mine))) == {
        "payment.line.corrected",
        "policy.published",
        "unit.changed",
        "lead.read",
    }


def test_sealed_acts_are_found_by_who_may_and_counted_for_nobody_else(noted: Session) -> None:
    assert found(noted, "actor:li action:access.login", OPEN) == []
    assert kinds(found(noted, "actor:li action:access.login")) == ["access.login"]
    assert kinds(found(noted, "action:lead.read", OPEN)) == ["lead.read"], "one's own acts"
    note(noted, "trail.read", ("case", "AJ-9"), actor="user:inspector", sealed=True)
    assert found(noted, "对象:case/AJ-9") == [], "a look at what one may not know of proves nothing"
    for text in ("action:case.*", "对象:case/AJ-1", "对象:AJ-2", "对象:case", "actor:head"):
        assert found(noted, text) == [], text


def test_a_case_is_found_by_its_team_alone(noted: Session) -> None:
    team = Sight("user:member", shown={"case": select(literal("AJ-1"))})
    assert kinds(found(noted, "action:case.*", team)) == ["case.opened"]
    assert kinds(found(noted, "对象:case/AJ-1", team)) == ["case.opened"]
    assert found(noted, "对象:case/AJ-2", team) == []
    assert kinds(found(noted, "对象:household/HH-1 action:case.*", team)) == ["case.opened"]


def test_a_watched_household_is_found_by_nobody(noted: Session) -> None:
    assert found(noted, "对象:HH-9") == []
    assert found(noted, "action:canary.*", Sight("user:head", sealed=True)) == []


def test_pages_meet_without_a_gap_both_ways(session: Session) -> None:
    made = [
        note(session, "thing.noted", ("thing", str(n)), days=n // 3, actor=f"user:{'ab'[n % 2]}") for n in range(23)
    ]
    wanted = Wanted(parse("action:thing.noted actor:a actor:b", day_cn(NOW)))
    pages, start = [], None
    while hits := search(session, wanted, EVERYTHING, start, 5):
        pages.append(hits)
        start = Start(key_of(hits[-1]))
    seen = [hit.event_id for page in pages for hit in page]
    assert sorted(seen) == sorted(made)
    assert seen == [
        hit.event_id for hit in sorted((h for p in pages for h in p), key=lambda h: (h.at, h.id), reverse=True)
    ]
    back = search(session, wanted, EVERYTHING, Start(key_of(pages[1][-1]), back=True), 5)
    assert [hit.event_id for hit in back] == [hit.event_id for hit in pages[1]]
    assert count_found(session, wanted, EVERYTHING, most=10) == 11
