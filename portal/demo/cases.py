"""What supervision has in hand and has finished: a running case with an answered order, finished ones with outcomes and an
exposure. The demonstration's own accounts do it, each what its role may.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.demo.build import Demonstration
from portal.demo.places import STORY_TOWN, STORY_VILLAGE
from portal.kernel.database import writing
from portal.oversight.cases.actions import add_note
from portal.oversight.cases.dispositions.actions import decide, propose
from portal.oversight.cases.dispositions.models import Decision, Disposition
from portal.oversight.cases.dispositions.rules import Study
from portal.oversight.cases.links.models import LinkKind
from portal.oversight.cases.models import Case
from portal.oversight.cases.opening.actions import NewCase, open_case
from portal.oversight.orders.actions import NewOrder, clear_order, draft_order, issue_order
from portal.oversight.orders.replies.actions import accept_task, answer_task, check_task
from portal.oversight.orders.rules import Demand
from portal.oversight.outcomes.actions import add_problem, add_sanction
from portal.oversight.outcomes.models import Admin, Measure, Party, ProblemKind, Standing
from portal.oversight.outcomes.recoveries.actions import NewRecovery, add_recovery
from portal.oversight.outcomes.rules import NewProblem, NewSanction
from portal.publishing.exposure.actions import Draft, draft_exposure, publish_exposure, submit_exposure
from portal.registers.corrections import Act
from portal.registers.funds.payments.queries import get_payment

CASES: Final = "cases"
INSPECTOR, HEAD, CLERK = "demo-inspector", "demo-inspection_head", "demo-township_clerk"
ORGAN: Final = "涟水县纪委监委"
PRESENT: Final = ("周正（演示）", "吴明（演示）", "郑清（演示）")
#: Finished before: where (last digits of a town of the county), what, whom it met, which sanction.
_EARLIER: Final = (
    (ProblemKind.FALSE, "村干部多报两户种粮补贴。", Party.WARNING, None, None),
    (ProblemKind.FAVOUR, "为亲戚申报救助没有回避。", None, Admin.DEMERIT, None),
    (ProblemKind.FORMAL, "走访记录照抄，没有到户。", None, None, Measure.CRITICISM),
    (ProblemKind.IDLE, "接到求助二十天没有入户。", None, None, Measure.ADMONITION),
    (ProblemKind.EXTORTED, "办理手续收受群众烟酒。", Party.SERIOUS_WARNING, Admin.SERIOUS_DEMERIT, None),
)
BODY: Final = """柳荫村一名低保对象去世后，村里没有及时上报，低保金继续发放。
经县纪委监委核实，村委会经办人周某没有按月核对在世情况，红窑镇审核不严。
周某受到政务记过处分，镇社会事务办公室有关人员被批评教育。多发的钱已经退回县财政专户。
县里已要求各镇每月同公安、卫生健康部门的死亡登记核对一次。"""


def load_cases(engine: Engine, files: Path, demonstration: Demonstration) -> int:
    """Two cases of the stories and five finished ones; returns their number."""
    today, stories = demonstration.plan.as_of, {story.number: story.records for story in demonstration.stories}
    unit = demonstration.places.town_unit(STORY_TOWN)
    with writing(engine) as session:
        _running(session, files, today, str(stories[1]["household"]), unit)
        _finished(session, files, today, stories[2], unit)
        for n, earlier in enumerate(_EARLIER):
            _earlier(session, today - timedelta(days=60 + 17 * n), *earlier)
    return 2 + len(_EARLIER)


def _act(username: str, why: str = "演示数据") -> Act:
    return Act(f"user:{username}", why)


def _at(day: date, hour: int = 2) -> datetime:
    return datetime.combine(day, time(hour), UTC)


def _case(session: Session, day: date, title: str, place: str, about: tuple[tuple[LinkKind, str], ...] = ()) -> Case:
    """Opened, studied the day after, approved for verification."""
    case = open_case(session, NewCase(title, place, about=about), INSPECTOR, _act(INSPECTOR, "日常监督"), _at(day))
    study = Study(day, PRESENT, "一致同意初步核实。")
    propose(session, case.no, Disposition.VERIFY, study, _act(INSPECTOR), _at(day, 3))
    return decide(session, case.no, Decision.APPROVED, _act(HEAD, "同意"), _at(day, 4))


def _order(session: Session, case: Case, day: date, title: str, demand: str, unit: str) -> str:
    body = (
        "请对下列事项逐项核实、整改，如实报告办理情况，附有关材料。\n对反映问题的人严格保密，不得打听、追查、打击报复。"
    )
    wish = NewOrder(title, body, ORGAN, [Demand(unit, demand, 10)])
    order = draft_order(session, case.no, wish, _act(INSPECTOR), _at(day))
    return issue_order(session, order.no, _act(HEAD, "签发"), _at(day)).no


def _answered(session: Session, files: Path, no: str, day: date, text: str) -> None:
    accept_task(session, no, 1, _act(CLERK, ""), _at(day))
    answer_task(session, files, no, 1, text, b"", _act(CLERK, ""), _at(day + timedelta(days=2)))


def _running(session: Session, files: Path, today: date, household: str, unit: str) -> None:
    """Story 1: the township has answered one order, and has another one in hand."""
    day = today - timedelta(days=9)
    case = _case(
        session, day, "柳荫村把医疗报销算成收入，拟让一户退出", STORY_VILLAGE, ((LinkKind.HOUSEHOLD, household),)
    )
    add_note(
        session,
        case.no,
        "调取收入台账和报销凭证，凭证号对得上，项目填的是转移性收入（演示）。",
        _act(INSPECTOR),
        _at(day, 5),
    )
    first = _order(
        session, case, day, "核实柳荫村收入登记", "核对本村今年转移性收入，医疗报销的一律更正，报更正表。", unit
    )
    _answered(
        session, files, first, day + timedelta(days=1), "已核对 31 户，3 户登记有误，已经更正并告诉本户（演示）。"
    )
    _order(
        session, case, today - timedelta(days=1), "复核红窑镇退出程序",
        "复核今年拟退出的户，收入没有核实的，程序一律停下。", unit,
    )  # fmt: skip


def _finished(session: Session, files: Path, today: date, story: Any, unit: str) -> None:
    """Story 2: paid on after death; cleared, dealt with, money back, and told to everybody."""
    day = today - timedelta(days=45)
    payment = f"{story['batch']}-{story['seq']}"
    about = ((LinkKind.HOUSEHOLD, str(story["household"])), (LinkKind.PAYMENT, payment))
    case = _case(session, day, "柳荫村一名低保对象去世后仍在发放", STORY_VILLAGE, about)
    no = _order(session, case, day, "核实低保对象在世情况", "逐户核对低保对象在世情况，多发的全部追回。", unit)
    _answered(session, files, no, day + timedelta(days=2), "已经核对，1 人去世没有上报，钱已经追回（演示）。")
    later = day + timedelta(days=6)
    check_task(session, no, 1, True, "到村核对死亡证明和银行流水，属实（演示）。", _act(INSPECTOR), _at(later))
    clear_order(session, no, _act(HEAD, "办理到位"), _at(later, 3))
    problem = NewProblem(ProblemKind.IDLE, STORY_VILLAGE, later, "去世后没有上报，低保金继续发放。")
    add_problem(session, case.no, problem, _act(INSPECTOR), _at(later, 4))
    person = NewSanction(
        "周永福（演示）",
        STORY_VILLAGE,
        Standing.VILLAGE,
        False,
        "涟水县监委",
        "涟监政〔2026〕7号",
        later,
        admin=Admin.DEMERIT,
    )
    add_sanction(session, case.no, person, _act(INSPECTOR), _at(later, 5))
    paid = get_payment(session, payment)
    back = NewRecovery(payment, paid.amount_fen, later, "涟水县财政专户", "JK-2026-0031")
    add_recovery(session, case.no, back, _act(INSPECTOR), _at(later, 6))
    told = Draft(
        "红窑镇柳荫村低保对象去世后仍在发放", BODY, ORGAN, ProblemKind.IDLE, STORY_VILLAGE, today + timedelta(days=120)
    )
    row = draft_exposure(session, case.no, told, _act(INSPECTOR), _at(later, 7))
    submit_exposure(session, row.no, _act(INSPECTOR), _at(later, 8))
    publish_exposure(session, row.no, _act(HEAD, "核对过，姓名已遮盖"), _at(later, 9))
    _end(session, case, later + timedelta(days=2))


def _earlier(
    session: Session, day: date, kind: ProblemKind, text: str, party: Party | None, admin: Admin | None,
    measure: Measure | None,
) -> None:  # fmt: skip
    case = _case(session, day, text.rstrip("。"), STORY_TOWN)
    add_problem(session, case.no, NewProblem(kind, STORY_TOWN, day, text), _act(INSPECTOR), _at(day, 5))
    person = NewSanction(
        f"{kind.value}案当事人（演示）",
        STORY_TOWN,
        Standing.OFFICIAL,
        True,
        ORGAN,
        "涟纪〔2026〕演示",
        day,
        party,
        admin,
        measure,
    )
    add_sanction(session, case.no, person, _act(INSPECTOR), _at(day, 6))
    _end(session, case, day + timedelta(days=3))


def _end(session: Session, case: Case, day: date) -> None:
    study = Study(day, PRESENT, "问题已经查清，同意办结。")
    propose(session, case.no, Disposition.FINISH, study, _act(INSPECTOR), _at(day))
    decide(session, case.no, Decision.APPROVED, _act(HEAD, "同意"), _at(day, 3))
