"""Decisions on requests for help: what one must say, its life, and its clocks.

Clocks: `selfreport_visit` (2 working days) to the visit by two, `selfreport_done` (20) to the answer; both count from
arrival (one-code self-report of Anhui; the unit there is to be confirmed locally).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from stdnum import luhn

from portal.kernel.cell_errors import CellError
from portal.kernel.cells import CellKind, CellRule, read_cell
from portal.kernel.clock import Overrides, add_working_days
from portal.kernel.errors import BadFields, FieldProblem, Refused
from portal.kernel.identity import parse_resident_id
from portal.registers.recipients.requests.models import ForWhom, RequestState, Trouble

CLOCKS: Final = ("selfreport_visit", "selfreport_done")
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", "-": "", " ": ""})
NO_LENGTH: Final = 8
CODE_DIGITS: Final = 16
MOST_WORDS: Final = 500
MOST_NAME: Final = 40


class Step(StrEnum):
    """What somebody does with a request."""

    VISIT = "入户"
    PROCEDURE = "转认定程序"
    HELP = "另行帮扶"
    DECLINE = "不予帮扶"
    WITHDRAW = "撤回"


TRANSITIONS: Final[Mapping[RequestState, Mapping[Step, RequestState]]] = {
    RequestState.WAITING: {Step.VISIT: RequestState.VISITED, Step.WITHDRAW: RequestState.WITHDRAWN},
    RequestState.VISITED: {
        Step.PROCEDURE: RequestState.PROCEDURE,
        Step.HELP: RequestState.HELPED,
        Step.DECLINE: RequestState.DECLINED,
        Step.WITHDRAW: RequestState.WITHDRAWN,
    },
    RequestState.PROCEDURE: {},
    RequestState.HELPED: {},
    RequestState.DECLINED: {},
    RequestState.WITHDRAWN: {},
}
"""The life of a request: nobody answers it before two persons have been there, except the asker who takes it back."""

OPEN: Final = frozenset(state for state, steps in TRANSITIONS.items() if steps)


def next_state(state: str, step: Step) -> RequestState:
    """Where a step leads; Refused where the table knows no such step."""
    steps = TRANSITIONS[RequestState(state)]
    if step in steps:
        return steps[step]
    if state == RequestState.WAITING:
        raise Refused("还没有入户，不能答复", why="申报要两个人入户看过才有结论", fix="先记下入户情况")
    raise Refused("这条申报不能再这样办", why=f"它的状态是“{state}”", fix="刷新页面")


@dataclass(frozen=True)
class Wish:
    """What somebody asks for, as typed. `id_number` and `words` may be empty."""

    name: str
    phone: str
    id_number: str
    kind: str
    for_whom: str
    words: str = ""


@dataclass(frozen=True)
class ReadWish:
    """The same, read: numbers in their normal form."""

    name: str
    phone: str
    id_number: str
    id18: str
    kind: Trouble
    for_whom: ForWhom
    words: str


def read_wish(wish: Wish) -> ReadWish:
    """Read what was typed; BadFields names every field that cannot be read. Nothing typed is ever repeated."""
    problems: list[FieldProblem] = []
    name = wish.name.strip()
    if not name or len(name) > MOST_NAME:
        problems.append(FieldProblem("name", "name", "填写姓名，不超过 40 个字"))
    phone = _phone(wish.phone)
    if phone is None:
        problems.append(FieldProblem("phone", "phone", "填写能打通的电话号码，例如 11 位手机号"))
    number, id18 = _id_number(wish.id_number)
    if number is None:
        problems.append(
            FieldProblem("id_number", "id_number", "身份证号不对：应是 18 位，最后一位可以是 X；记不清可以不填")
        )
    if wish.kind not in set(Trouble):
        problems.append(FieldProblem("kind", "kind", "选一项最主要的困难"))
    if wish.for_whom not in set(ForWhom):
        problems.append(FieldProblem("for_whom", "for_whom", "选替谁申报"))
    words = wish.words.strip()
    if len(words) > MOST_WORDS:
        problems.append(FieldProblem("words", "words", "最多写 500 个字，其余的入户时再说"))
    if problems or phone is None or number is None:
        raise BadFields("有几项要改", problems)
    return ReadWish(name, phone, number, id18, Trouble(wish.kind), ForWhom(wish.for_whom), words)


def _phone(typed: str) -> str | None:
    try:
        text = read_cell(typed, CellRule(CellKind.PHONE)).value
    except CellError:
        return None
    return text if isinstance(text, str) and 7 <= sum(char.isdigit() for char in text) <= 15 else None


def _id_number(typed: str) -> tuple[str | None, str]:
    if not typed.strip():
        return "", ""
    try:
        found = parse_resident_id(typed)
    except CellError:
        return None, ""
    return found.normalised, found.first18


def visit_day_problem(visited_on: date, asked_on: date, today: date) -> None:
    """Refuse a visit on a day that cannot be."""
    if not asked_on <= visited_on <= today:
        raise Refused("入户日期不对", why="它不能早于申报，也不能在今天之后", fix="核对日期")


def due_days(asked_on: date, visit_days: int, done_days: int, overrides: Overrides) -> tuple[date, date]:
    """The last days of both clocks, in working days after the day of asking."""
    return add_working_days(asked_on, visit_days, overrides), add_working_days(asked_on, done_days, overrides)


def new_no() -> str:
    """Eight random Crockford characters (40 bits): numbers of requests are never sequential."""
    return "".join(secrets.choice(ALPHABET) for _ in range(NO_LENGTH))


def new_code() -> str:
    """Sixteen random digits, as four groups: the receipt's secret. Never one that could pass for a bank card."""
    while True:
        digits = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
        if not luhn.is_valid(digits):
            return " ".join(digits[start : start + 4] for start in range(0, CODE_DIGITS, 4))


def read_no(text: str) -> str:
    """A number as it was meant: capitals, no separators; O is 0, I and L are 1."""
    return text.strip().upper().translate(_READ_AS)[:40]


def read_code(text: str) -> str:
    """A code as it was meant: its digits."""
    return "".join(char for char in text if char.isdigit())[:40]
