"""Reads of a payment's way. What is found is kept as keyed hashes alone: the payment itself is sealed with the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.registers.funds.payments.queries import get_payment
from portal.registers.funds.queries import get_allocation
from portal.registers.funds.traces.queries import read_payment_trace

Subject = tuple[str, str]
PAYMENT: Final = "payment"


@dataclass(frozen=True)
class Chain:
    """经手链: the records through which a payment came, by kind and number, and the units that held the money on its way."""

    subjects: tuple[Subject, ...]
    holders: tuple[str, ...] = ()


def is_sealed(subject: Subject | None) -> bool:
    """Whether a subject lies in the sealed part alone: one payment is one household's, and tells who wrote."""
    return subject is not None and subject[0] == PAYMENT


def chain_of(session: Session, subject: Subject | None) -> Chain:
    """Of a payment itself, its batch, every line that it came down and their programmes; of anything else just that."""
    if subject is None or not is_sealed(subject):
        return Chain((subject,) if subject is not None else ())
    try:
        paid = get_payment(session, subject[1])
    except NotFound:
        return Chain((subject,))
    steps = read_payment_trace(session, paid.no).up
    lines = [("allocation", str(step["no"])) for step in steps]
    programmes = dict.fromkeys(("programme", str(step["programme"])) for step in steps)
    own = ((PAYMENT, paid.no), ("payment_batch", paid.batch_no))
    holders = dict.fromkeys(get_allocation(session, no).to_unit_code for _kind, no in lines)
    return Chain((*own, *lines, *programmes), tuple(code for code in holders if code is not None))
