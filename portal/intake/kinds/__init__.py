"""One declaration per kind of file; the names are those of the data dictionary and of the command line."""

from __future__ import annotations

from portal.intake.declaration import Kind
from portal.intake.kinds import (
    allocations,
    asset_distributions,
    assets,
    bank_returns,
    divisions,
    helpers,
    households,
    incomes,
    pairings,
    parameters,
    payments,
    programmes,
    projects,
    units,
    weak_villages,
)
from portal.kernel.errors import BadInput

KINDS: dict[str, Kind] = {
    module.KIND.name: module.KIND
    for module in (
        divisions,
        units,
        parameters,
        households,
        weak_villages,
        incomes,
        programmes,
        allocations,
        payments,
        bank_returns,
        projects,
        assets,
        asset_distributions,
        helpers,
        pairings,
    )
}
"""All kinds, in the order in which an empty installation takes them (projects before allocations that name one)."""


def find_kind(name: str) -> Kind:
    """The kind by its name or by the Chinese name of its table; BadInput says what there is."""
    for kind in KINDS.values():
        if name in (kind.name, kind.title):
            return kind
    known = "、".join(f"{kind.name}（{kind.title}）" for kind in KINDS.values())
    raise BadInput(f"没有“{name}”这种表", fix=f"可用的有：{known}")
