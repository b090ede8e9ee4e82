"""Who may import whom. The layer contract is import-linter's; what it cannot say is said here."""

import ast
import subprocess
import sys

from tests.house.tree import ROOT, functions, name, python_files, syntax

FORBIDDEN_NAMES = {"utils", "common", "misc", "manager", "helpers_common", "util"}


def test_the_layer_contract_holds() -> None:
    lint = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from importlinter.cli import lint_imports_command as run; sys.exit(run())",
            "--no-cache",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert lint.returncode == 0, lint.stdout[-3000:] + lint.stderr[-1000:]


def test_no_import_stands_inside_a_function() -> None:
    hidden = [
        f"{name(p)}:{node.lineno}"
        for p in python_files()
        for f in functions(p)
        for node in ast.walk(f)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_nothing_is_called_utils_or_common() -> None:
    assert [name(p) for p in python_files() if p.stem in FORBIDDEN_NAMES or p.parent.name in FORBIDDEN_NAMES] == []


def _imported(path: str) -> set[str]:
    modules: set[str] = set()
    for node in ast.walk(syntax(ROOT / path)):
        if isinstance(node, ast.Import):
            modules |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules |= {node.module} | {f"{node.module}.{a.name}" for a in node.names}
    return modules


def test_doors_never_import_models() -> None:
    doors = ("portal/public", "portal/management", "portal/jobs", "mobile_api", "supervision")
    offenders = {
        name(p): sorted(m for m in _imported(name(p)) if m.endswith(".models"))
        for p in python_files(*doors)
        if any(m.endswith(".models") for m in _imported(name(p)))
    }
    assert offenders == {}


def test_rules_touch_neither_session_nor_clock() -> None:
    offenders = {}
    for p in python_files():
        if p.name == "rules.py":
            bad = {
                m for m in _imported(name(p)) if m.split(".")[0] in {"sqlalchemy", "flask"} or m.endswith(".queries")
            }
            text = p.read_text(encoding="utf-8")
            if bad or "datetime.now" in text or "date.today" in text or "now_utc(" in text:
                offenders[name(p)] = sorted(bad) or ["reads a clock"]
    assert offenders == {}


def test_actions_and_queries_never_commit() -> None:
    offenders = [
        name(p)
        for p in python_files("portal/registers", "portal/accounts", "portal/oversight", "portal/intake")
        if p.name in {"actions.py", "queries.py"} and ".commit(" in p.read_text(encoding="utf-8")
    ]
    assert offenders == []


def test_disclosure_never_touches_the_session() -> None:
    offenders = [
        name(p)
        for p in python_files()
        if p.name == "disclosure.py" and any(m.startswith("sqlalchemy.orm") for m in _imported(name(p)))
    ]
    assert offenders == []
