"""Confidential reports of the demonstration: keys of three organs under one known passphrase, and reports.

One report stayed without a sign and was raised to the city by the clock; one answer was appealed to it.

The passphrase stands here, so these reports are secret from nobody: a home that holds them is never served off loopback.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import pyrage
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.accounts.beginning.actions import DEMO_CITY
from portal.demo.build import Demonstration
from portal.demo.past_reports import ANSWERING, WHO, load_past_reports, quarter_before
from portal.demo.places import STORY_TOWN, STORY_VILLAGE
from portal.demo.procedures import COUNTY
from portal.demo.standards import CITY
from portal.kernel.database import writing
from portal.oversight.complaints.actions import add_message, submit
from portal.oversight.complaints.handling.actions import Details, sign_of_life, take_step
from portal.oversight.complaints.handling.deadlines.actions import keep_clocks
from portal.oversight.complaints.handling.models import Reply
from portal.oversight.complaints.handling.rules import Step
from portal.oversight.complaints.handling.writers.actions import appeal
from portal.oversight.complaints.keys.actions import add_custodian, make_pair, set_passphrase
from portal.oversight.complaints.keys.rules import Personal, new_personal
from portal.oversight.complaints.models import ComplaintKind, Mode
from portal.oversight.complaints.queries import find_by_locator
from portal.oversight.complaints.rules import Submission, prepare
from portal.registers.corrections import Act
from portal.registers.divisions.queries import name_path
from portal.registers.sealed import keyring_of

REPORTS: Final = "reports"
PASSPHRASE: Final = "演示专用的案件口令一二三四"  # noqa: S105  (of the demonstration: printed with its accounts)
PEOPLE: Final = ("demo-inspector", "demo-inspection_head")
CITY_PEOPLE: Final = tuple(DEMO_CITY)
JOB: Final = "job:complaints"
ANSWER: Final = "查过了，款项已经拨到镇里，月底前发到户（演示）。"
PEPPER_OF: Final = "yangguang receipt report"

#: Nobody of the county has touched this one since it came.
_RAISED: Final = (ComplaintKind.FAVOURS, STORY_TOWN, "分管的人优先给亲戚办手续（演示）。", 45)
#: Answered by the county, and its writer is not content.
_APPEALED: Final = (ComplaintKind.NOT_ARRIVED, STORY_VILLAGE, "临时救助批了，到现在没有收到（演示）。", 25)
_APPEALED_AFTER: Final = 20

#: What is reported, of which place, how many days ago. Invented.
_SAID: Final = (
    (ComplaintKind.NOT_ARRIVED, STORY_VILLAGE, "产业扶持款说好六月到账，到现在没有见到（演示）。", 12),
    (ComplaintKind.UNDESERVED, STORY_VILLAGE, "有两户家里有车，也在名单里（演示）。", 6),
    (ComplaintKind.FAVOURS, STORY_TOWN, "办手续要先请吃饭（演示）。", 3),
    (ComplaintKind.WORKS, STORY_VILLAGE, "村西的路修了一半停了两个月（演示）。", 1),
)


def load_reports(engine: Engine, files_dir: Path, demonstration: Demonstration) -> int:
    """Keys first, then the reports, those of the quarter before first. Returns how many."""
    plan = demonstration.plan
    keys_on = quarter_before(plan.as_of).first_day
    personal = {name: new_personal(PASSPHRASE) for name in (*PEOPLE, *CITY_PEOPLE)}  # slow: before the transaction
    with writing(engine) as session:
        _give_keys(session, personal, datetime.combine(keys_on, time(2), UTC), has_city=plan.scale.has_city)
        past = load_past_reports(session, files_dir, plan.as_of)
    locators = [_send(engine, files_dir, plan.as_of, said) for said in (_RAISED, _APPEALED, *_SAID)]
    with writing(engine) as session:
        _answer_and_appeal(session, locators[1], _day(plan.as_of, _APPEALED[3]))
        row = find_by_locator(session, locators[2])
        if row is not None:
            at = _day(plan.as_of, 4)
            add_message(session, row, "收到了。请问是哪一批扶持款？（演示）", at, actor=f"user:{PEOPLE[0]}")
            sign_of_life(session, row.locator, at)
        keep_clocks(session, JOB, _day(plan.as_of, 0))
    return past + len(locators)


def _send(engine: Engine, files_dir: Path, as_of: date, what: tuple[ComplaintKind, str, str, int]) -> str:
    """One report as its writer sends it; returns its locator."""
    kind, place, text, ago = what
    with writing(engine) as session:
        prepared = prepare(keyring_of(session).derived(PEPPER_OF, 32))
        said = Submission(kind, Mode.ANONYMOUS, place, text=text)
        return submit(session, said, prepared, files_dir, _day(as_of, ago)).locator


def _answer_and_appeal(session: Session, locator: str, came: datetime) -> None:
    """答复以后申请复查: the county answers, the writer asks the organ above it."""
    for step, doer, days in ANSWERING:
        details = Details(note=ANSWER, proposed=Reply.SUPPORTED) if step is Step.REPLY else Details()
        take_step(session, locator, step, doer, Act(WHO[doer], ""), came + timedelta(days=days), details)
    appeal(session, locator, came + timedelta(days=_APPEALED_AFTER))


def _day(as_of: date, ago: int) -> datetime:
    return datetime.combine(as_of - timedelta(days=ago), time(2), UTC)


def _give_keys(session: Session, personal: dict[str, Personal], at: datetime, *, has_city: bool) -> None:
    """Each organ's pair for its own people. The province has no account here: the city's hold its key. In the largest
    demonstration the county's accounts are posted to the city: they hold what it holds.
    """
    act = Act("demo:keys", "演示用的密钥")
    for number in ("甲", "乙"):
        recipient = str(pyrage.x25519.Identity.generate().to_public())  # nobody keeps these identities
        add_custodian(session, f"托管人{number}（演示）", recipient, act, at)
    for name, kept in personal.items():
        set_passphrase(session, name, kept, act, at)
    above = [step.code for step in name_path(session, COUNTY, top=1)]
    for organ in dict.fromkeys((COUNTY, CITY, *reversed(above))):
        its_own = PEOPLE if organ == COUNTY else (*CITY_PEOPLE, *(PEOPLE if has_city else ()))
        make_pair(session, organ, its_own, act, at)
