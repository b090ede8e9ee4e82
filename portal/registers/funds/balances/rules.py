"""Where a line of money stands on its way: pinned tiers, and the places that it enters. Values only.

Every line belongs to one node of the way: the holder that its money was given to. Tiers only ever go down, so that a
chain of any shape can be drawn: a holder that would stand beside or above its giver is placed one tier lower.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from portal.registers.divisions.models import UnitKind
from portal.registers.divisions.rules import level_of
from portal.registers.funds.balances.models import NEVER_ENTERS

SOURCE, KIND, DEPARTMENT, TOWN, LEAF = 1, 2, 3, 4, 5
PLACED = (
    "programme_id", "root_id", "year", "currency", "source", "kind", "department", "town", "leaf", "holder",
    "holder_tier", "tier", "parent_tier", "enters", "enters_programme", "place_code", "entry_level", "shown_code",
    "shown_entry_level", "shown_leaf", "gross_fen", "received_on",
)  # fmt: skip
SUMMED = (
    "back_fen", "passed_on_fen", "returned_fen", "paid_fen", "paid_household_fen", "paid_count", "pending_fen",
    "pending_count",
)  # fmt: skip
_PREFIX = (0, 2, 4, 6, 9, 12)
UNKNOWN_HOLDER = "unit:"


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What placing needs of one current, positive allocation line; codes are today's."""

    id: int
    parent_id: int | None
    programme_id: int
    amount_fen: int
    currency: str
    allocated_on: date | None
    place_code: str
    unit_code: str | None
    unit_kind: str | None
    unit_place: str
    project_code: str | None
    level: str | None
    fund_class: str | None
    programme_year: int | None
    department_code: str | None


@dataclass(frozen=True, slots=True)
class Route:
    """The holders from the treasury down to one line, as node ids; blank = nobody in that tier."""

    root_id: int
    year: int
    place: str
    source: str
    kind: str
    department: str
    town: str
    leaf: str
    tier: int
    parent_tier: int
    enters: bool

    def node(self, tier: int) -> str:
        """The node id of a tier."""
        return (f"source:{self.source}", f"kind:{self.kind}", self.department, self.town, self.leaf)[tier - 1]


def prefix(code: str, level: int) -> str:
    """The digits of a code that name its place at a level (1 province … 5 village)."""
    return code[: _PREFIX[level]]


def range_of(code: str) -> tuple[str, str]:
    """First and last code inside a place, for an index range; the whole country for blank."""
    digits = prefix(code, level_of(code)) if code else ""
    return digits.ljust(12, "0"), digits.ljust(12, "9")


def entry_level(place: str, parent_place: str | None) -> int:
    """From which level of divisions on this money comes in from outside; 0 from the treasury, 9 never."""
    if parent_place is None:
        return 0
    if place == parent_place:
        return NEVER_ENTERS
    return next(level for level in range(1, 6) if prefix(place, level) != prefix(parent_place, level))


def level_over(place: str, village: str) -> int:
    """Level of a line's place when the village lies in it, else 0: the money came from elsewhere."""
    level = level_of(place) if place else 0
    return level if level and prefix(place, level) == prefix(village, level) else 0


def natural_holder(facts: LineFacts) -> tuple[int, str]:
    """Tier and node id of the holder that a line names, before looking at the line it comes from."""
    if facts.project_code:
        return LEAF, f"project:{facts.project_code}"
    if facts.unit_kind == UnitKind.FINANCE:
        return SOURCE, f"unit:{facts.unit_code}"
    if facts.unit_kind == UnitKind.BANK and facts.place_code:  # the bank only hands it out: the place is what counts
        return (LEAF if level_of(facts.place_code) == LEAF else TOWN), f"area:{facts.place_code}"
    if facts.unit_kind == UnitKind.VILLAGE:
        return LEAF, f"area:{_village_of(facts)}"
    if facts.unit_kind == UnitKind.TOWNSHIP:
        return TOWN, f"area:{_township_of(facts)}"
    if facts.unit_kind == UnitKind.CONTRACTOR:
        return LEAF, f"unit:{facts.unit_code}"
    if facts.unit_code is not None and (
        facts.unit_kind == UnitKind.DEPARTMENT or level_of(facts.unit_place or facts.place_code) < 4
    ):
        return DEPARTMENT, f"unit:{facts.unit_code}"
    place = facts.unit_place or facts.place_code
    if not place:
        return DEPARTMENT, UNKNOWN_HOLDER
    return (LEAF if level_of(place) == LEAF else TOWN), f"area:{place}"


def _village_of(facts: LineFacts) -> str:
    if level_of(facts.unit_place) == 5:
        return facts.unit_place
    return facts.place_code or facts.unit_place or "000000000000"


def _township_of(facts: LineFacts) -> str:
    place = facts.unit_place or facts.place_code or "000000000000"
    return prefix(place, 4).ljust(12, "0")


