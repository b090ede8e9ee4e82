"""Planting watched rows, and writing down where one was seen. A watched household is cancelled the day it is entered:

it stands in the register, in its lists and in every file taken from them, and counts as 在册 on no day at all.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session
from stdnum.cn import ric

from portal.kernel.database import now_utc
from portal.kernel.errors import Refused
from portal.kernel.sealing import Keyring
from portal.publishing.canaries.models import Canary, CanarySighting, How
from portal.publishing.canaries.queries import SEAL
from portal.registers.corrections import Act
from portal.registers.recipients.actions import admit_household, decide_status
from portal.registers.recipients.models import HouseholdStatus, Person
from portal.trail.actions import record

MOST: Final = 50
_SURNAMES: Final = ("欧阳", "司徒", "上官", "皇甫", "尉迟", "令狐")
_GIVEN: Final = "璟珩翊昀烜熠翀霁澍骞"
_DOCUMENT: Final = "历史台账补录"


def plant(session: Session, keyring: Keyring, division: str, today: date, actor: str) -> Canary:
    """Enter one household that does not exist and watch it. Its reason in the register tells nobody what it is.

    The ID number is that of nobody alive (born before 1910), the account fails its own check.
    """
    if session.query(Canary.id).count() >= MOST:
        raise Refused(f"已经有 {MOST} 个标记户", why="再多会拖慢对外页面的检查", fix="够用了")
    values = {"no": f"{division}-9{secrets.randbelow(10**5):05d}", "name": _name(session)}
    values |= {"id_number": _id_number(division[:6]), "account": _account()}
    act = Act(actor, "补录历史对象", None)
    head = {"name": values["name"], "relation": "户主", "id_number": values["id_number"], "account": values["account"]}
    place = {"no": values["no"], "division_code": division}
    # it is nobody, and is struck off in the transaction that enters it: there is no case that two persons could judge
    nobody: dict[str, Any] = {"decided_on": today, "document": _DOCUMENT, "prepared_by": "system:canaries"}
    household = admit_household(session, place, [head], act, **nobody)
    decide_status(session, household.id, HouseholdStatus.CANCELLED.value, act, None, **nobody)
    canary = Canary(
        sealed=keyring.seal(json.dumps(values, ensure_ascii=False), SEAL), planted_by=actor, planted_at=now_utc()
    )
    session.add(canary)
    session.flush()
    subjects = [("canary", f"BJ-{canary.id}")]
    record(session, kind="canary.planted", actor=actor, subjects=subjects, sealed=True)
    return canary


def _name(session: Session) -> str:
    """A name that nobody in the register has."""
    for _try in range(100):
        name = secrets.choice(_SURNAMES) + "".join(secrets.choice(_GIVEN) for _ in range(2))
        if session.scalar(select(Person.id).where(Person.name == name).limit(1)) is None:
            return name
    raise Refused("取不出没有人用的姓名", fix="少埋几户")


def _id_number(prefix: str) -> str:
    body = f"{prefix}190{secrets.randbelow(10)}{secrets.randbelow(12) + 1:02d}{secrets.randbelow(28) + 1:02d}"
    body += f"{secrets.randbelow(1000):03d}"
    return body + str(ric.calc_check_digit(body + "0"))


def _account() -> str:
    body = "622848" + f"{secrets.randbelow(10**12):012d}"
    total = sum(int(d) if at % 2 else sum(divmod(2 * int(d), 10)) for at, d in enumerate(reversed(body)))
    return body + str((11 - total % 10) % 10)  # one more than the right check digit: nobody's card


def record_sightings(
    session: Session, canary_ids: Collection[int], how: How, place: str, actor: str, request_no: str | None = None
) -> None:
    """Write down that watched rows were seen outside, or were stopped on their way out."""
    for canary_id in sorted(set(canary_ids)):
        session.add(
            CanarySighting(
                canary_id=canary_id, how=how.value, place=place[:200], seen_at=now_utc(), seen_by=actor,
                request_no=request_no,
            )
        )  # fmt: skip
    session.flush()
    record(
        session,
        kind="canary.seen",
        actor=actor,
        subjects=[("canary", f"BJ-{canary_id}") for canary_id in sorted(set(canary_ids))],
        after={"how": how.value, "place": place[:200]},
        request_id=request_no,
        sealed=True,
    )
