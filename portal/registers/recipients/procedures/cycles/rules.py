"""The life cycles of procedures: one table of steps and transitions for each kind.

Sources: 两公示一公告 of the register 建档立卡; 国家乡村振兴局 and provincial rules of monitoring 监测帮扶; 最低生活保障审核
确认办法（民发〔2021〕57号，待核对）. Days are dated parameters; working or calendar days as the parameter's unit says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from portal.accounts.permissions import Permission
from portal.registers.recipients.models import Category, HouseholdStatus
from portal.registers.recipients.procedures.models import End, ProcedureKind, Source, StepKey, Verdict

K, S, V = ProcedureKind, StepKey, Verdict


class Level(StrEnum):
    """级别 of whoever acts at a step."""

    VILLAGE = "村"
    TOWNSHIP = "乡镇"
    COUNTY = "县"
    PLATFORM = "公示系统"  # nobody by hand: the conclusion of a notice does it


PERMISSIONS: Final[Mapping[Level, Permission]] = {
    Level.VILLAGE: Permission.EDIT_HOUSEHOLDS,
    Level.TOWNSHIP: Permission.CHECK_HOUSEHOLDS,
    Level.COUNTY: Permission.DECIDE_PROCEDURES,
}
"""What a step of each level asks of the person; the place is the village's, the township's, the county's code."""


class Need(StrEnum):
    """What a step must hold before it is done; `requirements.rules` says how each is met."""

    AUTHORISED = "授权在效"
    PROMISE = "承诺书"
    VISIT = "两人入户"
    REVIEW = "评议记录"
    GUARANTEES = "两不愁三保障"
    UNDER_LINE = "收入在线下"
    OVER_LINE = "收入在线上"
    AGREEMENT = "本户同意"
    WITNESSES = "当着两人签字"
    WITHDRAWAL = "本户签字申请"
    NO_DISPUTE = "没有未答复的本户异议"
    ANSWERED = "异议都已答复"
    LASTED = "监测满期"
    SAMPLED = "抽查已办"
    DOCUMENT = "决定文号"
    AMOUNT = "月补助金额"
    PLAN = "帮扶计划"
    BASIS = "依据材料"
    MEMBERS = "户主和成员"


@dataclass(frozen=True)
class Step:
    """One step: at which level, what it must hold, where each result leads, and by which parameter it is due."""

    key: StepKey
    level: Level
    leads: Mapping[Verdict, StepKey | End]
    needs: tuple[Need, ...] = ()
    due: str = "procedure_step_days"


@dataclass(frozen=True)
class Cycle:
    """The life cycle of one kind; the first step is done by opening the procedure."""

    kind: ProcedureKind
    opening: StepKey
    steps: tuple[Step, ...]
    whole: str = ""
    effects: Mapping[Verdict, HouseholdStatus | None] = field(default_factory=dict)

    def step(self, key: str) -> Step | None:
        """The declaration of a step; None for an end."""
        return next((step for step in self.steps if step.key == key), None)

    @property
    def keys(self) -> tuple[StepKey, ...]:
        """The rail: the opening and every step in order."""
        return (self.opening, *(step.key for step in self.steps))

    def rail(self, state: str, done: Collection[str] = ()) -> list[StepKey]:
        """The steps that a procedure passes; what seldom comes stands among them only where it came."""
        return [key for key in self.keys if key is not StepKey.ANNOUNCED_REVIEW or key == state or key in done]


def _village(key: StepKey, then: StepKey | End, *needs: Need, due: str = "procedure_step_days") -> Step:
    return Step(key, Level.VILLAGE, {V.DONE: then, V.WITHDRAWN: End.WITHDRAWN}, needs, due)


def _township(key: StepKey, then: StepKey | End, *needs: Need, due: str = "procedure_step_days") -> Step:
    return Step(key, Level.TOWNSHIP, {V.DONE: then, V.WITHDRAWN: End.WITHDRAWN}, needs, due)


def _review(then: StepKey, *needs: Need) -> Step:
    leads: dict[Verdict, StepKey | End] = {V.DONE: then, V.REFUSED: End.REFUSED, V.WITHDRAWN: End.WITHDRAWN}
    return Step(S.REVIEW, Level.VILLAGE, leads, (Need.REVIEW, *needs))


