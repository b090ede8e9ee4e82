"""What each audience may see of requests for help. The only place of this register that masks.

The office's list: the masked name, place, clock and state. Everything else of it is opened by an act. The asker: state,
days, and the answer. Nobody else: nothing, not even that a request exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from portal.kernel.masking import mask_name
from portal.kernel.sealing import Keyring
from portal.registers.recipients.requests.models import RequestState
from portal.registers.recipients.requests.rules import OPEN
from portal.registers.sealed import seal_name

TABLE = "help_requests"


@dataclass(frozen=True)
class SealedRequest:
    """One row as the register keeps it."""

    id: int
    no: str
    division_code: str
    household_id: int | None
    linked_to: int | None
    channel: str
    name_sealed: bytes
    answer_sealed: bytes | None
    found_sealed: bytes | None
    asked_at: datetime
    visit_due_on: date
    done_due_on: date
    due_on: date
    state: str
    visited_on: date | None
    first_visitor: str | None
    second_visitor: str | None
    second_account: str | None
    second_unit: str | None
    second_sheet: str | None
    procedure_no: str | None
    handled_by: str | None
    handled_at: datetime | None
    linked: int = 0

    @property
    def is_open(self) -> bool:
        """Somebody still has to act."""
        return self.state in OPEN

    def is_late(self, today: date) -> bool:
        """Past the day that counts now."""
        return self.is_open and self.due_on < today


@dataclass(frozen=True)
class ListedRequest:
    """A line of the office's list."""

    request: SealedRequest
    masked_name: str


def listed(row: SealedRequest, keyring: Keyring) -> ListedRequest:
    """One request for the office's list: the name masked, and nothing of what is asked for."""
    return ListedRequest(row, mask_name(keyring.open_(row.name_sealed, seal_name(TABLE, "name_sealed"))))


@dataclass(frozen=True)
class Progress:
    """How far a request is, for who asked."""

    no: str
    state: RequestState
    asked_at: datetime
    visit_due_on: date
    done_due_on: date
    visited_on: date | None
    answer: str
    procedure_no: str | None
    is_linked: bool


def progress(row: SealedRequest, head: SealedRequest, keyring: Keyring) -> Progress:
    """The state for the asker; one that was linked to an earlier one follows it (`head`; itself when it was not)."""
    sealed = head.answer_sealed
    answer = keyring.open_(sealed, seal_name(TABLE, "answer_sealed")) if sealed is not None else ""
    return Progress(
        row.no, RequestState(head.state), row.asked_at, head.visit_due_on, head.done_due_on, head.visited_on, answer,
        head.procedure_no, row.linked_to is not None,
    )  # fmt: skip
