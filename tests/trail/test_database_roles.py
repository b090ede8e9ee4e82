"""What the application's database role may not do, and that its changes are logged under its own name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import ProgrammingError

from portal.trail.triggers import ROLES
from tests.conftest import fresh_postgres

ADD = "INSERT INTO calendar_days (id, day, is_working, recorded_at) VALUES (1, '2026-02-14', true, now())"


@pytest.fixture
def owner(postgres_template: str) -> Iterator[Engine]:
    with fresh_postgres(postgres_template, "yangguang_template") as url:
        engine = create_engine("postgresql+psycopg://" + url.split("://", 1)[1])
        yield engine
        engine.dispose()


def become(connection: Connection, role: str) -> None:
    connection.execute(text(f"SET SESSION AUTHORIZATION {role}"))


def test_all_roles_exist(owner: Engine) -> None:
    with owner.connect() as connection:
        found = set(connection.execute(text("SELECT rolname FROM pg_roles")).scalars())
    assert set(ROLES) <= found


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "ALTER TABLE calendar_days DISABLE TRIGGER ALL",
        "DROP TRIGGER trail_calendar_days_update ON calendar_days",
        "DROP FUNCTION trail_log_change() CASCADE",
        "TRUNCATE calendar_days",
        "DELETE FROM calendar_days",
        "INSERT INTO change_log (table_name, op) VALUES ('calendar_days', 'update')",
        "UPDATE change_log SET verdict = 'ok'",
        "DELETE FROM change_log",
        "UPDATE trail_events SET leaf = ''",
        "DELETE FROM trail_events",
        "UPDATE trail_openings SET sealed = NULL",
        "DELETE FROM trail_openings",
        "UPDATE trail_batch_salts SET salts = ''",
        "UPDATE trail_head SET size = 0",
        "CREATE TABLE elsewhere (id int)",
    ],
)
def test_the_application_may_not(owner: Engine, statement: str) -> None:
    with owner.connect() as connection:
        become(connection, "yangguang_app")
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
            connection.execute(text(statement))
        connection.rollback()


def test_changes_of_the_application_are_logged_under_its_name(owner: Engine) -> None:
    with owner.connect() as connection:
        become(connection, "yangguang_app")
        connection.execute(text(ADD))
        connection.execute(text("UPDATE calendar_days SET is_working = false"))
        rows = connection.execute(text("SELECT op, pk, db_user, app_event_id, xid FROM change_log ORDER BY id")).all()
    assert [(op, pk, user, event) for op, pk, user, event, _ in rows] == [
        ("insert", 1, "yangguang_app", None),
        ("update", 1, "yangguang_app", None),
    ]
    assert len({row.xid for row in rows}) == 1


def test_replica_role_and_truncate_of_the_owner_do_not_silence_the_log(owner: Engine) -> None:
    with owner.connect() as connection:
        connection.execute(text(ADD))
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text("UPDATE calendar_days SET is_working = false"))
        connection.execute(text("TRUNCATE calendar_days CASCADE"))
        logged = connection.execute(text("SELECT op FROM change_log ORDER BY id")).scalars().all()
    assert logged == ["insert", "update", "truncate"]


def test_the_sequencers_role_can_publish_and_change_nothing_else(owner: Engine) -> None:
    with owner.connect() as connection:
        become(connection, "yangguang_sequencer")
        connection.execute(text("UPDATE trail_events SET seq = 1, examined = true, refused_by = NULL"))
        connection.execute(text("UPDATE change_log SET verdict = 'ok'"))
        connection.execute(text("UPDATE trail_head SET size = 0"))
        connection.commit()
        for statement in ("UPDATE trail_events SET leaf = ''", "UPDATE calendar_days SET is_working = true", ADD):
            with pytest.raises(ProgrammingError, match="permission denied"):
                connection.execute(text(statement))
            connection.rollback()
