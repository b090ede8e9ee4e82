"""Is a restored home whole? Its keys open what is sealed, its database is sound, its log verifies."""

from __future__ import annotations

from sqlalchemy import Engine, LargeBinary, select
from sqlalchemy.orm import Session

from portal.kernel.database import Base, reading
from portal.kernel.sealing import Keyring, SealError
from portal.registers.sealed import keyring_of, seal_name

SAMPLE = 20


def sealed_problems(engine: Engine) -> list[str]:
    """Sealed columns of which a sample does not open with the keys of this home."""
    with reading(engine) as session:
        keyring = keyring_of(session)
        return [problem for table, column in sealed_columns() if (problem := _try(session, keyring, table, column))]


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
