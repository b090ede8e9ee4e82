"""docs/life-cycles.md is drawn from the tables of the code: `.venv/bin/python -m tests.house.test_life_cycles_drawn`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from portal.oversight.cases import rules as cases
from portal.oversight.complaints.handling import rules as complaints
from portal.oversight.inspections import rules as inspections
from portal.oversight.leads import rules as leads
from portal.oversight.orders import rules as orders
from portal.publishing.exposure import rules as exposures
from portal.publishing.questions import rules as questions
from portal.registers.recipients.procedures.cycles.rules import CYCLES, drawn_diagram
from portal.web.lead_words import STATUSES

DOCUMENT = Path(__file__).parents[2] / "docs" / "life-cycles.md"
HEAD = """# Life cycles of procedures

Who comes onto the list and who leaves it goes through one of these. Drawn from `portal/registers/recipients/procedures/cycles/rules.py`
by `.venv/bin/python -m tests.house.test_life_cycles_drawn`; a test compares. In brackets: at which level somebody acts.
"""

SUPERVISION = """# Life cycles of supervision

Declared in the `rules.py` of each sub-register as tables of what is done in which state, and where it leads; of a report
in brackets who does it. A run of the rules closes a lead whose cause is gone, and opens it again when the cause is back.
"""
Arrow = tuple[str, str, str]
"""From a state to a state, and by what; empty where the table names no step."""


def arrows_of(table: Mapping[Any, Mapping[Any, Any]]) -> list[Arrow]:
    """A table of state → step → state, or several states where another word of the step decides."""
    found = []
    for state, steps in table.items():
        for step, to in steps.items():
            found += [(str(state), str(one), str(step)) for one in (to if isinstance(to, tuple) else (to,))]
    return found


def bare_arrows(table: Mapping[Any, Iterable[Any]], called: Mapping[str, Any] | None = None) -> list[Arrow]:
    """A table of state → states, under what pages call them; sorted, since a set has no order."""
    names = {str(state): str((called or {}).get(state, state)) for state in table}
    return [(names[state], names[one], "") for state, after in table.items() for one in sorted(map(str, after))]


def of_complaint(matter: complaints.Matter) -> list[Arrow]:
    """The arrows of one set of rules; a step that stays in its state points back to it."""
    return [
        (str(t.state), str(t.to or t.state), f"{t.step}（{t.doer}）") for t in dict.fromkeys(complaints.CYCLES[matter])
    ]


CYCLES_OF_SUPERVISION: Mapping[str, list[Arrow]] = {
    "疑点": bare_arrows(leads.TRANSITIONS, STATUSES),
    **{f"举报（{matter}）": of_complaint(matter) for matter in complaints.CYCLES},
    "案件": arrows_of(cases.TRANSITIONS),
    "督办单": arrows_of(orders.TRANSITIONS),
    "督办任务": arrows_of(orders.TASK_TRANSITIONS),
    "随机抽查": bare_arrows(inspections.STEPS),
    "抽查入户": bare_arrows(inspections.ITEM_STEPS),
    "公开提问": arrows_of(questions.TRANSITIONS),
    "曝光": arrows_of(exposures.TRANSITIONS),
}


def drawn() -> str:
    """The document as the code says it."""
    parts = [f"## {cycle.kind}\n\n```mermaid\n{drawn_diagram(cycle)}\n```\n" for cycle in CYCLES.values()]
    tables = [f"## {name}\n\n```mermaid\n{diagram_of(arrows)}\n```\n" for name, arrows in CYCLES_OF_SUPERVISION.items()]
    return "\n".join([HEAD, *parts, SUPERVISION, *tables])


def diagram_of(arrows: list[Arrow]) -> str:
    """Arrows as a diagram: it begins with the first state, and ends in those from which nothing leads."""
    begins = dict.fromkeys(state for state, _, _ in arrows)
    ends = dict.fromkeys(to for _, to, _ in arrows if to not in begins)
    lines = ["stateDiagram-v2", f"    [*] --> {arrows[0][0]}"]
    lines += [f"    {state} --> {to}{': ' if by else ''}{by}" for state, to, by in arrows]
    return "\n".join([*lines, *(f"    {state} --> [*]" for state in ends)])


def test_the_document_shows_the_tables() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == drawn()


if __name__ == "__main__":
    DOCUMENT.write_text(drawn(), encoding="utf-8")
