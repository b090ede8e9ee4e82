"""What a household's page shows of its procedures, its changes and its reconfirmations."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.kernel.clock import today_cn
from portal.management import procedure_words as words
from portal.management.register_pages import Cell, Section
from portal.registers.corrections import RecordRow
from portal.registers.recipients.procedures.changes.queries import ChangeRow, changes_of
from portal.registers.recipients.procedures.queries import ProcedureKind, ProcedureRow, Verdict, procedures_of
from portal.registers.recipients.queries import household_nos


def procedure_sections(session: Session, record: RecordRow) -> Sequence[Section]:
    """Procedures and family changes of a household, the newest first."""
    rows, changes = procedures_of(session, record.id), changes_of(session, record.id)
    nos = household_nos(session, {change.household_id for change in changes})
    return (
        Section(
            _("进出程序"),
            (_("程序编号"), _("程序"), _("现在"), _("期限"), _("决定日期"), _("决定文号")),
            [_procedure(row) for row in rows],
            _("还没有办过程序。"),
            note=_fading(rows),
        ),
        Section(
            _("家庭变动"),
            (_("变动"), _("哪天发生的"), _("凭什么"), _("状态")),
            [_change(change, nos.get(change.household_id, "")) for change in changes],
            _("没有家庭变动。"),
        ),
    )


def _procedure(row: ProcedureRow) -> Sequence[Cell]:
    late = row.is_late(today_cn())
    if row.is_open:
        now = Cell(str(words.STEPS[row.state]), tag="bad" if late else "info")
    else:
        now = Cell(str(words.STEPS[row.state]), tag=words.END_TAGS.get(row.state, ""))
    return (
        Cell(row.no, f"/console/procedures/{row.no}"),
        Cell(str(words.KINDS[row.kind])),
        now,
        Cell(row.due_on.isoformat() if row.due_on else "—"),
        Cell(row.decided_on.isoformat() if row.decided_on else "—"),
        Cell(row.document or "—"),
    )


def _change(row: ChangeRow, no: str) -> Sequence[Cell]:
    return (
        Cell(str(words.CHANGES[row.kind]), f"/console/households/{no}/family-changes/{row.n}"),
        Cell(row.happened_on.isoformat()),
        Cell(row.basis),
        Cell(str(words.CHANGE_STATES[row.state]), tag=words.CHANGE_TAGS.get(row.state, "")),
    )


def _fading(rows: Sequence[ProcedureRow]) -> str:
    """What the newest re-check of 低保 says of the 渐退期: it ends by itself, and a reminder stands here when it has."""
    last = next((row for row in rows if row.kind == ProcedureKind.RECHECK and row.outcome), None)
    if last is None or last.outcome != Verdict.FADING or last.effect_until is None:
        return ""
    day = last.effect_until.isoformat()
    if last.effect_until >= today_cn():
        return str(_("低保渐退期到 %(day)s 为止，期间继续发放。", day=day))
    return str(_("低保渐退期已在 %(day)s 届满：不再发放，请办低保复核。", day=day))
