"""A backup is whole, says when it is not, and comes back with its keys."""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from portal.jobs.backup import back_up, restore, tables_with_rows
from portal.jobs.checkup import integrity_problems, sealed_columns, sealed_problems
from portal.kernel.database import reading, writing
from portal.kernel.errors import BadInput, CannotRun
from portal.registers.recipients.models import Household, Person
from portal.registers.sealed import identity_columns
from portal.settings import Settings
from portal.trail import actions as trail
from portal.trail.connect import connect, keyring_of
from tests.conftest import fresh_postgres

PASSPHRASE = "a passphrase of the tests"
SYNTHETIC_ID = "32082619900101001X"


@pytest.fixture
def filled(engine: Engine, settings: Settings) -> Settings:
    with writing(engine) as session:
        trail.record(session, kind="test.set_up", actor="test", subjects=[])
        household = Household(no="H-1", division_code="320826101201", status="在册")
        session.add(household)
        session.flush()
        sealed = identity_columns(keyring_of(settings), "persons", SYNTHETIC_ID)
        session.add(Person(household_id=household.id, name="张三", lives_together=True, **sealed))
    settings.files_dir.mkdir(parents=True, exist_ok=True)
    (settings.files_dir / "paper.bin").write_bytes(b"a document")
    settings.log_dir.mkdir(parents=True, exist_ok=True)
    (settings.log_dir / "checkpoint").write_bytes(b"note")
    return settings


@pytest.fixture
def empty_home(settings: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[], Settings]]:
    numbers = itertools.count(1)
    with ExitStack() as stack:

        def make() -> Settings:
            home = tmp_path / f"other-{next(numbers)}"
            if settings.database_url.startswith("sqlite"):
                return replace(settings, home=home, database_url=f"sqlite:///{home / 'y.sqlite3'}")
            url = stack.enter_context(fresh_postgres(request.getfixturevalue("postgres_server")))
            return replace(settings, home=home, database_url=url)

        yield make


def test_what_was_backed_up_comes_back(filled: Settings, empty_home: Callable[[], Settings], tmp_path: Path) -> None:
    archive = tmp_path / "backup"
    assert back_up(filled, archive, PASSPHRASE) == archive.stat().st_size
    other = empty_home()
    restore(other, archive, PASSPHRASE)
    engine = connect(other)
    with reading(engine) as session:
        person = session.scalars(select(Person)).one()
        assert person.id_sealed is not None
        assert keyring_of(other).open_(person.id_sealed, "persons.id_sealed") == SYNTHETIC_ID
    assert sealed_problems(engine) == integrity_problems(engine) == []
    assert tables_with_rows(engine)["households"] == 1
    engine.dispose()
    assert (other.files_dir / "paper.bin").read_bytes() == b"a document"
    assert (other.log_dir / "checkpoint").read_bytes() == b"note"
    assert not list(filled.home.glob(".backup-*"))


def test_no_key_stands_readable_in_the_archive(filled: Settings, tmp_path: Path) -> None:
    archive = tmp_path / "backup"
    back_up(filled, archive, PASSPHRASE)
    content = gzip.decompress(archive.read_bytes())
    keys = [path.read_bytes().strip() for path in filled.keys_dir.glob("*.key")]
    assert len(keys) >= 3
    assert not any(key in content for key in keys)
    assert SYNTHETIC_ID.encode() not in content


def test_a_home_that_holds_data_is_never_overwritten(filled: Settings, tmp_path: Path) -> None:
    archive = tmp_path / "backup"
    back_up(filled, archive, PASSPHRASE)
    with pytest.raises(CannotRun, match="已有数据"):
        restore(filled, archive, PASSPHRASE)


def test_a_wrong_or_short_passphrase_is_told(
    filled: Settings, empty_home: Callable[[], Settings], tmp_path: Path
) -> None:
    archive = tmp_path / "backup"
    with pytest.raises(BadInput, match="太短"):
        back_up(filled, archive, "short")
    back_up(filled, archive, PASSPHRASE)
    with pytest.raises(BadInput):
        restore(empty_home(), archive, "another passphrase")


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_truncated_archive_is_told_and_nothing_is_restored(
    filled: Settings, empty_home: Callable[[], Settings], tmp_path: Path, keep: float
) -> None:
    archive = tmp_path / "backup"
    size = back_up(filled, archive, PASSPHRASE)
    archive.write_bytes(archive.read_bytes()[: int(size * keep)])
    other = empty_home()
    with pytest.raises(BadInput):
        restore(other, archive, PASSPHRASE)
    assert not other.keys_dir.exists()


def test_one_changed_byte_is_named(filled: Settings, empty_home: Callable[[], Settings], tmp_path: Path) -> None:
    archive = tmp_path / "backup"
    back_up(filled, archive, PASSPHRASE)
    content = bytearray(gzip.decompress(archive.read_bytes()))
    content[content.index(b"a document")] ^= 1
    archive.write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(BadInput, match=r"files/paper\.bin"):
        restore(empty_home(), archive, PASSPHRASE)


def test_every_sealed_column_is_examined() -> None:
    assert {("persons", "id_sealed"), ("persons", "account_sealed"), ("payments", "account_sealed")} <= set(
        sealed_columns()
    )
