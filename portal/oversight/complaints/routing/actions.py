"""Declaring who is posted where and who is related to whom. What follows for complaints is routing's business."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.queries import get_user
from portal.kernel.errors import BadInput, Refused
from portal.oversight.complaints.routing.models import Kinship, Tenure
from portal.oversight.complaints.routing.naming.rules import plain_name, tokens_of_relative
from portal.oversight.complaints.routing.queries import find_organisation
from portal.oversight.complaints.routing.staff.queries import Marks, whole_tree
from portal.registers.corrections import Act
from portal.registers.sealed import keyring_of, seal_name
from portal.trail.actions import record

TABLE = "kinships"


def declare_relative(session: Session, username: str, values: Mapping[str, str], division: str, act: Act) -> Kinship:
    """亲属申报: by oneself. The name is sealed and counts from now on; an earlier declaration of the same stays."""
    name = plain_name(values.get("name", ""))
    if len(name) < 2:
        raise BadInput("没有写亲属的姓名", fix="填写姓名")
    unit = _organisation(session, values.get("unit", ""), division)
    tokens = tokens_of_relative(name, unit)
    marks = Marks(session)
    full = marks.one(next(token for token in tokens if not token.endswith("|?")))
    bare = marks.one(next((token for token in tokens if token.endswith("|?")), next(iter(tokens))))
    known = select(Kinship.id).where(Kinship.username == username, Kinship.mark == full)
    if session.scalar(known) is not None:
        raise Refused("已经申报过", fix="刷新页面")
    row = Kinship(
        username=username, relation=values.get("relation", ""), unit_code=unit, mark=full, name_mark=bare,
        name_sealed=keyring_of(session).seal(name, seal_name(TABLE, "name_sealed")),
    )  # fmt: skip
    session.add(row)
    session.flush()
    _record(session, "relation.declared", username, {"relation": row.relation}, act)
    return row


def add_tenure(session: Session, values: Mapping[str, Any], division: str, act: Act) -> Tenure:
    """任职登记: whose post, where, under whom, since when."""
    user = get_user(session, str(values["username"]).strip())
    superior = str(values.get("superior") or "").strip()
    unit = _organisation(session, str(values["unit"]), division)
    if unit is None:
        raise BadInput("找不到这个单位", fix="填写单位的全称或编码")
    row = Tenure(
        username=user.username, unit_code=unit, duty=str(values["duty"]), is_head=bool(values.get("is_head")),
        superior=get_user(session, superior).username if superior else None, since_on=values["since_on"],
    )  # fmt: skip
    known = select(Tenure.id).where(
        Tenure.username == row.username, Tenure.unit_code == unit, Tenure.since_on == row.since_on
    )
    if session.scalar(known) is not None:
        raise Refused("这一任职已经登记过", fix="刷新页面")
    session.add(row)
    session.flush()
    after = {"unit": unit, "duty": row.duty, "is_head": row.is_head, "superior": row.superior, "since_on": row.since_on}
    _record(session, "tenure.added", row.username, after, act)
    return row


def _organisation(session: Session, written: str, division: str) -> str | None:
    if not written.strip():
        return None
    found = find_organisation(session, whole_tree(session), written, division)
    if found is None:
        raise BadInput("找不到这个单位", why="没有这个名字，或者有几个同名", fix="填写单位编码")
    return found


def _record(session: Session, kind: str, username: str, after: Mapping[str, Any], act: Act) -> None:
    record(
        session, kind=kind, actor=act.actor, subjects=[("account", username)], after=after, why=act.why or None,
        request_id=act.request_id, sealed=True,
    )  # fmt: skip
