"""The payment that a complaint is about: what it was, whose file and line it came from, and whether the trail agrees."""

from __future__ import annotations

from dataclasses import dataclass

from portal.kernel.database import now_utc
from portal.oversight.complaints.queries import Body
from portal.oversight.complaints.routing.chains.queries import is_sealed
from portal.registers.funds.payments.queries import PaymentRow, find_payment
from portal.registers.funds.queries import find_allocation
from portal.registers.history import Source
from portal.registers.rebuilt import Verdict, find_registered, rebuild, versions_of
from portal.trail.queries import find_index
from portal.web.actors import learn_actors
from portal.web.sessions import database
from supervision.trail_pages import published_size


@dataclass(frozen=True)
class ReportedMoney:
    """反映的那一笔: no payee's name, that is a reveal of its own. `index`: the leaf of its act or file, `published` of how many."""

    paid: PaymentRow
    payer: str
    source: Source | None
    verdict: Verdict
    index: int | None
    published: int


def reported_money(body: Body) -> ReportedMoney | None:
    """The payment that an opened complaint names; None where it names none."""
    paid = find_payment(database(), body.subject[1]) if body.subject is not None and is_sealed(body.subject) else None
    record = find_registered(database(), "payment", paid.no) if paid is not None else None
    if paid is None or record is None:
        return None
    session = database()
    line, newest = find_allocation(session, paid.allocation_no), versions_of(session, record)[0].source
    learn_actors([newest.actor] if newest is not None else [])
    index = find_index(session, newest.event_id) if newest is not None and newest.event_id else None
    verdict = rebuild(session, record, now_utc()).verdict
    return ReportedMoney(paid, (line.to_unit or "") if line else "", newest, verdict, index, published_size()[0])
