"""What is done with a notice before it is published. Nothing here is seen by anybody outside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.database import reserve_ids
from portal.kernel.errors import Conflict, NotFound, Refused
from portal.publishing.notices.disclosure import PublicNotice, Source, SourceRow, public_notice
from portal.publishing.notices.finishing import Finished, check_finished
from portal.publishing.notices.models import Notice, NoticeKind, NoticeState, NoticeText
from portal.publishing.notices.patterns.rules import Pattern, get_pattern
from portal.publishing.notices.queries import PUBLIC_SEAL, SOURCE_SEAL, get_notice, makers_of, text_of
from portal.publishing.notices.rows.queries import rows_of_households
from portal.publishing.notices.rows.rules import details_problem
from portal.publishing.notices.rules import EDITABLE, LETTERS, days_refusal, same_hand_refusal, step_refusal, unit_of
from portal.registers.corrections import Act, need_reason
from portal.registers.divisions.parameters.queries import ParameterValue, values_for
from portal.registers.divisions.queries import get_division, written_path
from portal.registers.divisions.rules import township_of
from portal.registers.recipients.procedures.queries import ProcedureKind, StepKey, get_procedure
from portal.registers.sealed import keyring_of
from portal.trail.actions import RecordedEvent, record

PROCEDURE: Final = "procedure"
_PATTERN_OF: Final[Mapping[ProcedureKind, str]] = {
    ProcedureKind.ENTRY: "entry",
    ProcedureKind.MONITOR: "monitored",
    ProcedureKind.REMOVAL: "monitored",
    ProcedureKind.EXIT: "exit",
    ProcedureKind.DIBAO: "relief",
    ProcedureKind.RECHECK: "relief",
}
_OPINION_OF: Final[Mapping[ProcedureKind, str]] = {
    ProcedureKind.ENTRY: "拟纳入",
    ProcedureKind.MONITOR: "拟认定为监测对象",
    ProcedureKind.REMOVAL: "拟认定风险消除",
    ProcedureKind.EXIT: "拟退出",
    ProcedureKind.DIBAO: "拟给予救助",
    ProcedureKind.RECHECK: "拟按复核意见办理",
}
_VILLAGE_DIGITS: Final = "000"


@dataclass(frozen=True)
class Draft:
    """What somebody writes. `days` None: as many as the place's rule says."""

    kind: NoticeKind
    pattern: str
    division_code: str
    title: str
    issuer: str
    source: Source
    days: int | None = None
    origin: str | None = None  # where the lines came from
    procedure_no: str | None = None
    replaces_no: str | None = None


