"""One payment as what a report is about: sealed on the household's own page, opened by the form, named nowhere outside.

An address of it carries 45 bytes that look like chance, others at every reading, and opens for two days. Whoever holds the
address sees day, sum and programme, which the household saw when it made it; not whose they are, nor where.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from portal.kernel.errors import BadFields, FieldProblem
from portal.kernel.sealing import SealError
from portal.registers.funds.payments.queries import PaymentRow, find_payment_by_id
from portal.web.filters import day, exact
from portal.web.language import gettext as _
from portal.web.report_subjects import About, find_about
from portal.web.sessions import installation

KIND: Final = "entry"
LASTS_DAYS: Final = 1  # beyond the day on which it was made
_SPOKEN: Final = re.compile(KIND + r":([A-Za-z0-9_-]{60})")
_FIELD: Final = "reports.entry"


def seal_entry(payment_id: int, on: date) -> str:
    """What a link says for a payment of the household that reads the page now."""
    made = payment_id.to_bytes(8, "big") + on.toordinal().to_bytes(4, "big")
    return f"{KIND}:{urlsafe_b64encode(installation().keyring.seal_bytes(made, _FIELD)).decode()}"


def is_entry(spoken: str) -> bool:
    """Whether a subject has the form of one payment's; it may be forged or old all the same."""
    return _SPOKEN.fullmatch(spoken.strip()) is not None


def _payment_of(session: Session, spoken: str, on: date) -> PaymentRow | None:
    found = _SPOKEN.fullmatch(spoken.strip())
    if found is None:
        return None
    try:
        made = installation().keyring.open_bytes(urlsafe_b64decode(found[1]), _FIELD)
    except SealError:
        return None
    age = on.toordinal() - int.from_bytes(made[8:], "big")
    return find_payment_by_id(session, int.from_bytes(made[:8], "big")) if 0 <= age <= LASTS_DAYS else None


def find_reported(session: Session, spoken: str, on: date) -> About | None:
    """What a report is about, one payment or what everybody may name; None for what nobody has and for an old address."""
    if not is_entry(spoken):
        return find_about(session, spoken, on)
    paid = _payment_of(session, spoken, on)
    if paid is None:
        return None
    title = _(
        "这一笔：%(day)s，%(sum)s，%(what)s", day=day(paid.paid_on), sum=exact(paid.amount_fen), what=_(paid.programme)
    )
    return About("payment", paid.no, title, paid.village_code or "", spoken.strip())


def get_reported(session: Session, spoken: str, on: date) -> About | None:
    """As `find_reported` for what is sent: raises BadFields where a payment was meant and cannot be told any more."""
    found = find_reported(session, spoken, on)
    if found is None and is_entry(spoken):
        wrong = FieldProblem(
            "subject", "expired",
            "这一笔的链接过期了：回到“我家收到的钱”，在那一笔下面再点一次“我要反映”；或者就这样交，在下面写清是哪一笔",
        )  # fmt: skip
        raise BadFields("认不出说的是哪一笔", [wrong])
    return found


def said_openly(session: Session, spoken: str, on: date) -> str:
    """The subject of a public question: of one payment its programme, for the question is read by everybody."""
    paid = _payment_of(session, spoken, on)
    return f"programme:{paid.programme_code}" if paid is not None else "" if is_entry(spoken) else spoken
