"""Two worlds that differ in one hidden matter alone: nobody of the accused side can tell from any answer which one he is in.

For each of many random organisations a random matter is reported, and perhaps taken further (studied, a case opened, an
order sent out), the clocks and rules run on, and ordinary things happen afterwards. The same happens without the matter.
Then whoever may not know of it asks everything that lists, searches, counts, exports or logs, and the addresses of the
matter itself, and sends every form that can name it; so do a helper with his phone and the household with its card. Status,
headers, body (of workbooks and papers what one reads), what the server logs and the statements that the answer took must be
the same in both worlds.
"""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.accounts.queries import get_user
from portal.checks.actions import run_rules
from portal.checks.catalogue import RULES
from portal.kernel.clock import day_cn
from portal.kernel.database import reading
from portal.oversight.cases import queries as cases
from portal.oversight.cases.links.models import LinkKind
from portal.oversight.cases.models import CaseOrigin
from portal.oversight.cases.opening.actions import NewCase, open_case
from portal.oversight.complaints.handling.actions import Details, take_step
from portal.oversight.complaints.handling.deadlines.actions import keep_clocks
from portal.oversight.complaints.handling.openings.actions import ask_identity
from portal.oversight.complaints.handling.queries import list_told
from portal.oversight.complaints.handling.rules import Doer, Step
from portal.oversight.complaints.models import Complaint
from portal.oversight.complaints.routing.queries import may_know
from portal.oversight.leads.models import Lead
from portal.oversight.orders.actions import NewOrder, draft_order, issue_order
from portal.oversight.orders.reminders.actions import remind
from portal.oversight.orders.rules import Demand
from portal.registers.corrections import Act
from portal.registers.divisions.models import Unit
from portal.registers.funds.payments.actions import PaymentLine, record_payment_batch
from portal.registers.recipients.cards.actions import print_cards
from portal.registers.recipients.cards.models import HouseholdCard
from tests.factories.cards import NUMBER, card_clerk
from tests.factories.complaints import COUNTY, arrive, who
from tests.factories.funds import make_line, make_programme
from tests.factories.helpers import make_helper, make_pairing
from tests.factories.leads import make_leads
from tests.factories.organisations import (
    PAYER,
    Matter,
    Organisation,
    Somebody,
    accused_side,
    draw_matter,
    draw_organisation,
    fill,
)
from tests.factories.recipients import make_household
from tests.journeys.worlds import HOME, PHONE, Asked, Told, Worlds, differences, plain_addresses

SOAK = os.environ.get("YANGGUANG_SOAK") == "1"
TREES = int(os.environ.get("YANGGUANG_TREES", "1000")) if SOAK else 2
FIRST = int(os.environ.get("YANGGUANG_FIRST", "0"))
SAMPLE = int(os.environ.get("YANGGUANG_SAMPLE", "6" if SOAK else "12"))
SEED = int(os.environ.get("YANGGUANG_SEED", "20261122"))
ARRIVES = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
RAISED, ASKED = ARRIVES + timedelta(days=11), ARRIVES + timedelta(days=12)
NIGHTLY = ("S02", "S06", "S07")
SEARCHES = ("complaint.*", "case.*", "order.*", "lead.*", "check.*", "read.*", "session.*")
HELPER_NO, HELPER, HOUSEHOLD, PAID = "B-1", "helper", "HH-1", "PC-1-1"
API = ("/households", f"/households/{HOUSEHOLD}", "/households/HH-2", "/today", "/check-ins")
ME = ("/me", "/me/helper", "/me/seen", "/me/help", "/me/exit", "/")
INNER = Role.INSPECTOR, Role.INSPECTION_HEAD, Role.AUDITOR, Role.LEADER, Role.AUDIT_ADMIN, Role.FINANCE_SUPERVISOR


