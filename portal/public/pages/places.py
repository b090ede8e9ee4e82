"""Picking one's village without typing: from the site's own place down, one tap for each level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.public.pages.areas import home_code
from portal.registers.divisions import queries as divisions
from portal.registers.divisions.queries import Place, Step

VILLAGE = 5


@dataclass(frozen=True)
class Picked:
    """Where somebody has got to: the place, the way there, and what can be picked next (nothing for a village)."""

    code: str
    name: str
    path: Sequence[Step]
    choices: Sequence[Place]

    @property
    def is_village(self) -> bool:
        """Nothing is left to pick."""
        return bool(self.path) and self.path[-1].level == VILLAGE


def pick_place(session: Session, asked: str, today: date) -> Picked:
    """The place that the address names (the site's own without one); a level with one choice is passed by itself.

    Raises NotFound for an unknown code.
    """
    code = asked or home_code(session)
    while True:
        path = divisions.name_path(session, code, top=3) if code else ()
        if asked and not path:
            raise NotFound("没有这个地方", fix="从头再选一次")
        choices = divisions.list_children(session, code or None, today) if not path or path[-1].level < VILLAGE else []
        if len(choices) != 1:
            return Picked(code, path[-1].name if path else "", path, choices)
        code = choices[0].code
