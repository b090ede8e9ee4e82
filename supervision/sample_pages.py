"""What the pages of random inspections show and take: draws, who was drawn, a record on site with its leads and pictures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request

from portal.accounts.permissions import Permission
from portal.checks.actions import refresh_rule
from portal.kernel.clock import today_cn
from portal.kernel.errors import BadInput, NotAllowed, NotFound
from portal.oversight.cases.links.queries import LinkKind
from portal.oversight.cases.queries import CaseRef
from portal.oversight.inspections import actions, queries
from portal.oversight.inspections.actions import OnSite
from portal.oversight.inspections.queries import QUESTIONS, InspectionRow, ItemRow, Point
from portal.oversight.leads.findings.queries import Finding
from portal.registers.corrections import Act
from portal.registers.divisions import queries as divisions
from portal.trail.queries import find_index
from portal.web import access
from portal.web.sessions import database, installation, require_principal
from supervision.case_links import known_cases
from supervision.forms.samples import OnSiteForm
from supervision.lead_pages import my_leads

RULE = "S09"
POINT = re.compile(r"-?\d{1,10} -?\d{1,10} \d{1,7}", re.ASCII)
JUDGED = {"true": Finding.TRUE, "unfounded": Finding.UNFOUNDED}


def my_places() -> tuple[str, ...]:
    """Where the present person looks at draws or makes them; a third party has none, and sees what he was named for."""
    if access.can(Permission.VIEW_INSPECTIONS):
        return access.scopes(Permission.VIEW_INSPECTIONS)
    return access.scopes(Permission.DRAW_INSPECTIONS) if access.can(Permission.DRAW_INSPECTIONS) else ()


def draw_of(no: str) -> InspectionRow:
    """A draw in one's places; any other is answered as one that nobody knows."""
    row = queries.get_inspection(database(), no)
    if not access.can(Permission.VIEW_INSPECTIONS, row.division_code) and not access.can(
        Permission.DRAW_INSPECTIONS, row.division_code
    ):
        raise NotFound("没有这次随机抽查", fix="核对抽查编号")
    return row


def item_of(no: str) -> ItemRow:
    """One household that was drawn, in one's places or those for which one was named."""
    return queries.get_item(database(), no, my_places(), require_principal().username)


@dataclass(frozen=True)
class DrawPage:
    """One draw: where its promise and its draw stand in the public log, its strata, who was drawn, who goes along."""

    row: InspectionRow
    place: str
    commit_index: int | None
    draw_index: int | None
    strata: Sequence[queries.StratumRow]
    items: Sequence[ItemRow]
    again: Sequence[queries.Again] | None
    supervisors: Sequence[queries.SupervisorRow]
    names: Mapping[str, str]


def draw_page(row: InspectionRow) -> DrawPage:
    """Everything that the page of a draw shows; `?again`: made once more from what is published."""
    session = database()
    strata = queries.strata_of(session, row.id)
    items = queries.list_items(session, my_places(), require_principal().username, inspection_id=row.id)
    again = queries.repeat(row, strata) if request.args.get("again") and row.seed else None
    return DrawPage(
        row,
        divisions.written_path(session, row.division_code),
        find_index(session, row.commit_event),
        find_index(session, row.draw_event) if row.draw_event else None,
        strata,
        items,
        again,
        queries.supervisors_of(session, row.id),
        divisions.names_of(session, {item.division_code for item in items}),
    )


@dataclass(frozen=True)
class ItemPage:
    """One visit: what is registered in brief, what was found, pictures, and the household's leads that it can judge."""

    item: ItemRow
    place: str
    found: Mapping[str, Any]
    photos: Sequence[queries.PhotoRow]
    leads: Sequence[queries.OpenLead]
    may_record: bool
    cases: Sequence[CaseRef]


def item_page(item: ItemRow) -> ItemPage:
    """Everything that the page of a visit shows."""
    session = database()
    return ItemPage(
        item,
        divisions.written_path(session, item.division_code),
        queries.findings_of(session, item.no),
        queries.photos_of(session, item.no),
        _judgeable(item),
        item.state != queries.ItemState.VISITED and not _is_mine(item) and _goes_there(item),
        known_cases(LinkKind.SAMPLE, item.no),
    )


def _judgeable(item: ItemRow) -> list[queries.OpenLead]:
    """The household's leads that the present person may verify there."""
    if not access.can(Permission.VERIFY_LEADS, item.division_code):
        return []
    return queries.leads_of_household(database(), item.household_no, my_leads().rules)


def _goes_there(item: ItemRow) -> bool:
    """Who inspects there, or was asked to go along; finance and audit look at what others found."""
    if access.can(Permission.RECORD_INSPECTIONS, item.division_code):
        return True
    return queries.is_named_for(database(), item.no, require_principal().username)


def _is_mine(item: ItemRow) -> bool:
    """Nobody inspects his own household."""
    return require_principal().household_no == item.household_no


def on_site_of(form: OnSiteForm) -> OnSite:
    """What the form says."""
    met = form.met.data == "yes"
    answers = {code: form[f"answer_{code}"].data or "" for code in QUESTIONS} if met else {}
    notes = {code: text for code in QUESTIONS if (text := form[f"note_{code}"].data or "")}
    said = {name.removeprefix("lead-"): value for name, value in request.form.items() if name.startswith("lead-")}
    leads = {no: JUDGED[value] for no, value in said.items() if value in JUDGED}
    return OnSite(
        form.visited_on.data, form.second_inspector.data, met, answers, notes, form.note.data or "", leads,
        (form.once.data or "")[:36], _point(form.point.data or ""),
    )  # fmt: skip


def _point(said: str) -> Point | None:
    """The place that the page wrote down when its button was pressed: `lat lon metres`, as whole numbers; or none."""
    if not said:
        return None
    if not POINT.fullmatch(said):
        raise BadInput("位置读不出来", fix="去掉位置再保存，或重新取一次")
    return Point(*(int(number) for number in said.split()))


def take_record(item: ItemRow, form: OnSiteForm, act: Act, at: datetime) -> None:
    """The record, its pictures, and where something differs the lead that follows."""
    if not _goes_there(item):
        raise NotAllowed("不能填写抽查记录", why="您可以查看随机抽查，记录由入户的人写", fix="请入户的检查人员填写")
    session, found = database(), on_site_of(form)
    if actions.was_recorded(session, item.no, found.once, act.actor):
        return
    known = {lead.lead_no for lead in _judgeable(item)}
    if set(found.leads) - known or _is_mine(item):
        raise NotFound("没有这条疑点", fix="从名单重新进入")
    for upload in form.photos.data or ():
        if upload and upload.filename:
            actions.keep_photo(session, installation().settings.files_dir, item.no, upload.read(), act, at)
    record = actions.record_on_site(session, item.no, found, act, at)
    if record.outcome == queries.Outcome.DIFFERS:
        refresh_rule(session, RULE, as_of=today_cn(), actor=act.actor)
        lead_no = queries.lead_of_item(session, RULE, item.no)
        if lead_no is not None:
            actions.link_lead(session, item.no, lead_no, act, at)
