"""What every rule over check-ins shows of one: its number, place, household, helper, days; and how far back it looks."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, literal, select

from portal.checks.registry import Looking, RuleVersion
from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.helpers.models import Helper
from portal.registers.recipients.models import Household

FIRST: Final = (RuleVersion(1, date(2026, 11, 22), "首次发布"),)
LOOK_BACK_DAYS: Final = 60
"""Days of receipt that a run looks at. An older hit stays as people left it."""
ASKED_FIRST: Final = "本人（7 天内说明），然后由乡镇帮扶办核实"
BASIS: Final = "本平台规则：先问本人，只由人判断；个人信息保护法 第二十四条"

# Numbers are keys and never change, and the row that lives on keeps its id: read past the versions.
HOUSEHOLDS: Final = Household.__table__
HELPERS: Final = Helper.__table__


def received(looking: Looking, column: Any = CheckIn.received_at, days: int = LOOK_BACK_DAYS) -> ColumnElement[bool]:
    """Received within the days that a run looks at."""
    return and_(column >= looking.since(days), column < looking.until)


def known(looking: Looking, column: Any) -> ColumnElement[bool]:
    """Of tables without versions: what was there at the moment of the run that is replayed."""
    return (
        column < looking.until if looking.known_at is None else and_(column < looking.until, column <= looking.known_at)
    )


def visit_rows(looking: Looking, *evidence: Any) -> Select[Any]:
    """Check-ins received within the window, each a subject; `evidence` are further columns."""
    query = select(
        literal("check_in").label("subject_kind"),
        CheckIn.claim_id.label("subject_no"),
        CheckIn.division_code,
        HOUSEHOLDS.c.no.label("household_no"),
        HELPERS.c.no.label("helper_no"),
        CheckIn.visited_on,
        CheckIn.received_at,
        *evidence,
    ).select_from(CheckIn)
    named = query.join(HOUSEHOLDS, HOUSEHOLDS.c.id == CheckIn.household_id)
    return named.join(HELPERS, HELPERS.c.id == CheckIn.helper_id).where(received(looking))


def clears(text: str) -> Any:
    """What would clear a hit, in one sentence, as a column of the evidence."""
    return literal(text).label("would_clear")