def _notice(key: StepKey, then: StepKey | End, back: StepKey) -> Step:
    return Step(key, Level.PLATFORM, {V.DONE: then, V.RETURNED: back}, (Need.ANSWERED,), "procedure_notice_days")


def _announced(then: StepKey | End) -> tuple[Step, Step]:
    """公告, and what follows when an objection to it is found right: the decision does not simply stand."""
    needs = (Need.ANSWERED, Need.DOCUMENT)
    leads: dict[Verdict, StepKey | End] = {V.UPHELD: then, V.REVOKED: End.REVOKED}
    return (
        _notice(S.ANNOUNCE, then, S.ANNOUNCED_REVIEW),
        Step(S.ANNOUNCED_REVIEW, Level.COUNTY, leads, needs, "announcement_review_days"),
    )


def _opinion(then: StepKey, back: StepKey, *needs: Need) -> Step:
    leads: dict[Verdict, StepKey | End] = {V.DONE: then, V.RETURNED: back, V.WITHDRAWN: End.WITHDRAWN}
    return Step(S.TOWNSHIP_REVIEW, Level.TOWNSHIP, leads, (Need.ANSWERED, *needs))


def _county(then: StepKey | End, back: StepKey, *needs: Need, due: str = "procedure_step_days") -> Step:
    leads: dict[Verdict, StepKey | End] = {V.APPROVED: then, V.RETURNED: back, V.REFUSED: End.REFUSED}
    return Step(S.COUNTY_DECISION, Level.COUNTY, leads, (Need.ANSWERED, Need.DOCUMENT, *needs), due)


