"""Triggers and database roles (L12): what the database itself writes down about every change of a protected table.

Migrations call these with a frozen list of tables. The triggers are the early alarm; comparing rows with their heads
is the proof. SQLite has no roles, and its owner can drop a trigger: there everything rests on that comparison.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, text

OWNER, LOGGER, APP, SEQUENCER, READER, BACKUP = (
    "yangguang_owner",
    "yangguang_trail",
    "yangguang_app",
    "yangguang_sequencer",
    "yangguang_reader",
    "yangguang_backup",
)
ROLES = (OWNER, LOGGER, APP, SEQUENCER, READER, BACKUP)
WRITTEN_ONCE = (
    "trail_events",
    "trail_openings",
    "trail_subjects",
    "trail_rows",
    "trail_batches",
    "trail_batch_tiles",
    "trail_batch_salts",
)
_OPS = ("insert", "update", "delete")

LOG_FUNCTION = """
CREATE OR REPLACE FUNCTION trail_log_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
    said text := nullif(current_setting('yangguang.event_id', true), '');
    batch text := coalesce(current_setting('yangguang.batch_tables', true), '');
    declared boolean := position(',' || TG_TABLE_NAME || ',' IN batch) > 0;
    this bigint := pg_current_xact_id()::text::bigint;
    total bigint;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        INSERT INTO change_log (table_name, op, rows, xid, db_user, app_event_id)
        VALUES (TG_TABLE_NAME, 'truncate', 0, this, session_user, said);
    ELSIF declared THEN
        SELECT count(*) INTO total FROM changed;
        IF total > 0 THEN
            INSERT INTO change_log (table_name, op, rows, xid, db_user, app_event_id)
            VALUES (TG_TABLE_NAME, lower(TG_OP), total, this, session_user, said);
        END IF;
    ELSE
        INSERT INTO change_log (table_name, pk, op, xid, db_user, app_event_id)
        SELECT TG_TABLE_NAME, changed.id, lower(TG_OP), this, session_user, said FROM changed;
    END IF;
    RETURN NULL;
END $$
"""


_BODY = LOG_FUNCTION.split("$$")[1]


def context_statements() -> list[str]:
    """The one row that SQLite's triggers read; harmless on PostgreSQL."""
    return ["INSERT INTO trail_context (id, event_id) VALUES (1, NULL) ON CONFLICT (id) DO NOTHING"]


def trigger_statements(dialect: str, tables: Iterable[str]) -> list[str]:
    """Statements that put the triggers on tables whose primary key is the integer `id`.

    PostgreSQL: statement triggers with transition tables (one row per changed row, or one with a count while a batch is
    declared), TRUNCATE too, all ENABLE ALWAYS. SQLite: row triggers that keep silent for tables of a declared batch;
    `trail.guard` then writes one row per table and operation.
    """
    if dialect == "sqlite":
        return [_sqlite_trigger(table, op) for table in tables for op in _OPS]
    return [LOG_FUNCTION, *(s for table in tables for s in _postgresql_triggers(table))]


def drop_trigger_statements(dialect: str, tables: Iterable[str]) -> list[str]:
    """The way back, for downgrades."""
    names = [(table, f"trail_{table}_{op}") for table in tables for op in _OPS]
    if dialect == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}" for _, name in names]
    truncates = [(table, f"trail_{table}_truncate") for table, name in names if name.endswith("_insert")]
    drops = [f"DROP TRIGGER IF EXISTS {name} ON {table}" for table, name in [*names, *truncates]]
    return [*drops, "DROP FUNCTION IF EXISTS trail_log_change() CASCADE"]


def _sqlite_trigger(table: str, op: str) -> str:
    row = "OLD" if op == "delete" else "NEW"
    return (
        f"CREATE TRIGGER trail_{table}_{op} AFTER {op.upper()} ON {table}"  # noqa: S608  (our own table names)
        f" BEGIN INSERT INTO change_log (table_name, pk, op, app_event_id)"
        f" VALUES ('{table}', {row}.id, '{op}', (SELECT event_id FROM trail_context)); END"
    )


