"""Fixtures that every test may use: both databases, a home of its own, and sessions."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from portal.commands.installation import alembic_config
from portal.kernel.database import WRITING, make_engine, reading, writing
from portal.settings import Settings, read_settings
from portal.trail.connect import connect
from tests.postgres import running_server

_numbers = itertools.count(1)


def build_schema(database_url: str) -> None:
    """The schema as an installation gets it: by the migrations."""
    engine = make_engine(database_url)
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema; copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    build_schema(f"sqlite:///{path}")
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """One throw-away PostgreSQL server for the whole run."""
    with running_server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """A PostgreSQL database with the schema; CREATE DATABASE … TEMPLATE copies it for each test."""
    _administer(postgres_server, "CREATE DATABASE yangguang_template")
    build_schema(postgres_server.rsplit("/", 1)[0] + "/yangguang_template")
    return postgres_server


def _administer(server: str, statement: str) -> None:
    engine = create_engine("postgresql+psycopg://" + server.split("://", 1)[1], isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@contextmanager
def fresh_postgres(server: str, template: str = "template1") -> Iterator[str]:
    """A PostgreSQL database of one's own, dropped afterwards."""
    name = f"test_{next(_numbers)}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.rsplit("/", 1)[0] + f"/{name}"
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database with the schema, once on each engine."""
    if request.param == "sqlite":
        path = tmp_path / "home" / "yangguang.sqlite3"
        path.parent.mkdir(exist_ok=True)
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    with fresh_postgres(request.getfixturevalue("postgres_template"), "yangguang_template") as url:
        yield url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of an installation of its own."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    return read_settings({"YANGGUANG_HOME": str(home), "YANGGUANG_DATABASE_URL": database_url})


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """An engine on the test's own database."""
    engine = connect(settings)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A writing session that is committed when the test ends without error."""
    with writing(engine) as session:
        yield session


@pytest.fixture
def read(engine: Engine) -> Callable[[], Session]:
    """Opens reading sessions that the test closes itself (`with read() as session`)."""
    return lambda: reading(engine)  # type: ignore[return-value]  # a context manager; tests use it in `with`
