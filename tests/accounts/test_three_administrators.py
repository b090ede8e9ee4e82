"""三员分立 as a search: whatever one person does, alone, he never ends up with two of the three offices.

A person owns an account when he began with it, or when he has seen both halves of its code. The search plays random
sequences of every act on grants, codes and accounts, by every account that the person owns and by the command line.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.actions import command_line, disable_account, end_role, open_account
from portal.accounts.codes import actions as codes
from portal.accounts.grants.actions import approve_grant, propose_grant
from portal.accounts.models import Grant, OneTimeCode
from portal.accounts.permissions import THREE_ADMINISTRATORS, Role
from portal.accounts.rules import NATION, Principal
from portal.kernel.database import now_utc
from portal.kernel.errors import ProductError
from tests.factories.accounts import make_user

WANTED = [*sorted(THREE_ADMINISTRATORS), Role.AUDITOR]


@dataclass
class Somebody:
    """One human being: the accounts he controls and the halves he has seen."""

    session: Session
    owns: set[str]
    has_shell: bool
    seen: dict[int, set[int]] = field(default_factory=dict)

    def hats(self) -> list[Principal]:
        hats = [queries.principal_of(self.session, queries.get_user(self.session, name)) for name in sorted(self.owns)]
        return [*hats, command_line("root")] if self.has_shell else hats

    def offices(self) -> set[Role]:
        return {role for hat in self.hats() if hat.user_id for role in hat.role_names} & THREE_ADMINISTRATORS

    def act(self, move: int, who: int, what: int) -> None:
        """One act; refusals are no concern of the search."""
        hats = self.hats()
        try:
            with self.session.begin_nested():
                MOVES[move % len(MOVES)](self, hats[who % len(hats)], what)
        except ProductError:
            pass

    def look(self, shown: codes.HalfShown, half: int) -> None:
        self.seen.setdefault(shown.code_id, set()).add(half)


def _user(me: Somebody, what: int) -> str:
    people = queries.list_people(me.session)
    return people[what % len(people)].user.username


def _open(me: Somebody, hat: Principal, what: int) -> None:
    open_account(me.session, hat, username=f"new{what % 3}", display_name="新")


def _invite(me: Somebody, hat: Principal, what: int) -> None:
    me.look(codes.invite(me.session, hat, queries.get_user(me.session, _user(me, what))), 1)


def _recover(me: Somebody, hat: Principal, what: int) -> None:
    me.look(codes.make_recovery(me.session, hat, queries.get_user(me.session, _user(me, what))), 1)


def _release(me: Somebody, hat: Principal, what: int) -> None:
    waiting = queries.list_waiting_codes(me.session, now_utc())
    if waiting:
        me.look(codes.release_code(me.session, hat, waiting[what % len(waiting)][0].id), 2)


def _take(me: Somebody, hat: Principal, what: int) -> None:
    for code_id, halves in me.seen.items():
        code = me.session.get(OneTimeCode, code_id)
        if halves == {1, 2} and code is not None and code.used_at is None and code.cancelled_at is None:
            user = queries.get_user_by_id(me.session, code.user_id)
            code.used_at, user.taken_at = now_utc(), now_utc()
            me.owns.add(user.username)


def _propose(me: Somebody, hat: Principal, what: int) -> None:
    user = queries.get_user(me.session, _user(me, what // len(WANTED)))
    propose_grant(me.session, hat, user, WANTED[what % len(WANTED)], [NATION], why="搜索")


def _approve(me: Somebody, hat: Principal, what: int) -> None:
    grants = me.session.query(Grant).order_by(Grant.id).all()
    if grants:
        approve_grant(me.session, hat, grants[what % len(grants)].id)


def _end(me: Somebody, hat: Principal, what: int) -> None:
    user = queries.get_user(me.session, _user(me, what))
    for role in queries.list_roles(me.session, user.id):
        end_role(me.session, hat, user, role.id, why="搜索")


def _disable(me: Somebody, hat: Principal, what: int) -> None:
    disable_account(me.session, hat, queries.get_user(me.session, _user(me, what)), why="搜索")


MOVES: list[Callable[[Somebody, Principal, int], None]] = [
    _open, _invite, _recover, _release, _take, _propose, _approve, _end, _disable,
]  # fmt: skip
# The search is about rules, not about a database: one is enough.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WEIGHTS = [2, 3, 4, 5, 4, 6, 6, 1, 1]


@pytest.fixture
def world(session: Session) -> Iterator[Session]:
    for role in THREE_ADMINISTRATORS:
        make_user(session, role, username=role.value)
    make_user(session, Role.FUND_MANAGER, username="fund")
    make_user(session, None, username="spare")
    yield session
    session.rollback()


@pytest.mark.parametrize("office", [*sorted(THREE_ADMINISTRATORS), None])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nobody_reaches_two_offices_alone(world: Session, office: Role | None, seed: int) -> None:
    """Two hundred random acts by one person who owns a spare account besides, and for system management the shell."""
    owns = {office.value if office else "fund", "spare"}
    me = Somebody(world, set(owns), has_shell=office is Role.SYSTEM_ADMIN)
    dice = random.Random(seed)
    for _ in range(200):
        me.act(dice.choices(range(len(MOVES)), WEIGHTS)[0], dice.randrange(5), dice.randrange(60))
        assert me.offices() <= ({office} if office else set())
        assert me.owns == owns


def test_the_search_would_find_it_if_two_persons_worked_together(world: Session) -> None:
    me = Somebody(world, {"system_admin", "security_admin"}, True)
    system, security = (
        queries.principal_of(world, queries.get_user(world, n)) for n in ("system_admin", "security_admin")
    )
    _open(me, system, 0)
    me.look(codes.invite(world, system, queries.get_user(world, "new0")), 1)
    _release(me, security, 0)
    _take(me, system, 0)
    assert "new0" in me.owns
    grant = propose_grant(world, system, queries.get_user(world, "new0"), Role.AUDIT_ADMIN, [NATION], why="串通")
    approve_grant(world, security, grant.id)
    assert me.offices() == THREE_ADMINISTRATORS
