"""Reads of second hands: whether an entry rests on one person alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from portal.registers.recipients.incomes.confirming.models import Entered as Entered
from portal.registers.recipients.incomes.confirming.models import SecondHand
from portal.trail.models import TrailBatch, TrailSubject

CHUNK = 500
BY_COMMAND = "cli:"


class Hands(StrEnum):
    """Who stands for an entry. WAITING, HOUSEHOLD: one person of the office alone, so it adds nothing to an exit."""

    FILE = "文件"
    COMMAND = "文件，没有第二人"
    CONFIRMED = "第二人已复核"
    HOUSEHOLD = "本户已确认"
    WAITING = "等第二人复核"


@dataclass(frozen=True)
class Standing:
    """Who recorded the present version of an entry, and who confirmed it."""

    hands: Hands
    recorded_by: str
    recorded_at: datetime | None
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None

    @property
    def is_waiting(self) -> bool:
        """True while no second hand of the office stands for it: the household's own word is none (DECISIONS 34)."""
        return self.hands in (Hands.WAITING, Hands.HOUSEHOLD)


@dataclass(frozen=True)
class Origin:
    """Where the present version of an entry came from: an event of one person, or a file."""

    id: int
    event_id: str | None
    batch_id: int | None
    recorded_at: datetime


def standings(
    session: Session, kind: Entered, origins: Collection[Origin], by_household: Collection[int] = ()
) -> dict[int, Standing]:
    """Who stands for some entries, by their stable ids: at most three statements, whatever their number below CHUNK.

    `by_household`: those that the household itself confirmed, as they stand, by an answer that counts.
    """
    events = [o.event_id for o in origins if o.batch_id is None and o.event_id]
    batches = {o.batch_id for o in origins if o.batch_id is not None}
    actors = _actors(session, events)
    files = _files(session, batches)
    confirmed = _confirmed(session, kind, events)
    found: dict[int, Standing] = {}
    for origin in origins:
        if origin.batch_id is not None:
            actor = files.get(origin.batch_id, "")
            hands = Hands.COMMAND if actor.startswith(BY_COMMAND) else Hands.FILE
            found[origin.id] = Standing(hands, actor, origin.recorded_at)
            continue
        second = confirmed.get((origin.id, origin.event_id or ""))
        actor = actors.get(origin.event_id or "", "")
        if second is not None:
            found[origin.id] = Standing(Hands.CONFIRMED, actor, origin.recorded_at, *second)
        else:
            hands = Hands.HOUSEHOLD if origin.id in by_household else Hands.WAITING
            found[origin.id] = Standing(hands, actor, origin.recorded_at)
    return found


# Made once: every page of a household and every exit asks.
_ACTED = (
    select(TrailSubject.event_id, TrailSubject.actor)
    .distinct()
    .where(TrailSubject.event_id.in_(bindparam("events", expanding=True)))
)
_SENT = select(TrailBatch.id, TrailBatch.actor).where(TrailBatch.id.in_(bindparam("batches", expanding=True)))
_SECONDED = select(SecondHand.row_id, SecondHand.version, SecondHand.confirmed_by, SecondHand.confirmed_at).where(
    SecondHand.kind == bindparam("kind"), SecondHand.version.in_(bindparam("events", expanding=True))
)


def _actors(session: Session, events: Collection[str]) -> dict[str, str]:
    rows = session.execute(_ACTED, {"events": events}) if events else ()
    return {event or "": actor or "" for event, actor in rows}


def _files(session: Session, batches: Collection[int]) -> dict[int, str]:
    rows = session.execute(_SENT, {"batches": list(batches)}) if batches else ()
    return {number: actor for number, actor in rows}


def _confirmed(session: Session, kind: Entered, events: Collection[str]) -> Mapping[tuple[int, str], tuple[str, Any]]:
    rows = session.execute(_SECONDED, {"kind": kind, "events": events}) if events else ()
    return {(row_id, version): (by, at) for row_id, version, by, at in rows}


def is_proven(kind: Entered, model: Any) -> ColumnElement[bool]:
    """Entries that more than one person's hand stands for, as part of a statement: of a file, or confirmed as they are."""
    confirmed = exists(
        select(SecondHand.id).where(
            SecondHand.kind == kind, SecondHand.row_id == model.identity, SecondHand.version == model.event_id
        )
    )
    return or_(model.batch_id.is_not(None), confirmed)
