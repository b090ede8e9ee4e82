"""Corrections never overwrite."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError

from portal.kernel.database import SiteState, now_utc, reading, writing
from portal.kernel.keeping import in_force_at, versions, withdraw
from portal.registers.divisions.models import Unit


@pytest.fixture
def unit_id(engine: Engine) -> Iterator[int]:
    with writing(engine) as session:
        session.info["unguarded"] = True
        unit = Unit(code="A1", name="农业局", kind="主管部门")
        session.add(unit)
        session.flush()
        unit_id = unit.id
    yield unit_id


def correct(engine: Engine, unit_id: int, name: str) -> datetime:
    with writing(engine) as session:
        session.info["unguarded"] = True
        session.get_one(Unit, unit_id).name = name
    return now_utc()


def test_a_correction_keeps_the_old_values_and_the_stable_id(engine: Engine, unit_id: int) -> None:
    correct(engine, unit_id, "农业农村局")
    with reading(engine) as session:
        old, new = versions(session, Unit, unit_id)
        assert (old.name, old.current_id, old.is_current) == ("农业局", unit_id, False)
        assert (new.name, new.id, new.is_current) == ("农业农村局", unit_id, True)
        assert old.superseded_event_id == new.event_id
        assert session.scalar(select(func.count()).select_from(Unit)) == 1


def test_a_register_can_be_read_as_it_was_known_at_a_moment(engine: Engine, unit_id: int) -> None:
    before = now_utc()
    correct(engine, unit_id, "农业农村局")
    with reading(engine) as session:
        names = session.scalars(
            select(Unit.name).where(in_force_at(Unit, before)).execution_options(include_superseded=True)
        ).all()
    assert names == ["农业局"]


def test_a_withdrawn_row_is_out_of_force_but_not_gone(engine: Engine, unit_id: int) -> None:
    with writing(engine) as session:
        session.info["unguarded"] = True
        withdraw(session.get_one(Unit, unit_id), session)
    with reading(engine) as session:
        assert session.scalars(select(Unit)).all() == []
        assert len(versions(session, Unit, unit_id)) == 1


def test_a_change_raises_the_data_version(engine: Engine, unit_id: int) -> None:
    def version() -> int | None:
        with reading(engine) as session:
            return session.scalar(select(SiteState.value).where(SiteState.name == "data_version"))

    first = version()
    correct(engine, unit_id, "农业农村局")
    assert first is not None
    assert (version() or 0) > first


def test_a_reading_session_cannot_write(engine: Engine) -> None:
    with reading(engine) as session, pytest.raises(DBAPIError):
        session.add(Unit(code="B1", name="水利局", kind="主管部门"))
        session.flush()
