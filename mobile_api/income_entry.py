"""An income entry from a phone, as the register takes it: the helper's own household, entered in the helper's name."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mobile_api.pages import own_household
from mobile_api.payloads import IncomeEntry
from mobile_api.tokens import Caller
from portal.kernel.clock import today_cn
from portal.registers.corrections import Act
from portal.registers.divisions.queries import unit_by_id
from portal.registers.helpers.queries import get_helper
from portal.registers.recipients.incomes.actions import KeptIncome, record_income_by_helper
from portal.web.errors import request_no

WHY = "帮扶人在手机上登记"


def enter(session: Session, who: Caller, entry_id: str, given: IncomeEntry) -> KeptIncome:
    """Enter it; NotFound for a household that is not the helper's today. Money in fen."""
    today = today_cn()
    own = own_household(session, who.helper_no, given.household_no, today)
    helper = get_helper(session, who.helper_no)
    unit = unit_by_id(session, helper.values["unit_id"]) if helper.values["unit_id"] else None
    values = {
        "occurred_on": given.occurred_on,
        "category": given.category.value,
        "item": given.item,
        "amount_fen": given.amount_fen,
        "cost_fen": given.cost_fen,
        "voucher_no": given.evidence_no or None,
        "note": given.note or None,
        "entered_by": helper.values["name"],
        "entered_unit": unit.name if unit is not None else None,
    }
    act = Act(who.principal.actor, WHY, request_no())
    return record_income_by_helper(session, own.household_id, entry_id, values, act, today=today)
