"""What the pages of procedures show, put together: rail, what is missing, what was done, what may be done by whom."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.errors import NotFound, ProductError
from portal.management import procedure_words as words
from portal.management.forms.procedures import AnswerForm, AttachForm, FileForm, ObjectionForm, StepForm
from portal.registers.divisions import queries as divisions
from portal.registers.divisions.rules import pad_code, township_of
from portal.registers.recipients.procedures import queries
from portal.registers.recipients.procedures.changes.queries import near_split
from portal.registers.recipients.procedures.cycles.rules import CYCLES, PERMISSIONS, STOPPABLE, Cycle, Level, Step
from portal.registers.recipients.procedures.files.queries import files_of
from portal.registers.recipients.procedures.objections.queries import objections_of
from portal.registers.recipients.procedures.queries import ProcedureKind, ProcedureRow, StepKey
from portal.registers.recipients.procedures.reconfirmations.queries import open_reconfirmation
from portal.registers.recipients.procedures.requirements.queries import obstacles_of
from portal.web import access
from portal.web.sessions import database, installation, require_principal


def place_of(level: Level, village: str) -> str:
    """The code at which a step of a level is asked for."""
    if level is Level.COUNTY:
        return pad_code(village[:6])
    return township_of(village) if level is Level.TOWNSHIP else village


def may_act(step: Step | None, village: str) -> bool:
    """Whether the person who looks may do a step, by permission and place."""
    if step is None or step.level not in PERMISSIONS:
        return False
    return access.can(PERMISSIONS[step.level], place_of(step.level, village))


def procedure_of(no: str, permission: Permission = Permission.VIEW_HOUSEHOLDS) -> ProcedureRow:
    """A procedure of one's own places; what lies elsewhere does not exist."""
    row = queries.get_procedure(database(), no)
    if not access.can(permission, row.division_code):
        raise NotFound("没有这个程序", fix="核对程序编号，或从列表查找")
    return row


@dataclass(frozen=True)
class RailStop:
    """One step on the rail."""

    key: str
    level: str
    is_done: bool
    is_now: bool


def rail_of(row: ProcedureRow, cycle: Cycle, done: Collection[str]) -> list[RailStop]:
    """The steps of a procedure, those behind it marked; `done`: of one that is over, what was done before."""
    keys = cycle.rail(row.state, done)
    over = row.closed_on is not None
    here = keys.index(StepKey(row.state)) if row.state in keys else len(keys)
    levels = {step.key: step.level for step in cycle.steps}
    return [
        RailStop(key, levels.get(key, ""), key in done or n == 0 if over else n < here, n == here)
        for n, key in enumerate(keys)
    ]


def page_of(row: ProcedureRow, error: ProductError | None = None, **forms: Any) -> dict[str, Any]:
    """Everything that the page of one procedure shows. The same number of statements for every procedure."""
    session, cycle = database(), CYCLES[ProcedureKind(row.kind)]
    step = cycle.step(row.state)
    full = access.can(Permission.REVEAL_SEALED, row.division_code)
    form = forms.get("form") or StepForm(formdata=None, happened_on=today_cn().isoformat())
    if step is not None:
        form.offer(step)
    may = may_act(step, row.division_code)
    keyring = installation().keyring
    steps = queries.steps_read(session, keyring, row.id)
    done = {s.step for s in steps if s.verdict in STOPPABLE}
    return {
        "row": row, "cycle": cycle, "step": step, "rail": rail_of(row, cycle, done), "words": words, "error": error,
        "missing": obstacles_of(session, row.no) if step is not None else [], "may": may, "full": full,
        "form": form, "fields": form.shown(step) if step is not None else [],
        "upload": forms.get("upload") or FileForm(formdata=None, kind=_wanted_file(step)),
        "objecting": forms.get("objecting") or ObjectionForm(formdata=None, received_on=today_cn().isoformat()),
        "answering": forms.get("answering") or AnswerForm(formdata=None),
        "attaching": forms.get("attaching") or AttachForm(formdata=None),
        "files": files_of(session, row.id), "steps": steps,
        "objections": objections_of(session, keyring, row.id), "reason": queries.reason_of(session, keyring, row.id),
        "path": divisions.written_path(session, row.division_code), "today": today_cn(),
        "split_on": _split(row), "me": require_principal().actor,
        "reconfirming": open_reconfirmation(session, row.household_id) if row.household_id else None,
        "may_edit": row.is_open and access.can(Permission.EDIT_HOUSEHOLDS, row.division_code),
        "may_sample": row.is_open and access.can(Permission.DECIDE_PROCEDURES, pad_code(row.division_code[:6])),
    }  # fmt: skip


def _wanted_file(step: Step | None) -> str:
    found = (words.FILES_OF[need] for need in (step.needs if step is not None else ()) if need in words.FILES_OF)
    return str(next(found, ""))


def _split(row: ProcedureRow) -> Any:
    if row.household_id is None or row.kind not in (ProcedureKind.ENTRY, ProcedureKind.MONITOR, ProcedureKind.DIBAO):
        return None
    return near_split(database(), row.household_id, row.division_code, row.opened_on)
