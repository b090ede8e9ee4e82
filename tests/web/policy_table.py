"""The expected table of roles × endpoints. It is kept beside as `policy_table.csv` so that a change shows in review.

Write it anew with `python -m tests.web.policy_table` and read the difference before committing it.
"""

from __future__ import annotations

import csv
import tempfile
from io import StringIO
from pathlib import Path

from flask import Flask

from portal.accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from portal.factory import create_app
from portal.settings import read_settings
from portal.web.access import Policy, policy_of
from tests.conftest import build_schema

TABLE = Path(__file__).with_suffix(".csv")
PUBLIC = "public"
HOUSEHOLD = "household"


def rows(app: Flask) -> list[list[str]]:
    """One row for each endpoint and method: the permission it asks for, and a mark for each role that has it."""
    found = set()
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            policy = policy_of(app, rule.endpoint, method)
            permission = policy.permission(method) if policy else None
            name = _name(policy, permission)
            is_open = permission is None and name != HOUSEHOLD
            marks = ["x" if is_open or permission in ROLE_PERMISSIONS[role] else "" for role in Role]
            found.add((rule.rule, method, name, *marks))
    return [["rule", "method", "permission", *(role.value for role in Role)], *(list(row) for row in sorted(found))]


def _name(policy: Policy | None, permission: Permission | None) -> str:
    if policy is None:
        return "none"
    if policy.household:
        return HOUSEHOLD  # a relation: no role of the staff carries it
    return PUBLIC if permission is None else permission.name


def as_csv(app: Flask) -> str:
    """The table as it lies in the repository."""
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows(app))
    return out.getvalue()


def main() -> None:
    """Write the table of the present code."""
    with tempfile.TemporaryDirectory() as home:
        settings = read_settings({"YANGGUANG_HOME": home})
        build_schema(settings.database_url)
        app = create_app(settings)
        TABLE.write_text(as_csv(app), "utf-8")
        app.extensions["portal.installation"].engine.dispose()


if __name__ == "__main__":
    main()