def place_line(facts: LineFacts, parent: Route | None) -> Route:
    """The route of a line, given that of the line it comes from (None: from the treasury)."""
    tier, node = natural_holder(facts)
    place = facts.place_code or (parent.place if parent else "")
    if parent is None:
        year = facts.programme_year or (facts.allocated_on.year if facts.allocated_on else 0)
        start = Route(facts.id, year, place, facts.level or "", facts.fund_class or "", "", "", "", 0, 0, True)
        return _descend(start, facts, tier, node)
    same = parent.tier == LEAF or (tier == SOURCE == parent.tier) or parent.node(parent.tier) == node
    if same:
        return replace(parent, place=place, parent_tier=parent.tier, enters=False)
    return _descend(replace(parent, place=place), facts, max(tier, parent.tier + 1), node)


def _descend(above: Route, facts: LineFacts, tier: int, node: str) -> Route:
    nodes = {DEPARTMENT: above.department, TOWN: above.town, LEAF: above.leaf}
    if tier > DEPARTMENT and above.tier < DEPARTMENT and facts.department_code:
        nodes[DEPARTMENT] = f"unit:{facts.department_code}"  # in charge of it, though the money passed by
    if tier == SOURCE:
        return replace(above, tier=tier, parent_tier=above.tier, enters=True)
    tier = max(tier, DEPARTMENT)
    nodes[tier] = node
    return replace(
        above,
        department=nodes[DEPARTMENT],
        town=nodes[TOWN],
        leaf=nodes[LEAF],
        tier=tier,
        parent_tier=above.tier,
        enters=True,
    )


def place_lines(lines: Mapping[int, LineFacts]) -> dict[int, Route]:
    """Routes of lines together with all the lines above them. A ring of parents ends at its first line (as a root)."""
    routes: dict[int, Route] = {}
    for line_id in lines:
        pending: list[int] = []
        seen: set[int] = set()
        current: int | None = line_id
        while current is not None and current in lines and current not in routes and current not in seen:
            seen.add(current)
            pending.append(current)
            current = lines[current].parent_id
        above = routes.get(current) if current is not None else None
        for step in reversed(pending):
            above = routes[step] = place_line(lines[step], above)
    return routes


def placed_rows(
    facts: Mapping[int, LineFacts], routes: Mapping[int, Route], before: Mapping[int, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The placing columns of each line; what the public is shown stays merged as it was until payouts say otherwise."""
    above = {i: line.parent_id if routes[i].parent_tier else None for i, line in facts.items()}
    shown = {i: _shown(i, routes[i].place, before) for i in facts}
    public = show_lines({i: Shown(shown[i], routes[i].place, routes[i].leaf, routes[i].enters) for i in facts}, above)
    rows = []
    for line_id, line in facts.items():
        route = routes[line_id]
        holder_tier, holder = natural_holder(line)
        parent = routes.get(above[line_id] or 0)
        rows.append(
            {
                "allocation_id": line_id,
                "programme_id": line.programme_id,
                "root_id": route.root_id,
                "year": route.year,
                "currency": line.currency,
                "source": route.source,
                "kind": route.kind,
                "department": route.department,
                "town": route.town,
                "leaf": route.leaf,
                "holder": holder,
                "holder_tier": holder_tier,
                "tier": route.tier,
                "parent_tier": route.parent_tier,
                "enters": route.enters,
                "enters_programme": parent is None or facts[above[line_id] or 0].programme_id != line.programme_id,
                "place_code": route.place,
                "entry_level": entry_level(route.place, parent.place if parent else None),
                "shown_code": shown[line_id],
                "shown_entry_level": public[line_id][0],
                "shown_leaf": public[line_id][1],
                "gross_fen": line.amount_fen,
                "received_on": line.allocated_on,
            }
        )
    return rows


def _shown(line_id: int, place: str, before: Mapping[int, Mapping[str, Any]]) -> str:
    old = before.get(line_id)
    return str(old["shown_code"]) if old is not None and old["place_code"] == place else place


@dataclass(frozen=True, slots=True)
class Shown:
    """What the public's picture needs of a line: where it is shown, where it is, its leaf, and whether it enters that."""

    shown_code: str
    place_code: str
    leaf: str
    enters: bool


def show_lines(lines: Mapping[int, Shown], parents: Mapping[int, int | None]) -> dict[int, tuple[int, str]]:
    """Entry level and leaf of each line in the public's eyes, from the top down.

    A line whose village is merged stands under `small:<place>`; what was passed on inside one leaf stays in that leaf.
    """
    found: dict[int, tuple[int, str]] = {}
    for line_id in lines:
        pending: list[int] = []
        current: int | None = line_id
        while current is not None and current in lines and current not in found and current not in pending:
            pending.append(current)
            current = parents.get(current)
        for step in reversed(pending):
            line, parent = lines[step], parents.get(step)
            above = lines.get(parent) if parent is not None else None
            leaf = line.leaf
            if not line.enters and parent in found:
                leaf = found[parent][1]
            elif line.shown_code != line.place_code and leaf == f"area:{line.place_code}":
                leaf = f"small:{line.shown_code}"
            found[step] = (entry_level(line.shown_code, above.shown_code if above else None), leaf)
    return found