@dataclass
class Traces:
    """The numbers of the matter as the world with it drew them."""

    locator: str
    case: str = "AJ-2026-000000"
    order: str = "DB-2026-ZZZZZZZZ"
    lead: str = "YD-2026-999999"
    team: str = ""

    def addresses(self) -> list[str]:
        """Every address that names one of them, also inside a search."""
        at, log = "/supervision", "/supervision/log?q="
        numbers = (self.locator, self.case, self.order, self.lead)
        kinds = zip(("complaint", "case", "order", "lead"), numbers, strict=True)
        return [
            *[f"{at}/trail/{kind}/{no}" for kind, no in kinds], f"{at}/trail/rule/S02",
            *[f"{log}对象:{no}" for no in numbers], f"{log}对象:complaint/{self.locator}", f"{log}对象:lead/{self.lead}",
            *[f"{log}动作:{word}" for word in SEARCHES], f"{log}对象:rule/S02", f"{at}/log.csv?q=动作:lead.*",
            f"{log}操作人:user:{self.team or 'p0'}", *[f"/search?q={no}" for no in numbers[:3]],
            f"{at}/complaints/{self.locator}", f"{at}/complaints/{self.locator}/files/1", f"{at}/complaints?q={self.locator}",
            f"{at}/complaints?tab=已了结", f"{at}/complaints.csv?tab=待研判", f"{at}/leads/{self.lead}",
            f"{at}/?words={self.locator}", f"{at}/?words={self.lead}", f"{at}/?family=S", f"{at}/rules/S02",
            f"{at}/cases/{self.case}", f"{at}/cases/new?lead={self.lead}", f"{at}/cases/new?complaint={self.locator}",
            f"{at}/orders/{self.order}", f"/console/orders/{self.order}", f"/console/orders/{self.order}/files/1",
            f"/report/{self.locator}", f"/report/{self.locator}/proof", "/console/households/HH-1", f"/console/payments/{PAID}",
            f"{at}/households/HH-1/timeline", f"{at}/trail/payment/{PAID}", f"{at}/trace/payment/{PAID}", f"{log}对象:{PAID}",
        ]  # fmt: skip

    def forms(self, place: str) -> list[Asked]:
        """Every form that can name one of them, and some that get numbers of their own."""
        at, case, order = "/supervision", f"/supervision/cases/{self.case}", f"/supervision/orders/{self.order}"
        said = f"{at}/complaints/{self.locator}"
        why, opened = (
            {"why": "工作需要，按程序办"},
            {"title": "日常监督", "division_code": place, "why": "日常监督发现"},
        )
        on_case, on_lead = {"basis": "案件", "case_no": self.case}, {"basis": "疑点", "lead_no": self.lead}
        day = day_cn(ASKED).isoformat()
        exposed = {
            "title": "一件事",
            "kind": "违规认定",
            "division_code": place,
            "organ": "纪委",
            "body": "查明。",
            "withdraw_on": day,
        }
        named: list[tuple[str, dict[str, str]]] = [
            (f"{at}/cases/new", opened), *((f"{at}/cases/new?{k}={v}", opened) for k, v in self.sources()),
            *((f"{at}/cases/add?{k}={v}", {"case_no": self.case}) for k, v in self.sources()),
            (f"{case}/links", {"kind": "complaint", "no": self.locator}), (f"{case}/links/1/off", why),
            (f"{case}/notes", {"text": "看了名册"}), (f"{case}/team", {"username": self.team}), (f"{case}/reopen", why),
            (f"{case}/decide", {"decision": "批准", **why}), (f"{case}/problems/new", {"kind": "违规认定"}),
            (f"{at}/exposure/new?case={self.case}", exposed), (f"{at}/reads/CY-2026-00000001", {"verdict": "正当", **why}),
            (f"{said}/step/登记", {}), (f"{said}/assign", {"username": self.team}), (f"{said}/identity", why),
            (f"{said}/reply", {"text": "正在核实"}), (f"{said}/accused", {"name": "钱有为"}),
            (f"{at}/bulk", {"lead": self.lead, "do": "wake", **why}), (f"{at}/bulk", {"lead": self.lead, "do": "assign", **why}),
            (f"{at}/undo", {"done": self.lead}), (f"{at}/leads/{self.lead}/find", {"finding": "属实", **why}),
            (f"{at}/leads/{self.lead}/exception", {"exception_why": "是例外"}), (f"{order}/issue", {}), (f"{order}/clear", why),
            (f"/console/orders/{self.order}/1/accept", {}), (f"/console/orders/{self.order}/1/answer", {"text": "已办"}),
            *((path, basis) for basis in (on_case, on_lead) for path in (
                f"{at}/trail/complaint/{self.locator}", f"{at}/trail/household/HH-1", f"{at}/households/HH-1/timeline",
            )),
        ]  # fmt: skip
        return [(path, tuple(form.items())) for path, form in named]

    def sources(self) -> list[tuple[str, str]]:
        """What a case can be opened from."""
        return [
            ("lead", self.lead),
            ("complaint", self.locator),
            ("kind=lead&no", self.lead),
            ("kind=complaint&no", self.locator),
        ]


def _village(org: Organisation) -> str:
    return next(code for code, _, _, level in org.places if level == 5)


def _before(session: Session, org: Organisation, matter: Matter) -> None:
    """What both worlds begin with: the organisation, a household that somebody entered, an ordinary lead."""
    fill(session, org)
    actor = f"user:{matter.handled_by or 'somebody'}"
    village = _village(org)
    household = make_household(session, HOUSEHOLD, village, id_number=NUMBER, act=Act(actor, "县里批准纳入"))
    _pay(session, household.id, actor)
    make_pairing(session, make_helper(session, HELPER_NO), household_id=household.id)
    get_user(session, HELPER).helper_no = HELPER_NO
    print_cards(session, card_clerk(scope=village), [household.id], Act("user:printer", "按村打印明白卡"), ARRIVES)
    make_leads(session, "old", division=_village(org))


