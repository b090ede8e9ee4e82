"""What the house tests look at: the files of the product, as text and as syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("portal", "mobile_api", "supervision")


def python_files(*folders: str) -> list[Path]:
    """All Python files of the product (or of the folders named)."""
    found: list[Path] = []
    for folder in folders or PACKAGES:
        found += sorted(p for p in (ROOT / folder).rglob("*.py") if "__pycache__" not in p.parts)
    return found


def templates() -> list[Path]:
    """All templates of all doors."""
    return sorted(p for package in PACKAGES for p in (ROOT / package).rglob("templates/**/*.html"))


def syntax(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file."""
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def name(path: Path) -> str:
    """A file's path inside the project."""
    return path.relative_to(ROOT).as_posix()