def draft_notice(session: Session, draft: Draft, act: Act, at: datetime) -> Notice:
    """Write a notice down. Its number is given now, so that the preview has the very bytes; nobody outside knows it.

    Raises Refused for a pattern that this kind has not, fewer days than the rule, an unknown place; BadFields.
    """
    facts = _facts(session, draft, at)
    number = reserve_ids(session.connection(), f"notices_{LETTERS[draft.kind]}", 1)
    no = f"{LETTERS[draft.kind]}-{day_cn(at).year}-{number:06d}"
    row = Notice(
        **{**facts, "no": no}, state=NoticeState.DRAFT, procedure_no=draft.procedure_no, source=draft.origin,
        totals={}, drafted_by=act.actor, drafted_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _write_text(session, row, facts, draft.source, act, at)
    note(session, row, "notice.drafted", act, at, after={"kind": row.kind, "pattern": row.pattern, "days": row.days})
    return row


def rewrite_notice(session: Session, no: str, draft: Draft, act: Act, at: datetime) -> Notice:
    """Write a draft anew; what it said before is kept. Conflict once it lies with the checker or is published."""
    row = current(session, no)
    if row.state not in EDITABLE:
        raise Conflict(f"现在是“{row.state}”，不能改", why="只有草拟中的能改", fix="请审核人退回，或者撤回后重拟")
    if row.kind != draft.kind or row.pattern != draft.pattern:
        raise Refused("种类和样式定了就不能改", fix="作废这一份，重新拟")
    facts = _facts(session, draft, at)
    row.title, row.issuer, row.division_code = draft.title, draft.issuer, draft.division_code
    row.days, row.day_unit, row.days_basis = facts["days"], facts["day_unit"], facts["days_basis"]
    row.source, row.state = draft.origin, NoticeState.DRAFT
    row.drafted_by, row.drafted_at = act.actor, at
    session.flush()
    _write_text(session, row, facts, draft.source, act, at)
    note(session, row, "notice.rewritten", act, at, after={"days": row.days})
    return row


def draft_for_procedure(session: Session, procedure_no: str, act: Act, at: datetime, *, issuer: str = "") -> Notice:
    """The notice that a procedure waits for: its household, its opinion, the days of its rule.

    The step says whether it is a window (村公示, 乡镇公示) or the announcement (公告), and whose. Refused when the
    procedure waits for none.
    """
    found = get_procedure(session, procedure_no)
    kind = ProcedureKind(found.kind)
    if found.state not in (StepKey.VILLAGE_NOTICE, StepKey.TOWNSHIP_NOTICE, StepKey.ANNOUNCE):
        raise Refused("这个程序现在不用公示", why=f"它的状态是“{found.state}”", fix="核对程序编号")
    decided = found.state == StepKey.ANNOUNCE
    pattern = get_pattern("result" if decided or kind not in _PATTERN_OF else _PATTERN_OF[kind])
    opinion = _OPINION_OF.get(kind, kind.value) if not decided else (found.outcome or kind.value)
    place = found.division_code if found.state == StepKey.VILLAGE_NOTICE else township_of(found.division_code)
    if found.household_no is not None:
        rows = rows_of_households(session, pattern, [found.household_no], opinion)
    else:
        rows = [
            SourceRow(
                {"name": found.applicant, "group": written_path(session, found.division_code, 5), "opinion": opinion}
            )
        ]
    name = get_division(session, place).name
    return draft_notice(
        session,
        Draft(
            kind=NoticeKind.ANNOUNCEMENT if decided else NoticeKind.POSTING,
            pattern=pattern.code,
            division_code=place,
            title=f"{name}{pattern.title}",
            issuer=issuer or name,
            source=Source(rows=[replace(row, facts=[*row.facts, [PROCEDURE, procedure_no]]) for row in rows]),
            origin=f"{kind.value} {procedure_no}",
            procedure_no=procedure_no,
        ),
        act,
        at,
    )


def submit_notice(session: Session, no: str, finished: Finished, act: Act, at: datetime) -> Notice:
    """Read over as everybody will see it, and handed to a second person. The gate has to let it pass already now."""
    row = current(session, no)
    if row.state == NoticeState.DRAFT:
        check_finished(session, get_notice(session, no), finished, at)
        step(session, row, NoticeState.PREVIEWED, "notice.previewed", act, at, sha256=finished.notice.sha256)
    step(session, row, NoticeState.CHECKING, "notice.submitted", act, at)
    return row


def return_notice(session: Session, no: str, act: Act, at: datetime) -> Notice:
    """The checker sends it back, with the reason."""
    row = current(session, no)
    same_hand_refusal(makers_of(session, row.id), act.actor)
    row.returned_why = need_reason(act)
    step(session, row, NoticeState.DRAFT, "notice.returned", act, at)
    return row


def drop_notice(session: Session, no: str, act: Act, at: datetime) -> Notice:
    """Give a draft up."""
    need_reason(act)
    row = current(session, no)
    step(session, row, NoticeState.DROPPED, "notice.dropped", act, at)
    return row


def draft_anew(session: Session, row: Notice, act: Act, at: datetime) -> Notice:
    """A new draft with the text of an earlier notice, which it replaces when it is published."""
    text = text_of(session, get_notice(session, row.no))
    return draft_notice(
        session,
        Draft(
            kind=NoticeKind(row.kind), pattern=row.pattern, division_code=row.division_code, title=row.title,
            issuer=row.issuer, source=text.source, days=row.days, origin=row.source, procedure_no=row.procedure_no,
            replaces_no=row.no,
        ),
        act,
        at,
    )  # fmt: skip


def current(session: Session, no: str) -> Notice:
    """The present row of a notice, locked; raises NotFound."""
    row = session.scalar(select(Notice).where(Notice.no == no).with_for_update())
    if row is None:
        raise NotFound("没有这份公示或公告", fix="从列表重新进入")
    return row


def step(
    session: Session, row: Notice, wanted: NoticeState, kind: str, act: Act, at: datetime, **more: Any
) -> RecordedEvent:
    """One step of the life cycle, written down; `more` is what everybody may know of it."""
    step_refusal(row.kind, row.state, wanted)
    before, row.state = row.state, wanted
    session.flush()
    return note(session, row, kind, act, at, before={"state": before}, after={"state": wanted, **more}, public=more)


def note(
    session: Session, row: Notice, kind: str, act: Act, at: datetime, *, after: Mapping[str, Any],
    before: Mapping[str, Any] | None = None, public: Mapping[str, Any] | None = None,
) -> RecordedEvent:  # fmt: skip
    """Write down what was done to a notice."""
    about = [("notice", row.no), *([("procedure", row.procedure_no)] if row.procedure_no else [])]
    return record(
        session, kind=kind, actor=act.actor, subjects=about, before=before, after=dict(after), why=act.why.strip() or None,
        unit=township_of(row.division_code), public=dict(public) if public else None, request_id=act.request_id, at=at,
    )  # fmt: skip


def _facts(session: Session, draft: Draft, at: datetime) -> dict[str, Any]:
    pattern = get_pattern(draft.pattern)
    if draft.kind not in pattern.kinds:
        raise Refused(f"“{pattern.title}”不发{draft.kind}", fix=f"改为{'、'.join(pattern.kinds)}")
    if not draft.title.strip() or not draft.issuer.strip():
        raise Refused("标题和发布单位要填", fix="补上空着的一项")
    get_division(session, draft.division_code)
    details_problem(pattern, draft.source)
    days, unit, basis = _days(session, draft, pattern, at)
    return {
        "no": "", "kind": draft.kind.value, "pattern": pattern.code, "title": draft.title.strip(),
        "issuer": draft.issuer.strip(), "division_code": draft.division_code, "days": days, "day_unit": unit,
        "days_basis": basis, "replaces_no": draft.replaces_no,
    }  # fmt: skip


def _days(session: Session, draft: Draft, pattern: Pattern, at: datetime) -> tuple[int | None, str | None, str | None]:
    if draft.kind is NoticeKind.ANNOUNCEMENT and not pattern.lists_people:
        return None, None, None
    rule: ParameterValue = values_for(session, [pattern.parameter], draft.division_code, day_cn(at))[pattern.parameter]
    days, unit = draft.days if draft.days is not None else rule.whole, unit_of(rule.unit)
    days_refusal(days, rule.whole, unit, rule.basis)
    return days, unit, rule.basis


def _write_text(
    session: Session, row: Notice, facts: Mapping[str, Any], source: Source, act: Act, at: datetime
) -> PublicNotice:
    values = values_for(session, ["hotlines", "small_cell"], row.division_code, day_cn(at))
    told = {key: value for key, value in facts.items() if key != "days_basis"} | {"no": row.no}
    place = written_path(session, row.division_code)
    public = public_notice(told, source, place, values["hotlines"].text, values["small_cell"].whole)
    n = 1 + (session.scalar(select(func.max(NoticeText.n)).where(NoticeText.notice_id == row.id)) or 0)
    keyring, name = keyring_of(session), f"{row.no}/{n}"
    row.totals = dict(public.totals)
    session.add(
        NoticeText(
            notice_id=row.id, n=n, made_by=act.actor, made_at=at,
            source_sealed=keyring.seal(json.dumps(source.as_json(), ensure_ascii=False), f"{SOURCE_SEAL}/{name}"),
            public_sealed=keyring.seal(json.dumps(public.as_json(), ensure_ascii=False), f"{PUBLIC_SEAL}/{name}"),
        )
    )  # fmt: skip
    session.flush()
    return public