def _pay(session: Session, household_id: int, actor: str) -> None:
    """One payment to the household out of a line of the county's bureau, recorded by whoever handled the household."""
    bureau = session.scalars(select(Unit.id).where(Unit.code == PAYER)).one()
    line = make_line(session, make_programme(session), 100_000_00, no="BF-1", to_unit_id=bureau, division_code=COUNTY)
    paid = PaymentLine(
        seq=1, amount_fen=560_00, household_id=household_id, payee_name="收款人", paid_on=day_cn(ARRIVES)
    )
    record_payment_batch(session, PAID.rpartition("-")[0], line.id, [paid], Act(actor, "按名册打卡"))


def _unfold(session: Session, org: Organisation, matter: Matter) -> Traces:
    """The matter arrives and goes as far as was drawn."""
    said = [(name, body.name if body else "") for name, body in matter.accused]
    about = ("household", matter.household) if matter.household else None
    about = ("payment", PAID) if matter.paid else about
    named = "反映人" if matter.named else ""
    complaint = arrive(session, said, place=matter.place, kind=matter.kind, subject=about, at=ARRIVES, named=named)
    traces, at = Traces(complaint.locator), ARRIVES + timedelta(hours=1)
    free = [p.username for p in org.people if may_know(session, who(session, p.username), complaint)]
    if not matter.turn or not free:
        return traces
    traces.team, act = free[0], Act(f"user:{free[0]}", "依规定办理")
    take_step(session, complaint.locator, Step.REGISTER, Doer.HANDLER, act, at, Details())
    if matter.turn > 1:
        if matter.named:
            ask_identity(session, complaint.locator, Act(act.actor, "要当面核对发放名册"), at)
        accused = [
            (LinkKind.UNIT, body.code) for _, body in matter.accused if body and body.code.startswith(("ZF", "CW"))
        ]
        wish = NewCase("收到的反映", matter.place, CaseOrigin.COMPLAINT, complaint.locator, accused=accused[:1])
        traces.case = open_case(session, wish, free[0], act, at).no
    if matter.turn > 2:
        demand = Demand("NY-1", "逐户核对名单，报核对表。", 5)
        draft = draft_order(session, traces.case, NewOrder("核实名单", "请核实。", "纪委监委", [demand]), act, at)
        traces.order = issue_order(session, draft.no, Act("user:another", "依规定办理"), at).no
    return traces


def _afterwards(session: Session, org: Organisation) -> None:
    """The clocks, the rules of the night, and ordinary things that get numbers of their own."""
    keep_clocks(session, "job:complaints", RAISED)
    remind(session, "job:orders", RAISED)
    run_rules(session, RULES.named(NIGHTLY), as_of=day_cn(RAISED), actor="job:nightly", at=RAISED)
    make_leads(session, "new", division=_village(org))
    make_household(session, "HH-2", _village(org))


def _knowing(session: Session, org: Organisation, traces: Traces) -> tuple[set[str], set[str]]:
    """Who may know of it by some right: its organ, the organ that passed it on, who reviews, the case's team and heads."""
    complaint = session.scalars(select(Complaint).where(Complaint.locator == traces.locator)).one()
    free, found = set(), set()
    for person in org.people:
        me = who(session, person.username)
        told = {one.locator for one in list_told(session, me)}
        case = cases.find_case(session, traces.case, me)
        reviews = person.role in (Role.INSPECTION_HEAD, Role.AUDITOR)
        ordered = person.body is not None and person.body.code == "NY-1"
        if may_know(session, me, complaint) or case is not None or traces.locator in told:
            free.add(person.username)
        if person.username in free or reviews or ordered:
            found.add(person.username)
    return free, found


def _askers(draw: random.Random, org: Organisation, side: set[str], knowing: set[str]) -> list[Somebody]:
    """Some of the accused side, mostly of those who read most; and one of all the others that may not know."""
    near = [person for person in org.people if person.username in side]
    far = [person for person in org.people if person.username not in side | knowing]
    near.sort(key=lambda person: draw.random() + (person.role not in INNER) / 2)
    return [*near[:2], *draw.sample(far, min(1, len(far)))]


def _with_a_helper(draw: random.Random, org: Organisation, matter: Matter) -> tuple[Organisation, Matter]:
    """Somebody who helps the household joins; half the time he is accused as well."""
    helper = Somebody(
        HELPER, "王帮扶", Role.HELPER, _village(org), draw.choice([None, *org.bodies]), False, None, None, ()
    )
    accused = (*matter.accused, (helper.name, None)) if draw.random() < 0.5 else matter.accused
    return replace(org, people=(*org.people, helper)), replace(matter, accused=accused)


