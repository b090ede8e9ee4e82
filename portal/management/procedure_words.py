"""Words of the pages of procedures: kinds, steps, results, needs, in the page's language."""

from __future__ import annotations

from typing import Any, Final

from flask_babel import lazy_gettext as _l

from portal.registers.recipients.procedures.changes.queries import ChangeKind, ChangeState
from portal.registers.recipients.procedures.cycles.rules import Level, Need
from portal.registers.recipients.procedures.draws.queries import SampleReason
from portal.registers.recipients.procedures.files.queries import FileKind
from portal.registers.recipients.procedures.objections.queries import Objector
from portal.registers.recipients.procedures.queries import End, ProcedureKind, Source, StepKey, Verdict
from portal.registers.recipients.procedures.reconfirmations.queries import Conclusion, ReconfirmState, Response
from portal.registers.recipients.procedures.requirements.rules import GUARANTEES


def _words(*names: str) -> dict[str, Any]:
    return {str(name): _l(str(name)) for name in names}


KINDS: Final = _words(*ProcedureKind)
SOURCES: Final = _words(*Source)
STEPS: Final = _words(*StepKey, *End)
VERDICTS: Final = _words(*Verdict)
LEVELS: Final = _words(*Level)
FILES: Final = _words(*FileKind)
OBJECTORS: Final = _words(*Objector)
REASONS: Final = _words(*SampleReason)
CHANGES: Final = _words(*ChangeKind)
CHANGE_STATES: Final = _words(*ChangeState)
RECONFIRM_STATES: Final = _words(*ReconfirmState)
RESPONSES: Final = _words(*Response)
CONCLUSIONS: Final = _words(*Conclusion)
GUARANTEED: Final = _words(*GUARANTEES)
END_TAGS: Final[dict[str, str]] = {End.DONE: "ok", End.REFUSED: "bad", End.WITHDRAWN: "", End.REVOKED: "bad"}
CHANGE_TAGS: Final[dict[str, str]] = {
    ChangeState.WAITING: "warn",
    ChangeState.CONFIRMED: "ok",
    ChangeState.RETURNED: "bad",
}
VISITORS: Final = ("visitor_1", "visitor_account", "visitor_2", "visitor_unit")
FIELDS_OF: Final = {
    Need.VISIT: VISITORS,
    Need.WITNESSES: VISITORS,
    Need.WITHDRAWAL: VISITORS,
    Need.REVIEW: ("members", "present", "agreed", "left"),
    Need.GUARANTEES: tuple(f"guarantee_{n}" for n in range(len(GUARANTEES))),
    Need.AUTHORISED: ("authorised_on", "all_signed"),
    Need.DOCUMENT: ("document",),
    Need.AMOUNT: ("amount",),
}
"""Which fields a need puts into the form of a step."""
FILES_OF: Final = {
    Need.AUTHORISED: FileKind.AUTHORISATION,
    Need.PROMISE: FileKind.PROMISE,
    Need.VISIT: FileKind.VISIT_PHOTO,
    Need.REVIEW: FileKind.SIGN_SHEET,
    Need.AGREEMENT: FileKind.EXIT_SHEET,
    Need.WITHDRAWAL: FileKind.WITHDRAWAL_FORM,
    Need.PLAN: FileKind.HELP_PLAN,
    Need.BASIS: FileKind.BASIS,
}
"""Which document a need asks for: the form of an upload begins with it."""
TO_OBJECT: Final = _l(
    "不服的，可以在收到决定之日起 %(a)s %(b)s内，向%(c)s的上一级机关申请行政复议；也可以随时向乡镇提出异议。"
)
"""What a refusal says, so that its English is in the catalogue."""
STATUS_WORDS: Final = {
    ProcedureKind.ENTRY: _l("县级批准以后列为在册"),
    ProcedureKind.MONITOR: _l("县级批准以后列为在册，开始监测和帮扶"),
    ProcedureKind.REMOVAL: _l("县级批准以后不再监测"),
    ProcedureKind.EXIT: _l("县级批准以后列为已脱贫，跟踪期内政策不变"),
    ProcedureKind.DIBAO: _l("县级确认以后领取低保"),
    ProcedureKind.RECHECK: _l("继续、增减、渐退或停止"),
    ProcedureKind.FOLLOW_UP: _l("稳定，或者返贫；返贫的另走程序回到名单"),
    ProcedureKind.CATEGORY: _l("县级批准以后改变对象类别和致贫原因"),
    ProcedureKind.WITHDRAWAL: _l("县级批准以后列为已退出"),
    ProcedureKind.CANCEL: _l("乡镇另一人审核以后列为已注销"),
}
"""What each kind leads to."""