_ENTRY = Cycle(
    K.ENTRY,
    S.APPLY,
    (
        _village(S.ACCEPT, S.CHECK, Need.MEMBERS),
        _township(S.CHECK, S.VISIT, Need.AUTHORISED),
        _village(S.VISIT, S.REVIEW, Need.VISIT, due="procedure_visit_days"),
        _review(S.VILLAGE_NOTICE, Need.UNDER_LINE),
        _notice(S.VILLAGE_NOTICE, S.TOWNSHIP_REVIEW, S.REVIEW),
        _opinion(S.TOWNSHIP_NOTICE, S.REVIEW, Need.UNDER_LINE),
        _notice(S.TOWNSHIP_NOTICE, S.COUNTY_DECISION, S.TOWNSHIP_REVIEW),
        _county(S.ANNOUNCE, S.TOWNSHIP_REVIEW, Need.UNDER_LINE, Need.SAMPLED),
        *_announced(S.HELP_PLAN),
        _village(S.HELP_PLAN, End.DONE, Need.PLAN, due="help_start_days"),
    ),
    effects={V.APPROVED: HouseholdStatus.LISTED},
)
_MONITOR = Cycle(
    K.MONITOR,
    S.CLUE,
    (
        _village(
            S.VISIT, S.REVIEW, Need.MEMBERS, Need.VISIT, Need.AUTHORISED, Need.PROMISE, due="procedure_visit_days"
        ),
        _review(S.VILLAGE_NOTICE, Need.UNDER_LINE),
        _notice(S.VILLAGE_NOTICE, S.TOWNSHIP_REVIEW, S.REVIEW),
        _opinion(S.COUNTY_DECISION, S.REVIEW, Need.UNDER_LINE),
        _county(S.HELP_PLAN, S.TOWNSHIP_REVIEW, Need.UNDER_LINE, Need.SAMPLED),
        _village(S.HELP_PLAN, End.DONE, Need.PLAN, due="help_start_days"),
    ),
    whole="monitor_total_days",
    effects={V.APPROVED: HouseholdStatus.LISTED},
)
_REMOVAL = Cycle(
    K.REMOVAL,
    S.PROPOSE,
    (
        _village(S.VISIT, S.REVIEW, Need.LASTED, Need.NO_DISPUTE, Need.VISIT, Need.GUARANTEES, Need.OVER_LINE),
        _review(S.VILLAGE_NOTICE, Need.LASTED, Need.NO_DISPUTE),
        _notice(S.VILLAGE_NOTICE, S.COUNTY_DECISION, S.REVIEW),
        _county(End.DONE, S.REVIEW, Need.LASTED, Need.NO_DISPUTE, Need.OVER_LINE),
    ),
    effects={V.APPROVED: HouseholdStatus.EXITED},
)
_EXIT = Cycle(
    K.EXIT,
    S.PROPOSE,
    (
        _review(S.VERIFY, Need.NO_DISPUTE),
        _village(S.VERIFY, S.AGREE, Need.NO_DISPUTE, Need.VISIT, Need.GUARANTEES, Need.OVER_LINE),
        _village(S.AGREE, S.VILLAGE_NOTICE, Need.NO_DISPUTE, Need.AGREEMENT, Need.WITNESSES, Need.OVER_LINE),
        _notice(S.VILLAGE_NOTICE, S.TOWNSHIP_REVIEW, S.REVIEW),
        _opinion(S.COUNTY_DECISION, S.REVIEW, Need.NO_DISPUTE, Need.AGREEMENT, Need.OVER_LINE),
        _county(S.ANNOUNCE, S.TOWNSHIP_REVIEW, Need.NO_DISPUTE, Need.AGREEMENT, Need.OVER_LINE),
        *_announced(End.DONE),
    ),
    effects={V.APPROVED: HouseholdStatus.OUT_OF_POVERTY},
)
_DIBAO = Cycle(
    K.DIBAO,
    S.APPLY,
    (
        _township(S.ACCEPT, S.CHECK, Need.MEMBERS),
        _township(S.CHECK, S.VISIT, Need.AUTHORISED, due="dibao_inquiry_days"),
        _township(S.VISIT, S.TOWNSHIP_REVIEW, Need.VISIT, due="procedure_visit_days"),
        _opinion(S.TOWNSHIP_NOTICE, S.VISIT, Need.UNDER_LINE, Need.AMOUNT),
        _notice(S.TOWNSHIP_NOTICE, S.COUNTY_DECISION, S.TOWNSHIP_REVIEW),
        _county(S.ANNOUNCE, S.TOWNSHIP_REVIEW, Need.UNDER_LINE, Need.SAMPLED, Need.AMOUNT, due="dibao_county_days"),
        *_announced(End.DONE),
    ),
    whole="dibao_total_days",
    effects={V.APPROVED: HouseholdStatus.LISTED},
)
_RECHECK = Cycle(
    K.RECHECK,
    S.PROPOSE,
    (
        _township(S.VISIT, S.TOWNSHIP_REVIEW, Need.VISIT, due="procedure_visit_days"),
        _opinion(S.COUNTY_DECISION, S.VISIT),
        Step(
            S.COUNTY_DECISION,
            Level.COUNTY,
            {
                **dict.fromkeys((V.CONTINUED, V.INCREASED, V.DECREASED, V.FADING, V.STOPPED), End.DONE),
                V.RETURNED: S.TOWNSHIP_REVIEW,
            },
            (Need.ANSWERED, Need.DOCUMENT),
            "dibao_county_days",
        ),
    ),
    effects={V.STOPPED: HouseholdStatus.EXITED},
)
_FOLLOW_UP = Cycle(
    K.FOLLOW_UP,
    S.PROPOSE,
    (
        _village(S.VISIT, S.TOWNSHIP_REVIEW, Need.VISIT, due="procedure_visit_days"),
        Step(
            S.TOWNSHIP_REVIEW,
            Level.TOWNSHIP,
            {V.STABLE: End.DONE, V.RELAPSED: End.DONE, V.RETURNED: S.VISIT, V.WITHDRAWN: End.WITHDRAWN},
            (Need.ANSWERED,),
        ),
    ),
)
_CATEGORY = Cycle(
    K.CATEGORY,
    S.PROPOSE,
    (
        _opinion(S.COUNTY_DECISION, S.TOWNSHIP_REVIEW, Need.BASIS),
        _county(End.DONE, S.TOWNSHIP_REVIEW),
    ),
)
_WITHDRAWAL = Cycle(
    K.WITHDRAWAL,
    S.PROPOSE,
    (
        _village(S.AGREE, S.TOWNSHIP_REVIEW, Need.WITHDRAWAL),
        _opinion(S.COUNTY_DECISION, S.AGREE),
        _county(End.DONE, S.TOWNSHIP_REVIEW),
    ),
    effects={V.APPROVED: HouseholdStatus.EXITED},
)
_CANCEL = Cycle(
    K.CANCEL,
    S.PROPOSE,
    (
        Step(
            S.REGISTER,
            Level.TOWNSHIP,
            {V.DONE: End.DONE, V.REFUSED: End.REFUSED, V.WITHDRAWN: End.WITHDRAWN},
            (Need.BASIS, Need.DOCUMENT),
        ),
    ),
    effects={V.DONE: HouseholdStatus.CANCELLED},
)

