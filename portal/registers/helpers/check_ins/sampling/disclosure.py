"""What others see of a draw: the figures that check it, and never who was drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.registers.helpers.check_ins.sampling.models import VisitDraw


@dataclass(frozen=True)
class PublicDraw:
    """A draw for everybody."""

    no: str
    kind: str
    division_code: str
    month: date
    population: int
    population_sha256: str
    per_cent: str
    seed: str
    drawn: int


def public_draw(row: VisitDraw) -> PublicDraw:
    """The figures of a draw. With the list of members, `kernel.draws.draw` gives the sample again."""
    return PublicDraw(
        row.no, row.kind, row.division_code, row.month, row.population, row.population_sha256, row.per_cent, row.seed,
        row.drawn,
    )  # fmt: skip
