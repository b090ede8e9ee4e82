"""A run writes its rows as one batch, touches only what has changed, and the trail knows every row of it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.orm import Session

from portal.analysis.entitled.actions import follow_up, run_policies
from portal.analysis.entitled.models import ReachRun, ReachState, Unreached
from portal.analysis.entitled.reach.queries import list_unreached
from portal.analysis.entitled.rules import Step
from portal.kernel.database import reading, table_of, writing
from portal.kernel.keeping import versions
from portal.registers.batches import Batch
from portal.registers.corrections import Act
from portal.registers.recipients.actions import correct_person
from portal.registers.recipients.models import Person
from portal.trail import encoding
from portal.trail.models import ChangeLog, TrailBatch, TrailHeads, TrailSubject, TrailTable
from tests.factories.divisions import GAOGOU, make_county
from tests.factories.policies import make_policy
from tests.factories.recipients import make_household

MONDAY = date(2026, 11, 16)
AT = datetime(2026, 11, 16, 2, tzinfo=UTC)
CLERK = Act("user:clerk", "跟进")
OLD, YOUNG = {"born_on": date(1940, 1, 1)}, {"born_on": date(1990, 1, 1)}
U = table_of(Unreached)


def fill(session: Session) -> None:
    """Six households with an old member each, and two policies for the old."""
    make_county(session)
    for n in range(6):
        make_household(session, f"HH-{n}", head=f"赵{n}", members=({"name": f"老{n}", "relation": "父亲", **OLD},))
    make_policy(session)
    make_policy(session, "tijian", title="老年人体检")


pytestmark = pytest.mark.begins_with(fill=fill)


def run(engine: Engine) -> list[dict[str, int]]:
    with writing(engine) as session:
        return [
            {name: r[name] for name in ("opened", "arrived", "gone")}
            for r in run_policies(session, MONDAY, actor="job:nightly").results
        ]


def change(engine: Engine, name: str, facts: dict[str, date]) -> None:
    with writing(engine) as session:
        person = session.query(Person).filter(Person.name == name).one()
        correct_person(session, person.id, facts, CLERK, version=None)


def the_trail_knows_every_row(engine: Engine) -> int:
    """Every row of the table has the head that its values have. Returns how many there are, copies included."""
    with reading(engine) as session:
        number = session.scalar(select(TrailTable.id).where(TrailTable.name == U.name))
        heads = select(TrailHeads.pk, TrailHeads.digest).where(TrailHeads.table_id == number)
        known = {pk: digest.hex() for pk, digest in session.execute(heads) if digest is not None}
        rows = session.execute(select(U)).mappings().all()
        assert {row["id"]: encoding.row_digest(encoding.row_values(U, row)) for row in rows} == known
        bypassed = select(func.count()).select_from(ChangeLog).where(ChangeLog.app_event_id.is_(None))
        assert session.scalar(bypassed) == 0
        return len(rows)


def batches(engine: Engine) -> list[tuple[str, int]]:
    with reading(engine) as session:
        return [(kind, n) for kind, n in session.execute(select(TrailBatch.kind, TrailBatch.n).order_by(TrailBatch.id))]


def test_the_first_run_is_one_batch_of_all_its_rows(engine: Engine) -> None:
    nothing = {"opened": 0, "arrived": 0, "gone": 0}
    assert run(engine) == [nothing | {"opened": 6}] * 2
    assert the_trail_knows_every_row(engine) == 12
    assert batches(engine) == [("reach.unreached.absorbed", 12)]
    with reading(engine) as session:
        by_run = select(func.count()).select_from(TrailSubject).where(TrailSubject.actor == "job:nightly")
        assert session.scalar(by_run) == 5  # the batch and its run, two policies, the run
        rows = session.scalars(select(Unreached)).all()
        assert {(row.batch_row, row.batch_id, row.event_id) for row in rows} == {(n, 1, None) for n in range(12)}


def test_a_run_that_sees_nothing_new_touches_nothing(engine: Engine) -> None:
    run(engine)
    with reading(engine) as session:
        before = session.execute(select(U).order_by(U.c.id)).all()
    assert run(engine) == [{"opened": 0, "arrived": 0, "gone": 0}] * 2
    with reading(engine) as session:
        assert session.execute(select(U).order_by(U.c.id)).all() == before
        assert session.scalar(select(func.count()).select_from(ReachRun)) == 2
    assert len(batches(engine)) == 1


def test_only_what_changed_is_changed_and_its_old_values_are_kept(engine: Engine) -> None:
    run(engine)
    change(engine, "老3", YOUNG)
    assert run(engine) == [{"opened": 0, "arrived": 0, "gone": 1}] * 2
    assert batches(engine)[1:] == [("reach.unreached.absorbed", 4)]  # two rows, and a copy of each
    assert the_trail_knows_every_row(engine) == 14
    change(engine, "老3", OLD)
    assert run(engine) == [{"opened": 1, "arrived": 0, "gone": 0}] * 2
    assert the_trail_knows_every_row(engine) == 16
    with reading(engine) as session:
        row = session.scalars(select(Unreached).where(Unreached.batch_id == 3).limit(1)).one()
        states = [version.state for version in versions(session, Unreached, row.id)]
        assert states == [ReachState.OPEN, ReachState.GONE, ReachState.OPEN]
        assert row.first_seen == MONDAY


def test_what_somebody_did_between_two_runs_stands(engine: Engine) -> None:
    run(engine)
    with writing(engine) as session:
        row = list_unreached(session, [GAOGOU])[0]
        follow_up(session, row.id, Step.UNWILLING, "11 月 16 日和本人说过，不要", CLERK, AT)
    assert run(engine) == [{"opened": 0, "arrived": 0, "gone": 0}] * 2
    the_trail_knows_every_row(engine)
    change(engine, "老0", YOUNG)
    run(engine)
    the_trail_knows_every_row(engine)
    with reading(engine) as session:
        found = session.scalars(select(Unreached).where(Unreached.id == row.id)).one()
        assert (found.state, found.handled_by) == (ReachState.GONE, "user:clerk")


def test_the_number_of_statements_does_not_grow_with_the_rows(engine: Engine) -> None:
    def statements() -> int:
        seen: list[str] = []
        note = lambda *sent: seen.append(str(sent[2]))  # noqa: E731  (it is taken away again by its name)
        event.listen(engine, "before_cursor_execute", note)
        run(engine)
        event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    few = statements()
    with writing(engine) as session:
        for n in range(10, 40):
            make_household(session, f"HH-{n}", head=f"赵{n}", members=({"name": f"老{n}", "relation": "父亲", **OLD},))
    assert statements() <= few


def test_a_change_past_the_application_is_seen_after_a_run(engine: Engine) -> None:
    run(engine)
    with engine.execution_options(yangguang_writing=True).begin() as connection:
        connection.execute(text("UPDATE unreached SET state = '本人不要' WHERE batch_row = 1"))
    with pytest.raises(AssertionError):
        the_trail_knows_every_row(engine)


def test_an_empty_batch_writes_nothing(session: Session) -> None:
    assert Batch(session, Unreached).write("reach.unreached.absorbed", "job:nightly") is None
