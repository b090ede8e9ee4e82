"""The path of money: up to the treasury, down to the payees. Pure: lines and payments in, a path out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One allocation line as a trace shows it; sums in fen."""

    id: int
    parent_id: int | None
    no: str
    programme_code: str
    programme: str
    from_unit: str | None
    to_unit: str | None
    division_code: str | None
    amount_fen: int
    document_no: str | None
    allocated_on: date | None
    project_code: str | None = None
    held_fen: int = 0
    paid_fen: int = 0

    def as_json(self) -> dict[str, Any]:
        """The line with its names, for `up` and `down`."""
        return {
            "kind": "allocation",
            "no": self.no,
            "programme": self.programme_code,
            "programme_name": self.programme,
            "from": self.from_unit,
            "to": self.to_unit,
            "division": self.division_code,
            "project": self.project_code,
            "amount_fen": self.amount_fen,
            "document_no": self.document_no,
            "allocated_on": self.allocated_on.isoformat() if self.allocated_on else None,
            "held_fen": self.held_fen,
            "paid_fen": self.paid_fen,
        }


@dataclass(frozen=True, slots=True)
class TracePayment:
    """One payment as a trace shows it: number, sum, what the bank said; the payee as the reader may see him."""

    no: str
    allocation_id: int
    payee: str | None
    household_no: str | None
    amount_fen: int
    paid_on: date
    result: str | None

    def as_json(self) -> dict[str, Any]:
        """The payment as a leaf of `down`."""
        return {
            "kind": "payment",
            "no": self.no,
            "payee": self.payee,
            "household": self.household_no,
            "amount_fen": self.amount_fen,
            "paid_on": self.paid_on.isoformat(),
            "result": self.result,
        }


@dataclass(frozen=True)
class Trace:
    """`up`: from here to the treasury, nearest first; `down`: a tree of lines and payments; `balance_fen`: not spent."""

    subject: str
    up: list[dict[str, Any]] = field(default_factory=list)
    down: dict[str, Any] = field(default_factory=dict)
    balance_fen: int = 0

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {"subject": self.subject, "up": self.up, "down": self.down, "balance_fen": self.balance_fen}


def climb(line_id: int | None, lines: Mapping[int, TraceLine]) -> list[TraceLine]:
    """A line and everything above it, nearest first; a ring of parents ends where it began."""
    found: list[TraceLine] = []
    seen: set[int] = set()
    while line_id is not None and line_id in lines and line_id not in seen:
        seen.add(line_id)
        found.append(lines[line_id])
        line_id = lines[line_id].parent_id
    return found


def trace_allocation(
    line_id: int, lines: Mapping[int, TraceLine], payments: Iterable[TracePayment], more_payments: int = 0
) -> Trace:
    """Path of one line: the lines above it, and below it every line and payment. `more_payments` were left out."""
    paid: dict[int, list[TracePayment]] = {}
    for payment in payments:
        paid.setdefault(payment.allocation_id, []).append(payment)
    below: dict[int, list[TraceLine]] = {}
    for line in lines.values():
        if line.parent_id is not None:
            below.setdefault(line.parent_id, []).append(line)
    line = lines[line_id]
    down = _tree(line, below, paid, frozenset())
    if more_payments:
        down["payments_left_out"] = more_payments
    return Trace(line.no, [step.as_json() for step in climb(line.parent_id, lines)], down, line.held_fen)


def _tree(
    line: TraceLine, below: Mapping[int, list[TraceLine]], paid: Mapping[int, list[TracePayment]], seen: frozenset[int]
) -> dict[str, Any]:
    children = [
        _tree(child, below, paid, seen | {line.id})
        for child in sorted(below.get(line.id, ()), key=lambda c: c.no)
        if child.id not in seen
    ]
    payments = [payment.as_json() for payment in sorted(paid.get(line.id, ()), key=lambda p: p.no)]
    return {**line.as_json(), "children": [*children, *payments]}


def trace_payment(payment: TracePayment, lines: Mapping[int, TraceLine]) -> Trace:
    """Path of one payment: the lines above it; nothing lies below. What the bank has not confirmed is its balance."""
    balance = 0 if payment.result == "成功" else payment.amount_fen
    up = [step.as_json() for step in climb(payment.allocation_id, lines)]
    return Trace(payment.no, up, payment.as_json(), balance)


def trace_household(no: str, payments: Iterable[TracePayment], lines: Mapping[int, TraceLine]) -> Trace:
    """Every payment of a household, each with the lines that its money came down; `up` names each line once."""
    leaves: list[dict[str, Any]] = []
    used: dict[int, TraceLine] = {}
    balance = 0
    for payment in payments:
        chain = climb(payment.allocation_id, lines)
        used.update((line.id, line) for line in chain)
        leaves.append({**payment.as_json(), "chain": [line.no for line in chain]})
        balance += 0 if payment.result == "成功" else payment.amount_fen
    down = {"kind": "household", "no": no, "children": leaves, "amount_fen": sum(leaf["amount_fen"] for leaf in leaves)}
    return Trace(no, [line.as_json() for line in used.values()], down, balance)
