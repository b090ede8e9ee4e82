"""Random organisations with their people, and random matters in them: drawn once, the same for every world made of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.oversight.complaints.routing.actions import declare_relative
from portal.oversight.complaints.routing.models import Tenure
from portal.registers.corrections import Act
from portal.registers.divisions.models import Division, Unit
from portal.trail.actions import record
from tests.factories.accounts import make_user
from tests.factories.complaints import CITY, COUNTY, give_keys_to

PROVINCE = "320000000000"
OTHER_COUNTY = "320829000000"
PAYER = "MZ-1"
"""The bureau that paid a household out."""
NAMES = (
    "钱有为", "孙小慧", "周大田", "吴长江", "郑天平", "沈知行", "顾明川", "程守正", "陆远山", "何清源", "王素芬",
    "李增福", "赵一鸣", "冯启东",
)  # fmt: skip
DUTIES = (Role.TOWNSHIP_CLERK, Role.LEADER, Role.DEPARTMENT_OFFICER, Role.FUND_MANAGER, Role.PROJECT_MANAGER)
WATCHERS = (Role.AUDITOR, Role.FINANCE_SUPERVISOR, Role.AUDIT_ADMIN, Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN)


@dataclass(frozen=True)
class Body:
    """An organisation: `node` is its place in the tree, which is the division for a township's or a village's own unit."""

    code: str
    name: str
    kind: str
    place: str
    node: str


@dataclass(frozen=True)
class Somebody:
    """An account with at most one present post; `left`: the node he has left."""

    username: str
    name: str
    role: Role
    place: str
    body: Body | None
    is_head: bool
    superior: str | None
    left: str | None
    relatives: tuple[tuple[str, Body | None], ...]

    @property
    def node(self) -> str | None:
        """Where he sits in the tree."""
        return self.body.node if self.body else None


@dataclass(frozen=True)
class Organisation:
    """A tree with its people."""

    places: tuple[tuple[str, str, str | None, int], ...]
    bodies: tuple[Body, ...]
    people: tuple[Somebody, ...]

    @property
    def parents(self) -> dict[str, str | None]:
        """Who stands right below whom."""
        found: dict[str, str | None] = {code: parent for code, _, parent, _ in self.places}
        return found | {body.code: body.place for body in self.bodies if body.node == body.code}

    def above(self, node: str | None) -> Iterator[str]:
        """A place of the tree and everything above it."""
        while node is not None:
            yield node
            node = self.parents.get(node)


@dataclass(frozen=True)
class Matter:
    """What is reported: as accused typed it (name, body), about whose record, who made that record."""

    place: str
    kind: str
    accused: tuple[tuple[str, Body | None], ...]
    household: str | None
    handled_by: str | None
    named: bool
    turn: int  # how far it goes
    paid: bool = False  # about one payment to the household, out of the bureau's money


def draw_organisation(draw: random.Random) -> Organisation:
    """One county or two, a few townships and villages, organs, bureaus, and whoever sits there, related or not."""
    places: list[tuple[str, str, str | None, int]] = [
        (PROVINCE, "江苏省", None, 1), (CITY, "淮安市", PROVINCE, 2), (COUNTY, "涟水县", CITY, 3),
        (OTHER_COUNTY, "洪泽县", CITY, 3),
    ]  # fmt: skip
    bodies = [_organ(CITY, "淮安市"), _organ(COUNTY, "涟水县")]
    if draw.random() < 0.4:
        bodies.append(_organ(PROVINCE, "江苏省"))
    if draw.random() < 0.4:
        bodies.append(_organ(OTHER_COUNTY, "洪泽县"))
    bodies.append(Body("NY-1", "涟水县农业农村局", "主管部门", COUNTY, "NY-1"))
    bodies.append(Body(PAYER, "涟水县民政局", "主管部门", COUNTY, PAYER))
    for t in range(1, draw.randint(1, 3) + 1):
        town = f"3208261{t:02d}000"
        places.append((town, f"第{t}镇", COUNTY, 4))
        bodies.append(Body(f"ZF-{t}", f"第{t}镇人民政府", "乡镇", town, town))
        for v in range(1, draw.randint(int(t == 1), 2) + 1):
            village = f"3208261{t:02d}{200 + v}"
            places.append((village, f"第{t}镇{v}村", town, 5))
            bodies.append(Body(f"CW-{t}-{v}", f"第{t}镇{v}村村民委员会", "村居", village, village))
    return Organisation(tuple(places), tuple(bodies), tuple(_people(draw, bodies)))


def _organ(place: str, name: str) -> Body:
    return Body(f"JW-{place[:6]}", f"{name}纪委监委", "纪检监察", place, f"JW-{place[:6]}")


def _people(draw: random.Random, bodies: list[Body]) -> Iterator[Somebody]:
    known: list[str] = []

    def one(role: Role, place: str, body: Body | None, is_head: bool = False) -> Somebody:
        username = f"p{len(known)}"
        superior = draw.choice(known) if known and draw.random() < 0.2 else None
        left = draw.choice(bodies).node if draw.random() < 0.15 else None
        kin = [(draw.choice(NAMES), draw.choice([None, *bodies])) for _ in range(draw.random() < 0.15)]
        known.append(username)
        return Somebody(username, draw.choice(NAMES), role, place, body, is_head, superior, left, tuple(kin))

    for body in bodies:
        if body.kind == "纪检监察":
            for _ in range(draw.randint(1, 3)):
                yield one(Role.INSPECTOR, body.place, body)
            yield one(Role.INSPECTION_HEAD, body.place, body, is_head=True)
        elif body.kind == "村居":
            yield one(Role.VILLAGE_CLERK, body.place, body, is_head=True)
        else:
            yield one(Role.LEADER, body.place, body, is_head=True)
            yield one(draw.choice(DUTIES), body.place, body)
    yield one(Role.LEADER, COUNTY, Body(COUNTY, "涟水县", "", COUNTY, COUNTY), is_head=True)
    for role in draw.sample(WATCHERS, 2):
        yield one(role, COUNTY, None)


def draw_matter(draw: random.Random, org: Organisation) -> Matter:
    """Persons by name, with their unit or without, and units; or nobody. Perhaps about a record that somebody made."""
    accused: list[tuple[str, Body | None]] = []
    for person in draw.sample(org.people, draw.choice([0, 1, 1, 1, 2])):
        accused.append((person.name, person.body if person.body in org.bodies and draw.random() < 0.6 else None))
    accused += [("", body) for body in draw.sample(org.bodies, draw.choice([0, 0, 1]))]
    place = draw.choice([code for code, _, _, level in org.places if level >= 3])
    made_by = draw.choice([p.username for p in org.people if p.body is not None])
    about = draw.random() < 0.4
    kind = draw.choice(["钱没到", "数不对", "该有的没有", "不该有的有", "有人要好处", "工程有问题"])
    return Matter(
        place, kind, tuple(accused), "HH-1" if about else None, made_by if about else None, draw.random() < 0.3,
        draw.randrange(4), about and draw.random() < 0.5,
    )  # fmt: skip


def fill(session: Session, org: Organisation) -> None:
    """The rows of an organisation, with keys for every organ that has somebody."""
    for code, name, parent, level in org.places:
        session.add(Division(code=code, name=name, parent_code=parent, level=level, valid_from=date(1949, 10, 1)))
    for body in org.bodies:
        session.add(Unit(code=body.code, name=body.name, kind=body.kind, division_code=body.place))
    record(session, kind="division.added", actor="test", subjects=[("division", COUNTY)])
    for person in org.people:
        user = make_user(session, person.role, [person.place], username=person.username)
        user.display_name = person.name
        _post(session, person)
    session.flush()
    for person in org.people:
        for name, body in person.relatives:
            values = {"name": name, "relation": "姻亲", "unit": body.code if body else ""}
            declare_relative(session, person.username, values, COUNTY, Act(f"user:{person.username}", "申报"))
    organs = {PROVINCE: [], CITY: [], COUNTY: [], OTHER_COUNTY: []} | {
        body.place: [p.username for p in org.people if p.body == body] for body in org.bodies if body.kind == "纪检监察"
    }
    give_keys_to(session, {place: people or [org.people[0].username] for place, people in organs.items()})


def _post(session: Session, person: Somebody) -> None:
    held = dict(username=person.username, duty="职务", is_head=person.is_head)
    if person.left is not None:
        gone = {**held, "is_head": False, "since_on": date(2015, 1, 1), "until_on": date(2019, 12, 31)}
        session.add(Tenure(unit_code=person.left, **gone))
    if person.node is not None:
        session.add(Tenure(unit_code=person.node, superior=person.superior, since_on=date(2020, 1, 1), **held))


def accused_side(org: Organisation, matter: Matter) -> set[str]:
    """回避 as the regulation says it, over what was drawn alone: whom nothing may tell that the matter exists."""
    people = {p.username: p for p in org.people}
    meant = {p.username for p in org.people if any(_is_meant(p, name, body) for name, body in matter.accused)}
    units = {body.node for _, body in matter.accused if body} | {p for u in meant if (p := people[u].node)}
    if not units:
        units = {node for node in org.above(matter.place) if not node.endswith("000000")}
    units |= {PAYER} if matter.paid else set()
    near = set(meant) | ({matter.handled_by} if matter.handled_by else set())
    for person in org.people:
        below = {node for node, parent in org.parents.items() if parent == person.node}
        if person.node and (not units.isdisjoint(org.above(person.node)) or (person.is_head and units & below)):
            near.add(person.username)
        if any(_superior(people[u]) == person.username or _superior(person) == u for u in meant):
            near.add(person.username)
        if any(_is_kin(name, body, accused) for name, body in person.relatives for accused in matter.accused):
            near.add(person.username)
        if any(name == person.name for u in meant for name, _ in people[u].relatives):
            near.add(person.username)
    return near


def _is_meant(person: Somebody, name: str, body: Body | None) -> bool:
    return person.name == name and (body is None or body.node in (person.node, person.left))


def _superior(person: Somebody) -> str | None:
    return person.superior if person.node else None


def _is_kin(name: str, body: Body | None, accused: tuple[str, Body | None]) -> bool:
    return name == accused[0] and (body is None or accused[1] is None or accused[1].node == body.node)
