"""Projects: where they are, who builds them, what they cost, which of ten steps they have reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from portal.kernel.keyset import Start
from portal.public.pages.flow import FlowView
from portal.public.pages.flow_address import flow_query
from portal.public.pages.flow_page import Link
from portal.public.pages.sentence import Sentence, sentence
from portal.registers.divisions import queries as divisions
from portal.registers.funds.flows.queries import node_names, read_picture
from portal.registers.funds.flows.rules import Focus
from portal.registers.funds.totals.queries import years_of_project
from portal.registers.projects import queries as projects
from portal.registers.projects.assets.queries import AssetRow, list_assets
from portal.registers.projects.disclosure import public_asset, public_project
from portal.registers.projects.queries import ProjectRow, Stage
from portal.web.paging import Cursor, Page, turn_to

STEPS = tuple(Stage)
FINISHED = frozenset(STEPS[STEPS.index(Stage.COMPLETION) :])
ACCEPTED = frozenset(STEPS[STEPS.index(Stage.ACCEPTANCE) :])


@dataclass(frozen=True)
class Asked:
    """The filters of an address."""

    inside: str = ""
    words: str = ""
    kind: str = ""
    stage: str = ""

    @property
    def as_filters(self) -> dict[str, Any]:
        """Keywords of the register's queries."""
        within = [self.inside] if self.inside else None
        return {"within": within, "words": self.words, "kind": self.kind}


@dataclass(frozen=True)
class ProjectsPage:
    """One page of the list with the counts of all."""

    asked: Asked
    page: Page[ProjectRow]
    places: dict[str, str]
    counts: dict[Stage | None, int]
    inside_name: str

    @property
    def total(self) -> int:
        """How many projects the filters leave, over all pages."""
        chosen = [n for stage, n in self.counts.items() if not self.asked.stage or stage == self.asked.stage]
        return sum(chosen)


def step_of(row: ProjectRow) -> int:
    """How many of the ten steps a project has reached, 0–10."""
    return next((s.number for s in row.stages if s.is_current), 0)


def projects_page(session: Session, asked: Asked, cursor: Cursor | None) -> ProjectsPage:
    """One page of the list, by code."""

    def fetch(start: Start | None, limit: int) -> list[ProjectRow]:
        rows = projects.list_projects(session, **asked.as_filters, stage=asked.stage, after=start, limit=limit)
        return [public_project(row) for row in rows]

    page = turn_to(cursor, fetch, lambda row: (row.code,))
    places = divisions.names_of(session, {r.division_code for r in page.rows if r.division_code})
    inside = divisions.names_of(session, [asked.inside]).get(asked.inside, "") if asked.inside else ""
    return ProjectsPage(asked, page, places, projects.count_by_stage(session, **asked.as_filters), inside)


def project_rows(session: Session, asked: Asked) -> list[dict[str, Any]]:
    """The whole list for a download."""
    rows = [
        public_project(r) for r in projects.list_projects(session, **asked.as_filters, stage=asked.stage, limit=None)
    ]
    places = divisions.names_of(session, {r.division_code for r in rows if r.division_code})
    return [as_row(row, places.get(row.division_code or "", "")) for row in rows]


def as_row(row: ProjectRow, place: str) -> dict[str, Any]:
    """One project as a line of a download."""
    on = {s.stage: s.on for s in row.stages}
    return {
        "code": row.code,
        "name": row.name,
        "kind": row.kind,
        "division_code": row.division_code,
        "division": place,
        "department": row.department,
        "executor": row.executor,
        "stage": row.stage,
        "planned_fen": row.planned_fen,
        "contract_fen": row.contract_fen,
        "settled_fen": row.settled_fen,
        "started_on": on[Stage.BUILDING],
        "completed_on": on[Stage.COMPLETION],
        "accepted_on": on[Stage.ACCEPTANCE],
        "beneficiary_households": row.beneficiary_households,
        "currency": row.currency,
    }


@dataclass(frozen=True)
class ProjectPage:
    """One project with its money and what it left behind."""

    project: ProjectRow
    step: int
    trail: Sequence[Link]
    place: str
    overdue_days: int | None
    view: FlowView | None
    sentence: Sentence | None
    year: int | None
    assets: Sequence[AssetRow]


def project_page(session: Session, root: str, code: str, today: date) -> ProjectPage:
    """Everything about one project. Raises NotFound."""
    row = public_project(projects.get_project(session, code))
    steps = divisions.name_path(session, row.division_code, top=1) if row.division_code else ()
    years = years_of_project(session, code, row.currency)
    view, said = None, None
    if years:
        focus = Focus("project", code)
        picture = read_picture(session, years[0], focus, as_of=today, currency=row.currency)
        naming = partial(node_names, session, year=years[0], focus=focus)
        view = FlowView(picture, root, f"{root}/flow/table?{flow_query(years[0], str(focus))}", naming)
        said = sentence(picture.summary, years[0], row.name)
    return ProjectPage(
        project=row,
        step=step_of(row),
        trail=[(f"{root}/areas/{s.code}", s.name) for s in steps],
        place=steps[-1].name if steps else "",
        overdue_days=row.overdue_days(today),
        view=view,
        sentence=said,
        year=years[0] if years else None,
        assets=[public_asset(a) for a in list_assets(session, project=code, limit=None)],
    )


def stage_rows(page: ProjectPage) -> list[dict[str, Any]]:
    """The ten steps of one project for a download."""
    return [{"step": s.number, "stage": s.stage.value, "on": s.on} for s in page.project.stages]


@dataclass(frozen=True)
class Progress:
    """How far all projects are."""

    total: int
    waiting: int
    building: int
    finished: int
    accepted: int
    households: int


def progress(session: Session) -> Progress:
    """Counts over all projects; one statement."""
    rows = projects.list_projects(session, limit=None)
    finished = [r for r in rows if r.stage in FINISHED]
    accepted = [r for r in rows if r.stage in ACCEPTED]
    building = sum(1 for r in rows if r.stage == Stage.BUILDING)
    households = sum(r.beneficiary_households or 0 for r in accepted)
    return Progress(len(rows), len(rows) - len(finished) - building, building, len(finished), len(accepted), households)