def _with(worlds: Worlds, org: Organisation, matter: Matter) -> tuple[Traces, set[str], set[str]]:
    """The world with the matter; returns its numbers, who may have it, and who may know of it by whatever right."""
    found: list[Traces] = []
    worlds.write(lambda session: found.append(_unfold(session, org, matter)))
    worlds.write(lambda session: _afterwards(session, org))
    with reading(worlds.engine) as session:
        lead = session.scalar(select(Lead.lead_no).where(Lead.subject_no == found[0].locator))
        found[0].lead = lead or found[0].lead
        return found[0], *_knowing(session, org, found[0])


@pytest.fixture
def worlds(app: Flask, tmp_path: Path) -> Worlds:
    found = Worlds(app, tmp_path)
    found.save("bare")
    return found


class Doors:
    """What is asked: all that a role is let in to, or some of it drawn for each who asks."""

    def __init__(self, app: Flask) -> None:
        self.plain = plain_addresses(app)
        self.shut: set[tuple[Role, str]] = set()  # refused to a role before anything is read: asked once

    def drawn_for(self, draw: random.Random, person: Somebody, traces: Traces) -> list[Asked]:
        """Some addresses and then forms, most of them naming the matter."""
        open_ones = [path for path in self.plain["inside"] if (person.role, path) not in self.shut]
        named, forms = traces.addresses(), traces.forms(person.place)
        return [
            *draw.sample(named, min(SAMPLE, len(named))), *draw.sample(open_ones, min(SAMPLE // 2, len(open_ones))),
            *draw.sample(forms, SAMPLE // 2),
        ]  # fmt: skip

    def learn(self, person: Somebody, answers: Mapping[tuple[str, Asked], Told]) -> None:
        """Remember what is shut to a role."""
        inside = {path for path in self.plain["inside"]}
        self.shut |= {
            (person.role, path) for (name, path), told in answers.items()
            if name == person.username and told.status == 403 and path in inside
        }  # fmt: skip


def _leaks_of(worlds: Worlds, doors: Doors, draw: random.Random) -> tuple[int, list[str]]:
    """One organisation and one matter: how many answers were compared, and which differ."""
    org = draw_organisation(draw)
    org, matter = _with_a_helper(draw, org, draw_matter(draw, org))
    worlds.put_back("bare")
    worlds.write(lambda session: _before(session, org, matter))
    worlds.sign_in([p.username for p in org.people], ASKED)
    worlds.sign_in_phone(HELPER, ASKED)
    with reading(worlds.engine) as session:
        card = session.scalars(select(HouseholdCard.id)).one()
    worlds.sign_in_home(HOUSEHOLD, card, ASKED)
    worlds.save("begun")
    traces, free, knowing = _with(worlds, org, matter)
    worlds.save("there")
    side = accused_side(org, matter)
    askers = _askers(draw, org, side, knowing)
    wanted: dict[str, list[Asked]] = {p.username: doors.drawn_for(draw, p, traces) for p in askers}
    wanted[PHONE + HELPER] = [f"/api/v1{path}" for path in draw.sample(API, 2 if SOAK else len(API))]
    wanted[HOME + HOUSEHOLD] = [*draw.sample(ME, 2 if SOAK else len(ME))]
    wanted[""] = [*draw.sample(doors.plain["public"], min(SAMPLE // 2, len(doors.plain["public"])))]
    there = worlds.ask(wanted)
    worlds.put_back("begun")
    worlds.write(lambda session: _afterwards(session, org))
    worlds.save("elsewhere")
    here = worlds.ask(wanted)
    for person in askers:
        doors.learn(person, here)
    leaks = [f"{name} is of the accused side and may know" for name in sorted(side & free)]
    return len(here), leaks + differences(worlds, here, there)


@pytest.mark.timeout(0 if SOAK else 300)
@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"] if SOAK else ["sqlite"], indirect=True)
def test_nobody_of_the_accused_side_can_tell_which_world_he_is_in(worlds: Worlds) -> None:
    told, leaks, doors = 0, [], Doors(worlds.app)
    for n in range(FIRST, FIRST + TREES):
        with time_machine.travel(ASKED, tick=False):
            answers, found = _leaks_of(worlds, doors, random.Random(SEED * 10_000 + n))  # repeatable, guards nothing
        told += answers
        leaks += [f"tree {n}: {line}" for line in found]
        if SOAK and (found or n % 10 == 9):
            print(f"tree {n}: {told} answers, {len(leaks)} differ", *found[:8], sep="\n  ", flush=True)
    assert not leaks, "\n".join(leaks[:20])
    assert told > TREES
