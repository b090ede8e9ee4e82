"""Errors of the product. Doors turn each into a page or JSON once; the text is for the person who has to act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class ProductError(Exception):
    """Something a person can do something about: what happened, why, and the cure."""

    status = 500
    code = "error"

    def __init__(self, what: str, *, why: str = "", fix: str = "", code: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return "；".join(part for part in (self.what, self.why, self.fix) if part)


class NotFound(ProductError):
    """The thing does not exist, or must not be seen to exist (existence is answered alike)."""

    status = 404
    code = "not_found"


class NotAllowed(ProductError):
    """The person may not do this; says who can grant it."""

    status = 403
    code = "not_allowed"


class Refused(ProductError):
    """A rule of the trade refuses the act; carries the reason and, where there is one, the legal source."""

    status = 422
    code = "refused"


class BadInput(ProductError):
    """Input from outside is wrong: says what, where and what to do."""

    status = 422
    code = "bad_input"


@dataclass(frozen=True)
class FieldProblem:
    """One wrong field of a message: its path (`location.datum`), a stable code, and the sentence for a person."""

    field: str
    code: str
    message: str


class BadFields(BadInput):
    """Fields of a message are missing or wrong; says which."""

    code = "bad_fields"

    def __init__(self, what: str, errors: Sequence[FieldProblem], *, code: str | None = None) -> None:
        super().__init__(what, code=code)
        self.errors = tuple(errors)


class Conflict(ProductError):
    """Somebody else changed the thing meanwhile; nothing was written."""

    status = 409
    code = "conflict"


class Busy(ProductError):
    """The database, or the machine, is held by a longer piece of work; try again after `retry_after` seconds."""

    status = 503
    code = "busy"

    def __init__(self, what: str, *, retry_after: int = 5, why: str = "", fix: str = "") -> None:
        super().__init__(what, why=why, fix=fix)
        self.retry_after = retry_after


class CannotRun(ProductError):
    """A command cannot run here (exit code 2): one line says what is missing and what to do."""

    status = 500
    code = "cannot_run"


@dataclass(frozen=True)
class CellProblem:
    """One wrong cell of a file: row and column as the sheet shows them, the value, why, and the cure."""

    row: int
    column: str
    value: str
    why: str
    fix: str
