"""The words that a visit or an income may use, for the client's shell: one source, the registers' own enums."""

from __future__ import annotations

from collections.abc import Iterable

from portal.registers.helpers.check_ins.queries import Activity, NeedKind, NoLocation, NotPossible
from portal.registers.recipients.incomes.queries import IncomeClass, items_of
from portal.web.language import gettext


def _labelled(values: Iterable[str]) -> list[list[str]]:
    return [[str(value), gettext(str(value))] for value in values]


def client_codes() -> dict[str, object]:
    """Pairs of stored value and label in the page's language."""
    return {
        "activities": _labelled(Activity),
        "not_possible": _labelled(NotPossible),
        "no_location": _labelled(NoLocation),
        "needs": _labelled(NeedKind),
        "incomes": [[kind.value, gettext(kind.value), _labelled(items_of(kind))] for kind in IncomeClass],
    }
