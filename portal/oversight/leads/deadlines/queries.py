"""Until when the leads of some places are to be verified, reviewed, settled."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from portal.kernel.clock import add_working_days
from portal.oversight.leads.models import NO_DAY
from portal.registers.divisions.calendar.queries import overrides
from portal.registers.divisions.parameters.queries import list_rows_named, value_among
from portal.registers.divisions.queries import ancestors
from portal.registers.divisions.rules import NATION

VERIFY: Final = "lead_verify_days"
REVIEW: Final = "lead_review_days"
SETTLE: Final = "lead_settle_days"


def due_days(session: Session, name: str, divisions: Collection[str | None], since: date) -> dict[str | None, date]:
    """The last day for each place, in working days after `since`; NO_DAY where the place has laid down none.

    Four statements for any number of places. A lead without a place counts by the nation's days.
    """
    rows = list_rows_named(session, [name]).get(name, [])
    codes = {code for code in divisions if code}
    chains = ancestors(session, codes) if rows and codes else {}
    free = overrides(session)
    by_days: dict[int, date] = {}
    found: dict[str | None, date] = {}
    for code in {*divisions}:
        chain = [place.code for place in chains.get(code, [])] if code else []
        value = value_among(rows, name, chain or [code or NATION], since)
        if value is None:
            found[code] = NO_DAY
            continue
        if value.whole not in by_days:
            by_days[value.whole] = add_working_days(since, value.whole, free)
        found[code] = by_days[value.whole]
    return found
