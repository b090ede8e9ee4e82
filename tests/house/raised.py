"""What layers below `web` say to people: the texts of their errors, as the catalogue has to know them.

An f-string's holes become `%(a)s`, `%(b)s` … in their order, which is how `portal.web.language` finds its English again.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

HAN = re.compile(r"[\u4e00-\u9fff]")
BELOW = (
    "kernel",
    "trail",
    "accounts",
    "registers",
    "oversight",
    "checks",
    "publishing",
    "intake",
    "web",
    "public",
    "management",
    "analysis",
)
DOORS = ("supervision", "mobile_api")
SAYING = {
    "Refused", "CellError", "BadInput", "NotFound", "Refusal", "Conflict", "FileRefused", "NotAllowed", "Busy",
    "Unrecorded", "SealError", "add", "ForeignRequest", "SignInNeeded", "WrongCredentials", "TooManyTries", "NoFont",
    "__init__", "bad_key", "FieldProblem", "BadFields", "problem", "_malformed", "Question", "Rule", "RuleVersion",
    "ParameterRead", "clears",
}  # fmt: skip
#: What several rules say, each time by this name.
NAMED = ("ASKED_FIRST", "BASIS")
#: Only ever said to somebody at the command line, whose language is Chinese.
COMMANDS_ONLY = ("trail/prove.py", "trail/monthly.py", "kernel/sealing.py", "kernel/console.py")
HOLE = "\0"


def texts_of(node: ast.expr) -> list[str]:
    """Every text that an expression can be, holes as NUL."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return ["".join(str(v.value) if isinstance(v, ast.Constant) else HOLE for v in node.values)]
    if isinstance(node, ast.IfExp):
        return texts_of(node.body) + texts_of(node.orelse)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [a + b for a in texts_of(node.left) or [HOLE] for b in texts_of(node.right) or [HOLE]]
    return []


def as_message(text: str) -> str:
    """A text with its holes named in order, percent signs doubled where there are any holes."""
    if HOLE not in text:
        return text
    names = iter("abcdefghij")
    return "".join(f"%({next(names)})s" if sign == HOLE else "%%" if sign == "%" else sign for sign in text)


def said_by(source: str) -> Iterator[str]:
    """The texts that a module's errors say."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id in NAMED:
            yield from texts_of(node.value) if node.value is not None else ()
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in SAYING:
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                yield from (as_message(text) for text in texts_of(argument) if HAN.search(text))


def raised(root: Path) -> dict[str, str]:
    """Every text that an error of the layers and of the doors says, with the file that says it."""
    found: dict[str, str] = {}
    for place in (*(root / "portal" / layer for layer in BELOW), *(root / door for door in DOORS)):
        for path in sorted(place.rglob("*.py")):
            name = path.relative_to(root).as_posix().removeprefix("portal/")
            if name not in COMMANDS_ONLY:
                found.update(dict.fromkeys(said_by(path.read_text(encoding="utf-8")), name))
    return found
