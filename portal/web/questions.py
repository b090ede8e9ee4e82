"""Taking public questions, for every door that takes them: limits, the slow hash, one short transaction; and receipts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from portal.kernel.database import now_utc
from portal.kernel.errors import NotFound
from portal.oversight.complaints.rules import UNKNOWN, derive, matches, prepare
from portal.publishing.questions.actions import Proof, Taken, ask, join
from portal.publishing.questions.queries import OwnQuestion, find_asked, get_public
from portal.publishing.questions.rules import Asked, asked_problem
from portal.registers.recipients.requests.rules import read_code, read_no
from portal.web import proof_of_work
from portal.web.rates import Rate, TooOften, give_back, wait_for
from portal.web.sessions import database, installation, short_write

PURPOSE: Final = "question"
JOINING: Final = "question-join"
GATE: Final = proof_of_work.gate_of(PURPOSE)
JOIN_GATE: Final = proof_of_work.gate_of(JOINING)
TRIES: Final = Rate("question.code", 5, 5 / 3600)


@dataclass(frozen=True)
class Receipt:
    """What the asker gets, once."""

    taken: Taken
    code: str = field(repr=False)


def pepper() -> bytes:
    """The installation's part of every code's hash."""
    return installation().keyring.derived("yangguang receipt question", 32)


def take(asked: Asked, solution: str, gate: proof_of_work.Gate = GATE) -> Receipt:
    """Take a question. Raises BadFields, Crowded (429, before the slow hash), NotFound for an unknown place."""
    asked_problem(asked)
    with proof_of_work.admitted(gate, solution) as admission:
        made = prepare(pepper())
        with short_write() as session:
            proof_of_work.spend(session, admission)
            taken = ask(session, asked, Proof(made.locator, made.lookup, made.salt), now_utc())
    return Receipt(taken, made.code)


def join_one(no: str) -> None:
    """我也想知道: counted once in a while for each network, with no trace of who it was."""
    row = get_public(database(), no)
    if not row.is_open:
        raise NotFound("这条提问已经撤下", fix="看看别的提问")
    proof_of_work.admit(JOIN_GATE, "")
    with short_write() as session:
        join(session, row.id)


def prove(locator: str, typed: str) -> OwnQuestion:
    """What the holder of a receipt is told. Unknown locators and wrong codes cost the same and are answered alike."""
    no = read_no(locator)
    if wait := wait_for(TRIES, no):
        raise TooOften(wait)
    found = find_asked(database(), no)
    derived = derive(pepper(), read_code(typed), found.code_salt if found else UNKNOWN)
    if not matches(derived, found.code_hash if found else None) or found is None:
        raise NotFound("编号或查询码不对", fix="照回执再核对一遍；回执丢了，可以再问一次")
    give_back(TRIES, no)
    return found.told
