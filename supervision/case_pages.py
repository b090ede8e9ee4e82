"""What the pages of cases show, and how what was typed becomes an act. A case that one may not know of is answered 404."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.accounts.queries import display_names
from portal.accounts.rules import Principal
from portal.kernel.cell_errors import CellError
from portal.kernel.cells import CellKind, CellRule, read_cell
from portal.kernel.errors import BadInput, NotFound
from portal.oversight.cases import queries as cases
from portal.oversight.cases.dispositions.queries import DispositionRow, dispositions_of
from portal.oversight.cases.links.actions import REGISTERED
from portal.oversight.cases.links.queries import LinkKind, known_of
from portal.oversight.cases.opening.actions import NewCase
from portal.oversight.cases.queries import CaseRow, Link, Member, Note
from portal.oversight.orders.queries import OrderRow, TaskRow, orders_of_case, tasks_of
from portal.oversight.outcomes.queries import ProblemRow, SanctionRow, problems_of, sanctions_of
from portal.oversight.outcomes.recoveries.queries import RecoveryRow, recoveries_of
from portal.publishing.exposure.queries import ExposureRow, exposures_of_case
from portal.registers.divisions import queries as divisions
from supervision.case_sources import Source

HREFS: Mapping[LinkKind, str] = {
    LinkKind.HOUSEHOLD: "/supervision/households/{}/timeline",
    LinkKind.PAYMENT: "/console/payments/{}",
    LinkKind.ALLOCATION: "/console/allocations/{}",
    LinkKind.PROJECT: "/console/projects/{}",
    LinkKind.HELPER: "/console/helpers/{}",
    LinkKind.LEAD: "/supervision/leads/{}",
    LinkKind.COMPLAINT: "/supervision/complaints/{}",
    LinkKind.SAMPLE: "/supervision/sample/visits/{}",
    LinkKind.EVENT: "/supervision/log/{}",
    **{kind: f"/supervision/trail/{kind}/{{}}" for kind in REGISTERED},
}


BY_CASE = ("/supervision/households/", "/supervision/trail/")
"""Pages that ask for what they are opened: the case is chosen already."""


@dataclass(frozen=True)
class CasePage:
    """One case with all that its team has."""

    case: CaseRow
    place: str
    links: Sequence[Link]
    team: Sequence[Member]
    names: Mapping[str, str]
    notes: Sequence[Note]
    dispositions: Sequence[DispositionRow]
    orders: Sequence[OrderRow]
    tasks: Mapping[int, Sequence[TaskRow]]
    units: Mapping[str, str]
    problems: Sequence[ProblemRow]
    sanctions: Sequence[SanctionRow]
    recoveries: Sequence[RecoveryRow]
    exposures: Sequence[ExposureRow]

    @property
    def waiting(self) -> DispositionRow | None:
        """The proposal that waits for a decision."""
        return next((row for row in self.dispositions if row.decision is None), None)

    @property
    def is_worked(self) -> bool:
        """Whether outcomes may be entered."""
        return self.case.disposition in ("谈话函询", "初步核实", "办结")

    def href(self, link: Link) -> str:
        """Where a linked thing is shown, for this case; empty where it has no page."""
        found = HREFS.get(link.kind, "").format(link.no)
        return f"{found}?case={self.case.no}" if found.startswith(BY_CASE) else found


def case_page(session: Session, case: CaseRow, who: Principal) -> CasePage:
    """Everything that the page shows to one person: no complaint that he may not know of."""
    orders = orders_of_case(session, case.id)
    tasks, team = tasks_of(session, [order.id for order in orders]), cases.members_of(session, case.id)
    codes = {task.unit_code for found in tasks.values() for task in found}
    links = cases.case_links(session, case.id)
    known = known_of(session, ((link.kind, link.no) for link in links), who)
    return CasePage(
        case, divisions.written_path(session, case.division_code), [one for one in links if (one.kind, one.no) in known], team,
        display_names(session, {one.username for one in team}), cases.notes_of(session, case.id),
        dispositions_of(session, case.id), orders, tasks, divisions.names_of_units(session, codes),
        problems_of(session, case.id), sanctions_of(session, case.id), recoveries_of(session, case.id),
        exposures_of_case(session, case.id),
    )  # fmt: skip


def words_of(typed: str | None) -> list[str]:
    """Names in one line, however they were separated."""
    return [part for part in re.split(r"[、,，;；\s]+", typed or "") if part]


def new_case(session: Session, data: Mapping[str, str | None], source: Source) -> NewCase:
    """What was typed, as an act takes it, with what the source brings along."""
    accused = [_accused(session, word) for word in words_of(data["accused"])]
    division = (data["division_code"] or "").strip()
    team = words_of(data["team"])
    return NewCase(data["title"] or "", division, source.origin, source.no, team, accused, source.links)


def _accused(session: Session, word: str) -> tuple[LinkKind, str]:
    """A unit by its code or name, else an account."""
    unit = divisions.find_unit(session, word)
    if unit is not None:
        return LinkKind.UNIT, unit.code
    if display_names(session, {word}):
        return LinkKind.ACCOUNT, word
    raise NotFound(f"没有叫“{word}”的单位或账号", fix="填单位编码、单位全称，或用户名")


def fen_of(typed: str | None) -> int:
    """An amount in yuan as fen; BadInput for anything else."""
    try:
        value = read_cell(typed, CellRule(CellKind.MONEY)).value
    except CellError:
        value = None
    if not isinstance(value, int):
        raise BadInput("金额读不出来", fix="填写元，最多两位小数，例如 1200.50", code="amount")
    return value
