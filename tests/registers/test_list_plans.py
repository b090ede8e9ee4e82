"""No list of the console, and no filter of one, reads a big table from end to end: the databases say so themselves.

A list may be walked in its own order until a page is full; what is searched for by a text must be found by an index.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from portal.analysis.entitled.reach.queries import list_unreached
from portal.analysis.timeline.disclosure import Audience
from portal.analysis.timeline.queries import timeline_of
from portal.kernel.database import reading
from portal.kernel.errors import NotFound
from portal.management import divisions, helpers, households, money, parameters, payments, projects, visit_lists
from portal.management.register_fields import Kind
from portal.management.register_pages import Filter, RegisterPage, options
from portal.registers.corrections import RecordRow
from portal.registers.funds.payments.queries import find_payment, payments_of_household
from portal.registers.helpers.check_ins import queries as check_ins
from portal.registers.helpers.check_ins.answers.queries import answers_to
from portal.registers.helpers.check_ins.boards.queries import chain_around, get_visit
from portal.registers.helpers.check_ins.claims import queries as claims
from portal.registers.helpers.check_ins.evidence import queries as evidence
from portal.registers.helpers.check_ins.forgetting.actions import list_destroyed
from portal.registers.helpers.check_ins.photos import queries as photos
from portal.registers.helpers.check_ins.queries import visits_of_household
from portal.registers.helpers.check_ins.questions.queries import list_questions
from portal.registers.helpers.check_ins.spread import queries as spread
from portal.registers.helpers.check_ins.tasks.queries import last_visits
from portal.registers.helpers.pairings.queries import households_without, list_open
from portal.registers.helpers.queries import pairings_of_household
from portal.registers.recipients.incomes.confirming.queries import Entered
from portal.registers.recipients.incomes.members.queries import members_of
from portal.registers.recipients.incomes.unproven.queries import unproven_of
from portal.registers.recipients.queries import find_household
from portal.trail import queries as trail

BIG = {
    *("households", "persons", "helpers", "pairings", "incomes", "allocations", "line_balances", "payments"),
    *("bank_returns", "trail_events", "trail_subjects", "trail_openings", "change_log"),
    *("check_ins", "claims", "photos", "visit_photos", "visit_questions", "visit_answers"),
    *("check_ins", "claims", "photos", "visit_photos", "photo_bands", "photo_windows", "photo_matches", "needs"),
    *("visit_questions", "visit_answers", "paper_visits", "leads", "lead_findings", "unreached"),
    *("household_answers", "household_disputes", "help_requests", "procedures", "procedure_steps", "reconfirmations"),
}
#: Indexes over the few rows that a condition picks out: reading one whole is finding what it holds.
SMALL_INDEXES = ("ix_line_balances_unanswered", "ix_bank_returns_troubled", "ix_photo_windows_waiting")
#: 68,000 lines at the size of a city: a word anywhere in the number of the document or in the purpose is looked for in all.
INSIDE_TEXTS = {("allocations", "q")}
CITY, TOWN = "320800000000", "320804002000"
PAGES = [
    page
    for module in (divisions, helpers, households, money, parameters, payments, projects, visit_lists)
    for page in module.PAGES
    if page.rows is not None
]


def values_of(wanted: Filter) -> list[str]:
    if wanted.kind is Kind.CHOICE:
        return [str(value) for value, _label in options(wanted.choices)]
    return {Kind.DIVISION: [TOWN], Kind.NUMBER: ["2026"], Kind.DATE: ["2026-05-01"]}.get(wanted.kind, ["王"])


def cases(page: RegisterPage) -> list[tuple[dict[str, str], bool]]:
    """The list as it opens, and with each of its filters: what is asked for, and whether it is searched by a text."""
    filtered = [({f.name: value}, f.kind is Kind.TEXT) for f in page.filters for value in values_of(f)]
    return [({}, False), *filtered]


@contextmanager
def plans(engine: Engine) -> Iterator[list[str]]:
    """The plans of every statement run inside, as lines, in the words of the database."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            asked.append((statement, values))

    lines: list[str] = []
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield lines
    finally:
        event.remove(engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            # An empty table is read from end to end whatever indexes there are: only a table without any may be.
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        for statement, values in asked:
            rows = connection.exec_driver_sql(explain + statement, values)
            lines += [str(row[-1]).strip() for row in rows]


def scans(lines: list[str], *, searched: bool) -> list[str]:
    """Lines that read a big table whole: of SQLite any but the walk of the list itself in its own order."""
    found = []
    sorts = any("TEMP B-TREE FOR ORDER BY" in line for line in lines)
    for number, line in enumerate(lines):
        said = re.match(r"SCAN (\w+?)(?:_\d+)?(?: |$)", line) or re.search(r"Seq Scan on (\w+?)(?:_\d+)?(?: |$)", line)
        walked = number == 0 and not sorts and not searched
        if said and said[1] in BIG and not walked and not line.endswith(SMALL_INDEXES):
            found.append(line)
    return found


@pytest.mark.parametrize("page", PAGES, ids=[page.slug for page in PAGES])
def test_a_list_scans_no_big_table(engine: Engine, page: RegisterPage) -> None:
    assert page.rows is not None
    bad = {}
    for wanted, searched in cases(page):
        for scope in (CITY, TOWN):
            with plans(engine) as lines, reading(engine) as session:
                page.rows(session, [scope], wanted, None, 51)
            assert lines
            found = scans(lines, searched=searched)
            if found and (page.slug, *wanted) not in INSIDE_TEXTS:
                bad[f"{wanted} in {scope}"] = lines
    assert bad == {}


MOMENT, DAY = datetime(2026, 11, 20, 4, tzinfo=UTC), date(2026, 11, 20)
VISITS: dict[str, Callable[[Session], object]] = {
    "check-ins of a helper since": lambda s: check_ins.list_check_ins_since(s, "B-1", MOMENT),
    "check-ins of a helper, counted": lambda s: check_ins.count_check_ins_since(s, "B-1", MOMENT),
    "check-in by id": lambda s: check_ins.find_check_in(s, "x"),
    "visits of a household": lambda s: check_ins.visits_of_household(s, 1),
    "tasks of a helper": lambda s: check_ins.list_tasks_today(s, "B-1", DAY),
    "last visits": lambda s: last_visits(s, 1, [1, 2]),
    "claim by id": lambda s: claims.find_accepted(s, "x"),
    "claim by message": lambda s: claims.find_message(s, bytes(32)),
    "chain of a device": lambda s: claims.list_chain(s, "d"),
    "chain near a claim": lambda s: claims.links_near(s, "d", 7),
    "points of claims": lambda s: claims.fixes_of(s, ["x", "y"]),
    "own photos": lambda s: photos.list_own(s, "B-1", ["ab" * 32]),
    "other uses of a photo": lambda s: photos.list_uses(s, [bytes(32)]),
    "photos of visits": lambda s: photos.photos_of(s, [1, 2]),
    "photos waiting": lambda s: photos.list_waiting(s, 40),
    "near photos": lambda s: photos.list_near(s, list(range(38)), 5),
    "matches": lambda s: photos.list_matches(s, [1]),
    "visits before": lambda s: evidence.list_before(s, 1, MOMENT),
    "visits of a helper": lambda s: evidence.neighbours(s, 1, MOMENT, timedelta(minutes=30)),
    "visit after": lambda s: evidence.find_after(s, 1, MOMENT),
    "visits around": lambda s: evidence.list_around(s, 1, MOMENT, timedelta(minutes=30)),
    "visits lately": lambda s: evidence.count_recent(s, 1, MOMENT),
    "own household": lambda s: evidence.find_whose(s, "B-1", "HH-1", [DAY]),
    "questions of visits": lambda s: list_questions(s, [1]),
    "answers to visits": lambda s: answers_to(s, [1]),
    "photos to be forgotten": lambda s: list_destroyed(s, MOMENT),
}
DAY = date(2026, 5, 1)


def attempt(read: Callable[..., object], *given: object) -> None:
    """A read that finds nothing here: its plan is what counts."""
    with suppress(NotFound):
        read(*given)


HOME = RecordRow(1, "", MOMENT, {"no": "H1", "status": None, "entered_on": None, "exited_on": None})
READS: dict[str, Callable[[Session], object]] = {
    "household by number": lambda s: find_household(s, "H1"),
    "payment by number": lambda s: find_payment(s, "B-1"),
    "payments of a household": lambda s: payments_of_household(s, "H1"),
    "life of a household": lambda s: timeline_of(s, HOME, Audience.SUPERVISION),
    "pairings of a household": lambda s: pairings_of_household(s, 1),
    **VISITS,
    "unreached of a place": lambda s: list_unreached(s, [TOWN]),
    "unreached in any state": lambda s: list_unreached(s, [TOWN], state=""),
    "members on a past day": lambda s: members_of(s, 1, DAY),
    "changed entries of a household": lambda s: [
        unproven_of(s, kind, 1) for kind in (Entered.INCOME, Entered.ADJUSTMENT)
    ],
    "pairings of a helper": lambda s: list_open(s, 1, DAY),
    "visits of a household": lambda s: visits_of_household(s, 1),
    "one visit": lambda s: attempt(get_visit, s, "none"),
    "chain of a visit": lambda s: chain_around(s, "none"),
    "visits per day of a city": lambda s: spread.visits_per_day(s, [CITY], DAY, DAY),
    "visits per village": lambda s: spread.visits_per_village(s, [TOWN], DAY, DAY),
    "visits per square": lambda s: spread.visits_per_square(s, [TOWN], DAY, DAY),
    "points of villages": lambda s: spread.village_points(s, [TOWN]),
    "households without anybody": lambda s: households_without(s, [TOWN], DAY, 50),
    "chronology": lambda s: trail.list_history(s, "household", "H1"),
    "acts of an account": lambda s: trail.list_by_actor(s, "somebody"),
    "what waits for the log": trail.count_unsequenced,
}


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_a_record_is_found_without_a_scan(engine: Engine, read: Callable[[Session], object]) -> None:
    with plans(engine) as lines, reading(engine) as session:
        read(session)
    assert lines
    assert scans(lines, searched=True) == [], "\n".join(lines)


def test_the_check_itself_sees_a_scan(engine: Engine) -> None:
    def whole(session: Session) -> Collection[Any]:
        return session.execute(text("SELECT id FROM persons WHERE ethnicity = 'x' AND name LIKE '%y'")).all()

    with plans(engine) as lines, reading(engine) as session:
        whole(session)
    assert len(scans(lines, searched=True)) == 1
