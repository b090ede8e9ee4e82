"""Fixtures that every test may use: both databases, a home of its own, and sessions."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import hypothesis
import psycopg
import pytest
import sqlalchemy
from alembic import command
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session
from sqlalchemy.util import LRUCache

from portal.commands.installation import alembic_config
from portal.kernel.database import WRITING, make_engine, reading, writing
from portal.settings import Settings, read_settings
from portal.trail.connect import connect
from tests.postgres import running_server

SOAK = os.environ.get("YANGGUANG_SOAK") == "1"
# A busy machine is no defect. `make test` tries the same cases of the same tree wherever it runs, so that what it says is
# about the change at hand; `make soak` tries others each time.
hypothesis.settings.register_profile("yangguang", deadline=None, derandomize=not SOAK)
hypothesis.settings.load_profile("yangguang")

_numbers = itertools.count(1)


class CompiledByKind(LRUCache[object, object]):
    """What was compiled for a kind of database, whichever engine of that kind asked.

    SQLAlchemy's keys begin with the engine's dialect. The dialects themselves stay as unlike as they are: the keys of the
    trail hang on them, and engines whose dialects were equal would find one another's.
    """

    def __getitem__(self, key: object) -> object:
        return super().__getitem__(_of_kind(key))

    def __setitem__(self, key: object, value: object) -> None:
        super().__setitem__(_of_kind(key), value)

    def get(self, key: object, default: object = None) -> object:
        return super().get(_of_kind(key), default)


def _of_kind(key: object) -> object:
    return (type(key[0]), *key[1:]) if isinstance(key, tuple) and isinstance(key[0], Dialect) else key


def compile_statements_once() -> None:
    """Engines of one kind share what was compiled: each test has engines of its own, and the statements are the same."""
    shared = CompiledByKind(10_000)
    made = Engine.__init__

    def make(self: Engine, *more: object, **options: object) -> None:
        made(self, *more, **options)  # type: ignore[arg-type]  # handed on as they come
        self._compiled_cache = shared  # type: ignore[assignment]  # a mapping as asked

    Engine.__init__ = make  # type: ignore[method-assign]  # in tests only
    sqlalchemy.util.LRUCache = CompiledByKind  # type: ignore[misc, assignment]  # mappers keep theirs in one of these


compile_statements_once()


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
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]  # names that are made here


@contextmanager
def fresh_postgres(server: str, template: str = "template1") -> Iterator[str]:
    """A PostgreSQL database of one's own, dropped afterwards."""
    name = f"test_{next(_numbers)}"
    copy_postgres(server, template, name)
    yield server.rsplit("/", 1)[0] + f"/{name}"
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def copy_postgres(server: str, template: str, name: str) -> None:
    """Another database with the same content. Files are copied as they are: half the time of copying through the log."""
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")


Filling = Callable[[Engine, Settings], None]


@cache
def in_one_session(fill: Callable[[Session], object]) -> Filling:
    """The same function on an engine, in one transaction."""

    def filled(engine: Engine, _settings: Settings) -> None:
        with writing(engine) as session:
            fill(session)

    return filled


def pytest_collection_finish() -> None:
    """As in every process of the server (`portal/wsgi.py`): what is imported stays, so no collection walks it again.

    The whole is collected more often than there: each test leaves an application behind, which is one great circle.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


def pytest_configure(config: pytest.Config) -> None:
    """The marks of these tests."""
    config.addinivalue_line(
        "markers", "begins_with(fill=…): the test's database begins with what `fill(session)` leaves"
    )


@pytest.fixture
def beginning(request: pytest.FixtureRequest) -> Filling | None:
    """What a test's database holds when the test begins: the mark `begins_with`, or the bare schema.

    The function runs once for each kind of database of this process, and what it leaves (rows, keys, files) is copied for
    each test.
    """
    mark = request.node.get_closest_marker("begins_with")
    return in_one_session(mark.kwargs["fill"]) if mark is not None else None


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, Filling], tuple[Path, str]]:
    """Homes and databases that were filled so far, by kind of database and what filled them."""
    return {}


def _begin(request: pytest.FixtureRequest, kind: str, fill: Filling) -> tuple[Path, str]:
    """The filled home and the address or name of its database; filled now if it is the first time."""
    begun = request.getfixturevalue("begun")
    if (kind, fill) not in begun:
        place = request.getfixturevalue("tmp_path_factory").mktemp("begun")
        if kind == "sqlite":
            url = f"sqlite:///{place / 'yangguang.sqlite3'}"
            shutil.copy(request.getfixturevalue("sqlite_template"), place / "yangguang.sqlite3")
            name = url
        else:
            server, name = request.getfixturevalue("postgres_template"), f"begun_{len(begun)}"
            copy_postgres(server, "yangguang_template", name)
            url = server.rsplit("/", 1)[0] + f"/{name}"
        settings = read_settings({"YANGGUANG_HOME": str(place), "YANGGUANG_DATABASE_URL": url})
        engine = connect(settings)
        fill(engine, settings)
        engine.dispose()
        begun[kind, fill] = place, name
    found: tuple[Path, str] = begun[kind, fill]
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, beginning: Filling | None) -> Iterator[str]:
    """A database with the schema and what the test begins with, once on each engine."""
    home, name = tmp_path / "home", "yangguang_template"
    if beginning is not None:
        begun, name = _begin(request, request.param, beginning)
        shutil.copytree(begun, home)
    if request.param == "sqlite":
        if beginning is None:
            home.mkdir(exist_ok=True)
            shutil.copy(request.getfixturevalue("sqlite_template"), home / "yangguang.sqlite3")
        yield f"sqlite:///{home / 'yangguang.sqlite3'}"
        return
    with fresh_postgres(request.getfixturevalue("postgres_template"), name) as url:
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
