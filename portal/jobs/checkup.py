"""Is a restored home whole? Its keys open what is sealed, its database is sound, its log verifies."""

from __future__ import annotations

from sqlalchemy import Engine, LargeBinary, select
from sqlalchemy.orm import Session

from portal.kernel.database import Base, reading
from portal.kernel.sealing import Keyring, SealError
from portal.registers.sealed import keyring_of, seal_name
from portal.settings import Settings
from portal.trail.publish import LogFiles
from portal.trail.stored import leaf_findings
from portal.trail.verifier import DAMAGED, Invalid, check_log, parse_key, reader

SAMPLE = 20


def sealed_problems(engine: Engine) -> list[str]:
    """Sealed columns of which a sample does not open with the keys of this home."""
    with reading(engine) as session:
        keyring = keyring_of(session)
        return [problem for table, column in sealed_columns() if (problem := _try(session, keyring, table, column))]


def index_problems(engine: Engine) -> list[str]:
    """Whether ID numbers are found under the index key of this home: with another one every person would come twice."""
    with reading(engine) as session:
        keyring = keyring_of(session)
        table = Base.metadata.tables["persons"]
        rows = select(table.c.id_sealed, table.c.id_index).where(table.c.id_sealed.is_not(None)).limit(SAMPLE)
        for sealed, index in session.execute(rows):
            try:
                number = keyring.open_(sealed, seal_name("persons", "id_sealed"))
            except SealError:
                continue  # told as a key that does not open
            if keyring.blind_index(number) != index:
                return ["persons.id_index 和 index.key 对不上"]
    return []


def log_problems(settings: Settings) -> list[str]:
    """What the stock verification of the public log finds, from its files alone."""
    if not (settings.log_dir / "checkpoint").exists():
        return []
    read = reader(str(settings.log_dir))
    try:
        report = check_log(read, parse_key(read("key").decode().splitlines()[0]))
    except (OSError, *DAMAGED) as error:
        return [f"日志：{error}"]
    return [f"日志：{problem}" for problem in report.problems]


def leaf_problems(engine: Engine, settings: Settings) -> list[str]:
    """Published leaves that the database has lost or holds otherwise, by index."""
    said = {"missing": "数据库里不见了", "changed": "数据库里的和公开的不同"}
    try:
        with reading(engine) as session:
            found = leaf_findings(session, LogFiles(settings.log_dir))
            return [f"第 {index} 条：{said[what]}" for index, what in found]
    except Invalid:
        return []  # a damaged checkpoint is told by the verification of the public files


def sealed_columns() -> list[tuple[str, str]]:
    """Every sealed column of the registers, by its name."""
    return [
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_sealed") and isinstance(column.type, LargeBinary) and "current_id" in table.columns
    ]


def _try(session: Session, keyring: Keyring, table: str, column: str) -> str | None:
    cell = Base.metadata.tables[table].c[column]
    for sealed in session.execute(select(cell).where(cell.is_not(None)).limit(SAMPLE)).scalars():
        try:
            keyring.open_(sealed, seal_name(table, column))
        except SealError as error:
            return f"{table}.{column} 打不开：{error}"
    return None


def integrity_problems(engine: Engine) -> list[str]:
    """What the database itself says of its pages; PostgreSQL has read every row back when it restored."""
    if engine.dialect.name != "sqlite":
        return []
    with engine.connect() as connection:
        verdicts = connection.exec_driver_sql("PRAGMA integrity_check(5)").scalars().all()
    return [f"数据库：{v}" for v in verdicts if v != "ok"]
