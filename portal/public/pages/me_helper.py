"""The visits recorded about a household, for the household itself: to say whether it was so."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from portal.checks.actions import refresh_rule
from portal.kernel.clock import day_cn
from portal.kernel.database import now_utc
from portal.registers.helpers.check_ins.answers.actions import answer_visit
from portal.registers.helpers.check_ins.answers.queries import Channel, Recollection, answers_to
from portal.registers.helpers.check_ins.disclosure import HouseholdVisit, household_visit
from portal.registers.helpers.check_ins.queries import Context, visits_of_household
from portal.registers.recipients.cards.sign_ins.queries import SignedInHousehold

SHOWN = 24
SAID_BY = "本户（明白卡）"
DENIED = "H08"


def visits_about(session: Session, household_id: int) -> Sequence[HouseholdVisit]:
    """The latest visits with what the household said to each. Two statements."""
    rows = visits_of_household(session, household_id, limit=SHOWN)
    answers = answers_to(session, [row.id for row in rows])
    return [household_visit(row, answers.get(row.id)) for row in rows]


def say_about_visit(
    session: Session, context: Context, me: SignedInHousehold, claim_id: str, said: Recollection
) -> None:
    """The household says whether a visit was made. A denial is a lead for an inspector at once; so is taking one back."""
    now = now_utc()
    answer_visit(session, context, claim_id, me.household_id, said, Channel.OWN_PAGE, SAID_BY, "", now)
    refresh_rule(session, DENIED, as_of=day_cn(now), actor=me.actor)