CYCLES: Final[Mapping[ProcedureKind, Cycle]] = {
    cycle.kind: cycle
    for cycle in (_ENTRY, _MONITOR, _REMOVAL, _EXIT, _DIBAO, _RECHECK, _FOLLOW_UP, _CATEGORY, _WITHDRAWAL, _CANCEL)
}

MONITORED: Final = frozenset({Category.UNSTABLE, Category.EDGE, Category.SUDDEN})
"""监测对象: the three classes of households that are watched against falling back."""
SELF_REPORT_DUES: Final = {"procedure_visit_days": "selfreport_visit", "whole": "selfreport_done"}
"""A self-reported household is visited and settled by clocks of its own."""
STOPPABLE: Final = frozenset(
    {
        *(V.DONE, V.APPROVED, V.CONTINUED, V.INCREASED, V.DECREASED, V.FADING, V.STOPPED, V.STABLE, V.RELAPSED),
        V.UPHELD,
    }
)
"""Results that carry a procedure forward: they must hold what the step needs. The others only need a reason."""
DECIDED: Final = STOPPABLE - {V.DONE, V.UPHELD} | {V.REFUSED, V.REVOKED}
"""Results that are decisions on the household; 维持 leaves the one that there is."""
EXPLAINED: Final = frozenset({End.REFUSED, End.REVOKED})
"""Ends against what was applied for: with the reason, and how to object."""

_L, _O, _E, _C = (
    HouseholdStatus.LISTED,
    HouseholdStatus.OUT_OF_POVERTY,
    HouseholdStatus.EXITED,
    HouseholdStatus.CANCELLED,
)
STARTS: Final[Mapping[ProcedureKind, frozenset[HouseholdStatus | None]]] = {
    K.ENTRY: frozenset({None, _O, _E, _C}),
    K.MONITOR: frozenset({None, _O, _E, _C}),
    K.REMOVAL: frozenset({_L}),
    K.EXIT: frozenset({_L}),
    K.DIBAO: frozenset({None, _L, _O, _E, _C}),
    K.RECHECK: frozenset({_L}),
    K.FOLLOW_UP: frozenset({_O}),
    K.CATEGORY: frozenset({_L, _O}),
    K.WITHDRAWAL: frozenset({_L}),
    K.CANCEL: frozenset({_L, _O, _E}),
}
"""From which 状态 each kind may begin; None: the household is not in the register yet."""


def due_parameter(step: Step, source: str) -> str:
    """The parameter by which a step is due."""
    return SELF_REPORT_DUES.get(step.due, step.due) if source == Source.SELF_REPORT else step.due


def whole_parameter(cycle: Cycle, source: str) -> str:
    """The parameter by which the whole procedure is due; empty when there is none."""
    return SELF_REPORT_DUES["whole"] if source == Source.SELF_REPORT else cycle.whole


def status_after(kind: str, verdict: str, category: str | None) -> HouseholdStatus | None:
    """The 状态 that a decision brings; None when it brings none. 脱贫不稳定户 were out of poverty before."""
    found = CYCLES[ProcedureKind(kind)].effects.get(Verdict(verdict))
    if kind == K.REMOVAL and category == Category.UNSTABLE:
        return HouseholdStatus.OUT_OF_POVERTY
    return found


def drawn_diagram(cycle: Cycle) -> str:
    """The life cycle as a Mermaid state diagram, for the documentation."""
    lines = ["stateDiagram-v2", f"    [*] --> {cycle.opening}", f"    {cycle.opening} --> {cycle.steps[0].key}"]
    for step in cycle.steps:
        targets = [(verdict, target) for verdict, target in step.leads.items()]
        lines += [f"    {step.key} --> {target}: {verdict}（{step.level}）" for verdict, target in targets]
    return "\n".join(
        [*lines, *(f"    {end} --> [*]" for end in End if any(end in s.leads.values() for s in cycle.steps))]
    )
