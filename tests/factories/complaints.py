"""Complaints for tests: a county with its organ, a city with its own, and complaints as they lie after arrival."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import pyrage
from flask import Flask
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.accounts.queries import get_user, principal_of
from portal.accounts.rules import Principal
from portal.accounts.sign_in.actions import NewSession, open_session
from portal.kernel.database import now_utc, writing
from portal.oversight.complaints.actions import submit
from portal.oversight.complaints.keys.actions import add_custodian, make_pair, set_passphrase, unlock
from portal.oversight.complaints.keys.queries import find_personal
from portal.oversight.complaints.keys.rules import Unlocked, new_personal
from portal.oversight.complaints.models import Complaint, Mode
from portal.oversight.complaints.queries import find_by_locator
from portal.oversight.complaints.routing.models import Tenure
from portal.oversight.complaints.rules import Submission, prepare
from portal.registers.corrections import Act
from portal.registers.divisions.models import Division, Unit
from portal.trail.actions import record
from portal.web.sessions import LOOPBACK_COOKIE, hash_token, new_token
from tests.factories.accounts import Browser, cheap_hashes, make_user

PASSPHRASE = "柳荫村的秘密谁也不说一二三"
PEPPER = b"pepper of the tests"
TEXT = "低保款发了三个月，村里只给了两个月。"
CITY, COUNTY, TOWN, VILLAGE = "320800000000", "320826000000", "320826114000", "320826114205"
OTHER_TOWN = "320826115000"
PLACES = (
    ("320000000000", "江苏省", None, 1), (CITY, "淮安市", "320000000000", 2), (COUNTY, "涟水县", CITY, 3),
    (TOWN, "红窑镇", COUNTY, 4), (OTHER_TOWN, "成集镇", COUNTY, 4), (VILLAGE, "柳荫村", TOWN, 5),
)  # fmt: skip
UNITS = (
    ("JW-CITY", "淮安市纪委监委", "纪检监察", CITY), ("JW-COUNTY", "涟水县纪委监委", "纪检监察", COUNTY),
    ("NY-COUNTY", "涟水县农业农村局", "主管部门", COUNTY), ("ZF-TOWN", "红窑镇人民政府", "乡镇", TOWN),
    ("CW-VILLAGE", "柳荫村村民委员会", "村居", VILLAGE),
)  # fmt: skip
STAFF = (
    ("county-inspector", "沈知行", Role.INSPECTOR, COUNTY, "JW-COUNTY", False),
    ("county-inspector-2", "顾明川", Role.INSPECTOR, COUNTY, "JW-COUNTY", False),
    ("county-head", "程守正", Role.INSPECTION_HEAD, COUNTY, "JW-COUNTY", True),
    ("city-inspector", "陆远山", Role.INSPECTOR, CITY, "JW-CITY", False),
    ("city-head", "何清源", Role.INSPECTION_HEAD, CITY, "JW-CITY", True),
    ("town-head", "钱有为", Role.LEADER, TOWN, "ZF-TOWN", True),
    ("town-clerk", "孙小慧", Role.TOWNSHIP_CLERK, TOWN, "ZF-TOWN", False),
    ("village-clerk", "周大田", Role.VILLAGE_CLERK, VILLAGE, "CW-VILLAGE", True),
    ("county-leader", "吴长江", Role.LEADER, COUNTY, COUNTY, True),
    ("county-auditor", "郑天平", Role.AUDITOR, COUNTY, None, False),
)


def a_county(session: Session) -> None:
    """Places, units, and the people of both organs and of the accused side, each with a post."""
    for code, name, parent, level in PLACES:
        session.add(Division(code=code, name=name, parent_code=parent, level=level, valid_from=date(1949, 10, 1)))
    for code, name, kind, place in UNITS:
        session.add(Unit(code=code, name=name, kind=kind, division_code=place))
    record(session, kind="division.added", actor="test", subjects=[("division", COUNTY)])
    for username, name, role, place, unit, is_head in STAFF:
        user = make_user(session, role, [place], username=username)
        user.display_name = name
        if unit is not None:
            post(session, username, unit, is_head=is_head)
    session.flush()
    give_keys(session)


def post(
    session: Session, username: str, unit: str, *, is_head: bool = False, superior: str | None = None,
    since_on: date = date(2020, 1, 1),
) -> Tenure:  # fmt: skip
    """Somebody's post."""
    node = {"ZF-TOWN": TOWN, "CW-VILLAGE": VILLAGE}.get(unit, unit)
    row = Tenure(username=username, unit_code=node, duty="职务", is_head=is_head, superior=superior, since_on=since_on)
    session.add(row)
    session.flush()
    return row


def who(session: Session, username: str) -> Principal:
    """Somebody as decisions see him."""
    return principal_of(session, get_user(session, username))


def arrive(
    session: Session, accused: Sequence[tuple[str, str]] = (), *, at: datetime | None = None, place: str = VILLAGE,
    kind: str = "有人要好处", subject: tuple[str, str] | None = None, named: str = "",
) -> Complaint:  # fmt: skip
    """A complaint that has just arrived: routed, marked, its clock begun; without what it says."""
    at = at or now_utc()
    mode = Mode.NAMED_CONFIDENTIAL if named else Mode.ANONYMOUS
    said = Submission(kind, mode, place, text=TEXT, contact=named, accused=accused, subject=subject)
    with cheap_hashes(), tempfile.TemporaryDirectory() as files:
        receipt = submit(session, said, prepare(PEPPER), Path(files), at)
    row = find_by_locator(session, receipt.locator)
    assert row is not None
    return row


def give_keys(session: Session, *, at: datetime | None = None) -> None:
    """Every person of the organs has a passphrase, two custodians are there, and both organs have their pair."""
    organs = {}
    for organ in (COUNTY, CITY, "320000000000"):
        organs[organ] = [name for name, _, role, place, _, _ in STAFF if place == organ and "inspect" in role]
    organs["320000000000"] = ["city-head"]  # the province has no account here: somebody must hold its key
    give_keys_to(session, organs, at=at)


def give_keys_to(session: Session, organs: Mapping[str, Sequence[str]], *, at: datetime | None = None) -> None:
    """The same for the people of any organs."""
    at = at or now_utc()
    act = Act("test", "演示用的密钥")
    for n in (1, 2):
        add_custodian(session, f"托管人{n}", str(pyrage.x25519.Identity.generate().to_public()), act, at)
    for organ, people in organs.items():
        for name in people:
            if find_personal(session, name) is None:
                set_passphrase(session, name, new_personal(PASSPHRASE, memory_kib=64, passes=1), act, at)
        make_pair(session, organ, people, act, at)


def opened(session: Session, username: str) -> Unlocked:
    """What somebody's passphrase opens."""
    return unlock(session, username, PASSPHRASE)


def sign_in_as(app: Flask, username: str) -> Browser:
    """A browser in which one of these people is signed in."""
    browser, token = Browser(app), new_token()
    with writing(app.extensions["portal.installation"].engine) as session:
        user = get_user(session, username)
        open_session(session, user.id, NewSession(hash_token(token), secrets.token_bytes(32), "测试"), now_utc())
    browser.username = username
    browser.client.set_cookie(LOOPBACK_COOKIE, token, domain="127.0.0.1")
    return browser