def _postgresql_triggers(table: str) -> list[str]:
    statements: list[str] = []
    for op in _OPS:
        image = "OLD" if op == "delete" else "NEW"
        name = f"trail_{table}_{op}"
        statements += [
            f"CREATE TRIGGER {name} AFTER {op.upper()} ON {table} REFERENCING {image} TABLE AS changed"
            " FOR EACH STATEMENT EXECUTE FUNCTION trail_log_change()",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
        ]
    name = f"trail_{table}_truncate"
    return [
        *statements,
        f"CREATE TRIGGER {name} AFTER TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION trail_log_change()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
    ]


def role_statements() -> list[str]:
    """PostgreSQL roles and grants; log-ins of a deployment are made members of them.

    The application may read, insert and update, and nothing else; it can neither write the change log nor touch an
    event once written. The trigger function belongs to a role of its own. Where the migrating account may not make
    roles, each statement gives a notice instead of failing, and `doctor` reports the missing role.
    """
    grants = [
        f"GRANT USAGE ON SCHEMA public TO {', '.join(ROLES)}",
        f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {APP}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APP}, {SEQUENCER}, {LOGGER}",
        f"REVOKE INSERT, UPDATE ON change_log, trail_head FROM {APP}",
        f"REVOKE UPDATE ON {', '.join(WRITTEN_ONCE)} FROM {APP}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READER}, {BACKUP}, {SEQUENCER}",
        f"GRANT INSERT ON trail_events, trail_openings, trail_subjects, trail_head TO {SEQUENCER}",
        f"GRANT UPDATE ON trail_head TO {SEQUENCER}",
        f"GRANT UPDATE (seq, examined, refused_by) ON trail_events TO {SEQUENCER}",
        f"GRANT UPDATE (verdict) ON change_log TO {SEQUENCER}",
        f"GRANT INSERT ON change_log TO {LOGGER}",
        f"GRANT CREATE ON SCHEMA public TO {LOGGER}",
        f"ALTER FUNCTION trail_log_change() OWNER TO {LOGGER}",
        f"REVOKE CREATE ON SCHEMA public FROM {LOGGER}",
    ]
    return [*(_role(name) for name in ROLES), *(_leniently(grant) for grant in grants)]


def _role(name: str) -> str:
    return _leniently(f"CREATE ROLE {name} NOLOGIN", "duplicate_object OR unique_violation")


def _leniently(statement: str, also: str = "undefined_object") -> str:
    return (
        f"DO $do$ BEGIN {statement}; EXCEPTION WHEN insufficient_privilege OR {also} THEN"
        f" RAISE NOTICE '%: %', SQLERRM, $q${statement}$q$; END $do$"
    )


def install(connection: Connection, tables: Sequence[str]) -> None:
    """Run all of it on one connection (tests and first set-up; migrations freeze their own list)."""
    statements = context_statements() + trigger_statements(connection.dialect.name, tables)
    if connection.dialect.name == "postgresql":
        statements += role_statements()
    for statement in statements:
        connection.execute(text(statement.replace(":", r"\:")))


def list_missing(connection: Connection, tables: Iterable[str]) -> list[str]:
    """Tables of which at least one trigger is gone or says something else, or (PostgreSQL) no longer fires always."""
    if connection.dialect.name == "sqlite":
        stored = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        said = {name: sql for name, sql in stored}
        return sorted(
            table
            for table in tables
            if any(said.get(f"trail_{table}_{op}") != _sqlite_trigger(table, op) for op in _OPS)
        )
    firing = (
        "SELECT tgname FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE tgenabled = 'A' AND prosrc = :body"
    )
    there = set(connection.execute(text(firing), {"body": _BODY}).scalars())
    return sorted(table for table in tables if any(f"trail_{table}_{op}" not in there for op in (*_OPS, "truncate")))


def put_back(connection: Connection, tables: Sequence[str]) -> None:
    """Make the triggers of these tables anew; what of them is left is replaced."""
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite and not _function_is_ours(connection):
        connection.execute(text(LOG_FUNCTION.replace(":", r"\:")))
    for table in tables:
        for op in (*_OPS, "truncate"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS trail_{table}_{op}" + ("" if sqlite else f" ON {table}")))
        made = [_sqlite_trigger(table, op) for op in _OPS] if sqlite else _postgresql_triggers(table)
        for statement in made:
            connection.execute(text(statement.replace(":", r"\:")))


def _function_is_ours(connection: Connection) -> bool:
    found = connection.execute(text("SELECT prosrc FROM pg_proc WHERE proname = 'trail_log_change'"))
    return found.scalars().all() == [_BODY]
