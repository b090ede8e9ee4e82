"""Confidential reports of the demonstration: keys of three organs under one known passphrase, and reports.

The passphrase stands here, so these reports are secret from nobody: a home that holds them is never served off loopback.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final

import pyrage
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.demo.build import Demonstration
from portal.demo.past_reports import load_past_reports, quarter_before
from portal.demo.places import STORY_TOWN, STORY_VILLAGE
from portal.demo.procedures import COUNTY
from portal.demo.standards import CITY
from portal.kernel.database import writing
from portal.oversight.complaints.actions import add_message, submit
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
PEPPER_OF: Final = "yangguang receipt report"

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
    personal = {name: new_personal(PASSPHRASE) for name in PEOPLE}  # slow: before the transaction
    with writing(engine) as session:
        _give_keys(session, personal, datetime.combine(keys_on, time(2), UTC))
        past = load_past_reports(session, files_dir, plan.as_of)
    receipts = []
    for kind, place, text, ago in _SAID:
        at = datetime.combine(plan.as_of - timedelta(days=ago), time(2), UTC)
        with writing(engine) as session:
            prepared = prepare(keyring_of(session).derived(PEPPER_OF, 32))
            said = Submission(kind, Mode.ANONYMOUS, place, text=text)
            receipts.append(submit(session, said, prepared, files_dir, at))
    with writing(engine) as session:
        row = find_by_locator(session, receipts[0].locator)
        if row is not None:
            at = datetime.combine(plan.as_of - timedelta(days=10), time(2), UTC)
            add_message(session, row, "收到了。请问是哪一批扶持款？（演示）", at, actor=f"user:{PEOPLE[0]}")
    return past + len(receipts)


def _give_keys(session: Session, personal: dict[str, Personal], at: datetime) -> None:
    act = Act("demo:keys", "演示用的密钥")
    for number in ("甲", "乙"):
        recipient = str(pyrage.x25519.Identity.generate().to_public())  # nobody keeps these identities
        add_custodian(session, f"托管人{number}（演示）", recipient, act, at)
    for name, kept in personal.items():
        set_passphrase(session, name, kept, act, at)
    above = [step.code for step in name_path(session, COUNTY, top=1)]
    for organ in dict.fromkeys((COUNTY, CITY, *reversed(above))):
        make_pair(session, organ, PEOPLE, act, at)
