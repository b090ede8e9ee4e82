"""The schema: every table protected or excused, every models.py known, no REPLACE on protected tables."""

import re

from portal.kernel.database import Base, protected_tables
from portal.schema import metadata
from tests.house.tree import ROOT, name, python_files


def test_a_table_is_protected_unless_its_model_says_why_not() -> None:
    protected = set(protected_tables())
    excused = {m.local_table: m.class_.__why_unprotected__ for m in Base.registry.mappers}
    for table in metadata.sorted_tables:
        assert table in protected or len(excused[table]) > 15, f"{table.name} is neither protected nor excused"
    assert len(protected) >= 17


def test_schema_imports_every_models_file() -> None:
    known = (ROOT / "portal/schema.py").read_text(encoding="utf-8")
    missing = [
        name(p)
        for p in python_files("portal")
        if p.name == "models.py" and f"from {'.'.join(p.relative_to(ROOT).parts[:-1])} import" not in known
    ]
    assert missing == []


def test_replace_is_never_used_as_a_statement() -> None:
    pattern = re.compile(r"\b(INSERT\s+OR\s+REPLACE|REPLACE\s+INTO|UPDATE\s+OR\s+REPLACE)\b", re.IGNORECASE)
    assert [name(p) for p in python_files() if pattern.search(p.read_text(encoding="utf-8"))] == []
