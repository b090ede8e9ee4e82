"""What each audience may see of a household's timeline. The only place that decides it.

The household: everything about itself in plain words, its helper's name; no lead but one about itself that a person has
answered and that supervision does not keep to itself; nobody's account, no inner note, no precise place.
The office: all of it but what supervision keeps to itself, and but what the household says about a visit (a denial is
for an inspector, never for the helper's own office); free text only with the full right.
Supervision: everything; the door records that it looked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from portal.analysis.timeline.rules import Item, Kind
from portal.kernel.keyset import Key
from portal.oversight.leads.findings.models import Finding


class Audience(StrEnum):
    """Who reads: 本户, 经办单位, 监督层."""

    HOUSEHOLD = "本户"
    OFFICE = "经办单位"
    SUPERVISION = "监督层"


ABOUT_ITSELF: Final = frozenset({"household", "person", "income", "payment"})
"""What a lead may be about to be told to the household: of its helper's visits, days and phones it learns nothing here."""


@dataclass(frozen=True)
class Told:
    """One line as an audience reads it; `details` are words and figures, each translated on its own where it is a word.

    `by` is the account that did it, for those who may know; `address` names the record for a link, empty without one.
    """

    on: date
    kind: Kind
    what: str
    state: str
    amount_fen: int | None
    source: str
    person: str
    details: tuple[str, ...]
    by: str
    address: str
    key: Key


def may_see(item: Item, audience: Audience) -> bool:
    """Whether an audience learns of it at all."""
    if audience is Audience.SUPERVISION:
        return True
    if item.is_confidential:
        return False
    if audience is Audience.OFFICE or item.kind is not Kind.LEAD:
        return True
    return item.more["about"] in ABOUT_ITSELF and item.state in _FOUND


def for_household(item: Item) -> Told:
    """Plain words for the household itself."""
    what, state, details = _PLAIN.get(item.kind, _as_it_is)(item)
    source = item.source if item.kind in (Kind.INCOME, Kind.PAYMENT) else ""
    address = item.number if item.kind in (Kind.INCOME, Kind.PAYMENT) else ""
    return Told(
        item.on, item.kind, what, state, item.amount_fen, source, item.person, details, "", address, item.key
    )  # fmt: skip


def for_office(item: Item, full: bool) -> Told:
    """For the office in charge; `full`: with the right to whole names and circumstances."""
    return _inside(item, _WORDS.get(item.kind, _nothing)(item.more, full))


def for_supervision(item: Item) -> Told:
    """For supervision: all that is recorded."""
    said = _texts(item.more, "answer", "said_by") if item.kind is Kind.VISIT else ()
    return _inside(item, (*_WORDS.get(item.kind, _nothing)(item.more, True), *said))


def _inside(item: Item, details: tuple[str, ...]) -> Told:
    by = str(item.more.get("by") or "")
    return Told(
        item.on, item.kind, item.what, item.state, item.amount_fen, item.source, item.person,
        tuple(word for word in details if word), by, item.number, item.key,
    )  # fmt: skip


More = Mapping[str, Any]
Plain = tuple[str, str, tuple[str, ...]]


def _nothing(_more: More, _full: bool) -> tuple[str, ...]:
    return ()


def _texts(more: More, *names: str) -> tuple[str, ...]:
    return tuple(str(more[name]) for name in names if more.get(name))


def _income_words(more: More, full: bool) -> tuple[str, ...]:
    return _texts(more, "voucher", "note") if full else _texts(more, "voucher")


def _visit_words(more: More, full: bool) -> tuple[str, ...]:
    free = _texts(more, "note") if full else ()
    return (*_texts(more, "why_not"), *map(str, more["activities"]), *map(str, more["findings"]), *free)


def _payment_words(more: More, _full: bool) -> tuple[str, ...]:
    return _texts(more, "reason", "period", "failure")


def _step_words(more: More, _full: bool) -> tuple[str, ...]:
    return _texts(more, "step", "document")


def _need_words(more: More, full: bool) -> tuple[str, ...]:
    return _texts(more, "text", "outcome") if full else ()


def _reconfirm_words(more: More, _full: bool) -> tuple[str, ...]:
    return _texts(more, "response", "conclusion")


def _lead_words(more: More, full: bool) -> tuple[str, ...]:
    return _texts(more, "conclusion") if full else ()


def _answer_words(more: More, _full: bool) -> tuple[str, ...]:
    return _texts(more, "what", "state", "finding", "subject_no")


_WORDS: Final[Mapping[Kind, Callable[[More, bool], tuple[str, ...]]]] = {
    Kind.INCOME: _income_words,
    Kind.VISIT: _visit_words,
    Kind.PAYMENT: _payment_words,
    Kind.STEP: _step_words,
    Kind.NEED: _need_words,
    Kind.RECONFIRM: _reconfirm_words,
    Kind.LEAD: _lead_words,
    Kind.ANSWER: _answer_words,
}

_OF_A_YEAR: Final = re.compile(
    r"^\d{4}\s*年度?\s*"
)  # a programme is renewed every year; its name to a household is one
CAME: Final = "已走访"
ARRIVED: Final[Mapping[str, str]] = {
    "成功": "银行说已经打到",
    "失败": "没有打成，钱没有到",
    "退票": "被银行退回，钱没有到",
    "待回单": "银行还没有回音",
}
"""How a payment stands, in plain words."""
_FOUND: Final[Mapping[str, str]] = {
    Finding.EXPLAINED: "核实过了，没有问题",
    Finding.UNFOUNDED: "核实过了，没有问题",
    Finding.TRUE: "核实过了，要更正",
}


def _as_it_is(item: Item) -> Plain:
    return item.what, item.state, ()


def _plain_payment(item: Item) -> Plain:
    said = _texts(item.more, "reason") or _texts(item.more, "period")
    return _OF_A_YEAR.sub("", item.what) or item.what, ARRIVED.get(item.state, item.state), said


def _plain_income(item: Item) -> Plain:
    return item.what, "", ()


def _plain_visit(item: Item) -> Plain:
    came = item.what == CAME
    what = "帮扶人记了：来过您家" if came else "帮扶人记了：没能见到您家的人"
    return what, str(item.more.get("answer") or ""), ()


def _plain_step(item: Item) -> Plain:
    return item.what, item.state, _texts(item.more, "step")


def _plain_lead(item: Item) -> Plain:
    return "登记的内容和别处的数据对过", _FOUND[item.state], ()


def _plain_answer(item: Item) -> Plain:
    return item.what.replace("本户", "您"), item.state, _texts(item.more, "what", "state", "finding")


_PLAIN: Final[Mapping[Kind, Callable[[Item], Plain]]] = {
    Kind.PAYMENT: _plain_payment,
    Kind.INCOME: _plain_income,
    Kind.VISIT: _plain_visit,
    Kind.STEP: _plain_step,
    Kind.LEAD: _plain_lead,
    Kind.ANSWER: _plain_answer,
}
