"""Decisions on outcomes: which sanction may fall on whom, for how long, and which of the four forms it is.

Legal sources: 公职人员政务处分法 (2020) art. 7, 8, 22; 中国共产党纪律处分条例; 监督执纪工作规则.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from portal.kernel.errors import BadInput, Refused
from portal.oversight.cases.dispositions.models import Disposition
from portal.oversight.outcomes.models import Admin, Form, Measure, Party, Standing
from portal.registers.recipients.procedures.requirements.rules import months_after

PARTY_MONTHS: Final[Mapping[Party, int | None]] = {
    Party.WARNING: 12,
    Party.SERIOUS_WARNING: 18,
    Party.REMOVAL: 24,
    Party.PROBATION_ONE: 12,
    Party.PROBATION_TWO: 24,
    Party.EXPULSION: None,
}
"""影响期 of party sanctions, in months (confirm locally)."""
ADMIN_MONTHS: Final[Mapping[Admin, int | None]] = {
    Admin.WARNING: 6,
    Admin.DEMERIT: 12,
    Admin.SERIOUS_DEMERIT: 18,
    Admin.DEMOTION: 24,
    Admin.REMOVAL: 24,
    Admin.DISMISSAL: None,
}
"""政务处分的期间, in months: 公职人员政务处分法 art. 8; a dismissal has none."""
VILLAGE_ADMIN: Final = (Admin.WARNING, Admin.DEMERIT, Admin.SERIOUS_DEMERIT)
"""What may fall on managers of villagers' committees: art. 22 knows these three and no other."""
_THIRD: Final = frozenset({Party.REMOVAL, Party.PROBATION_ONE, Party.PROBATION_TWO, Party.EXPULSION})
_THIRD_ADMIN: Final = frozenset({Admin.DEMOTION, Admin.REMOVAL, Admin.DISMISSAL})
_SECOND: Final = frozenset({Measure.SUSPENSION, Measure.REASSIGNMENT, Measure.RESIGNATION, Measure.DISMISSAL})
WORKED: Final = frozenset({Disposition.TALK, Disposition.VERIFY, Disposition.FINISH})


def sanction_problem(
    standing: Standing, is_member: bool, party: Party | None, admin: Admin | None, measure: Measure | None
) -> None:
    """Refuse what the law does not know: nothing at all, a party sanction without membership, T06 (art. 22)."""
    if party is None and admin is None and measure is None:
        raise BadInput("没有选处理方式", fix="选党纪处分、政务处分，或者组织处理和其他")
    if party is not None and not is_member:
        raise Refused(
            "不是党员，不能给予党纪处分",
            why=f"选了{party}",
            fix="核对是不是党员；不是的，不选党纪处分",
            code="no_member",
        )
    if admin is not None and standing is Standing.NONE:
        raise Refused(
            "不是公职人员，不能给予政务处分",
            why="公职人员政务处分法只管公职人员",
            fix="核对身份；不是的，不选政务处分",
            code="no_official",
        )
    if admin is not None and standing is Standing.VILLAGE and admin not in VILLAGE_ADMIN:
        raise Refused(
            f"村（居）民委员会管理人员不能给予{admin}",
            why="公职人员政务处分法第二十二条：对基层群众性自治组织中从事管理的人员，政务处分只有警告、记过、记大过",
            fix=f"改为{'、'.join(VILLAGE_ADMIN)}；要他离开岗位的，由有关机关依法另行办理",
            code="art22",
        )


def form_of(party: Party | None, admin: Admin | None, measure: Measure | None) -> Form:
    """Which of the four forms: the gravest of what was decided."""
    if measure is Measure.PROSECUTION:
        return Form.FOURTH
    if party in _THIRD or admin in _THIRD_ADMIN:
        return Form.THIRD
    if party is not None or admin is not None or measure in _SECOND:
        return Form.SECOND
    return Form.FIRST


def months_of(party: Party | None, admin: Admin | None) -> tuple[int | None, int | None]:
    """How long each counts, in months; None for none and for one without an end."""
    return (PARTY_MONTHS[party] if party else None), (ADMIN_MONTHS[admin] if admin else None)


def ends_on(imposed_on: date, months: Collection[int | None]) -> date | None:
    """The last day of the longer period; None where nothing has one."""
    counted = [number for number in months if number is not None]
    return months_after(imposed_on, max(counted)) if counted else None


def worked_refusal(disposition: str | None) -> None:
    """Refuse an outcome of a case that nobody was allowed to look into."""
    if disposition not in WORKED:
        raise Refused("还不能登记结果", why="没有批准过谈话函询或者初步核实", fix="先研究、审批处置意见")


def person_mark(key: bytes, case_id: int, name: str) -> bytes:
    """The same person of the same case, without his name."""
    return hmac.new(key, f"{case_id}:{name.strip()}".encode(), hashlib.sha256).digest()


def words_problem(text: str, what: str, most: int = 2000) -> str:
    """A text, read; refused when it is empty or too long."""
    said = text.strip()
    if not 2 <= len(said) <= most:
        raise BadInput(f"没有写{what}", why=f"2 到 {most} 个字", fix="补上这一项")
    return said


def day_problem(day: date, opened_on: date, today: date) -> None:
    """Refuse a day that cannot be."""
    if not opened_on <= day <= today:
        raise BadInput("日期不对", why="它不能早于立卷，也不能在今天之后", fix=f"写 {opened_on} 到 {today} 之间的日期")


@dataclass(frozen=True)
class NewProblem:
    """A problem, as entered."""

    kind: str
    division_code: str
    found_on: date
    text: str


@dataclass(frozen=True)
class NewSanction:
    """What became of one person, as entered."""

    person: str
    division_code: str
    standing: Standing
    is_member: bool
    organ: str
    document_no: str
    imposed_on: date
    party: Party | None = None
    admin: Admin | None = None
    measure: Measure | None = None
