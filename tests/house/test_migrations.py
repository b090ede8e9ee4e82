"""Numbered migrations give exactly the schema of the models, up and down, with rows in it, on both databases."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, Inspector, inspect, select, text
from sqlalchemy.orm import Session

from portal.commands.installation import alembic_config, newest_revision
from portal.kernel.database import WRITING, make_engine, now_utc
from portal.kernel.photos.hashing import band_keys
from portal.registers.divisions.models import Division
from portal.registers.helpers.check_ins.photos.models import PhotoBand
from portal.registers.helpers.check_ins.photos.queries import list_near
from portal.schema import metadata
from tests.conftest import fresh_postgres
from tests.house.tree import ROOT


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without any table."""
    if request.param == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path / 'bare.sqlite3'}")
        yield engine
        engine.dispose()
        return
    with fresh_postgres(request.getfixturevalue("postgres_server")) as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


def migrate(engine: Engine, revision: str) -> None:
    config = alembic_config()
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if revision == "base" else command.upgrade)(config, revision)


def tables(engine: Engine) -> set[str]:
    inspector: Inspector = inspect(engine)
    return set(inspector.get_table_names()) - {"alembic_version"}


def test_migrations_are_numbered_in_one_line() -> None:
    numbers = sorted(p.name[:4] for p in (ROOT / "migrations/versions").glob("*.py"))
    assert numbers == [f"{n:04d}" for n in range(1, len(numbers) + 1)]
    assert newest_revision() == numbers[-1]


def test_migrations_give_the_schema_of_the_models(bare_engine: Engine) -> None:
    migrate(bare_engine, "head")
    with bare_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_migrations_go_up_down_and_up_again_with_rows(bare_engine: Engine) -> None:
    migrate(bare_engine, "head")
    row = {
        "id": 1,
        "code": "320826000000",
        "name": "涟水县",
        "level": 3,
        "valid_from": date(1949, 10, 1),
        "recorded_at": None,
    }
    with bare_engine.execution_options(**{WRITING: True}).begin() as connection:
        connection.execute(Division.__table__.insert(), {**row, "recorded_at": now_utc()})
        assert connection.execute(select(Division.__table__.c.name)).scalar_one() == "涟水县"
    migrate(bare_engine, "base")
    assert tables(bare_engine) == set()
    migrate(bare_engine, "head")
    assert tables(bare_engine) == set(metadata.tables)
    with bare_engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM divisions")).scalar_one() == 0


def test_pictures_that_were_filed_before_whole_ones_lay_apart_are_found_again(bare_engine: Engine) -> None:
    whole, window = 0x1234_5678_9ABC_DEF0, 0x0FED_CBA9_8765_4321
    migrate(bare_engine, "0012")
    with bare_engine.execution_options(**{WRITING: True}).begin() as connection:
        rows = [
            {"key": key, "photo_id": 1, "window": number, "hash": value}
            for number, value in enumerate((whole, window))
            for key in band_keys(value)
        ]
        connection.execute(PhotoBand.__table__.insert(), rows)
    migrate(bare_engine, "head")
    new = [whole ^ 0b101] + [0] * 18 + [window ^ 0b11] + [0] * 18
    with Session(bare_engine) as session:
        assert {(near.window, near.value) for near in list_near(session, new, 2)} == {(0, whole), (1, window)}
