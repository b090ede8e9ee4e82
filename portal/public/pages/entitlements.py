"""Four questions, one a page, and what applies. The answers travel in the form alone; nothing is kept anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from portal.analysis.entitled.answers import Answers, Listed, Who, findings_for
from portal.analysis.entitled.gathering import parameters_at
from portal.analysis.entitled.tracing import Finding
from portal.kernel.errors import BadInput
from portal.public.pages.areas import home_code
from portal.publishing.policies.language import parameters_of
from portal.publishing.policies.queries import list_in_force
from portal.registers.divisions.parameters.queries import find_value
from portal.web.language import gettext as _

WHO: Mapping[str, Any] = {
    Who.OLD: _l("60 到 79 岁的老人"),
    Who.VERY_OLD: _l("80 岁以上的老人"),
    Who.CHILD: _l("不满 16 岁的孩子"),
    Who.ALONE: _l("父母都不在了的孩子"),
    Who.LEFT: _l("父母在、但管不了的孩子"),
    Who.PRESCHOOL: _l("上幼儿园的"),
    Who.PUPIL: _l("上小学、初中的"),
    Who.SENIOR: _l("上高中的"),
    Who.VOCATIONAL: _l("上中职、技校、大专以上的"),
    Who.HEAVY: _l("有残疾证，一级或二级"),
    Who.LIGHT: _l("有残疾证，三级或四级"),
    Who.ILL: _l("得大病或者长年吃药的"),
    Who.UNABLE: _l("干不了活的成年人"),
    Who.UNKNOWN: _l("说不清"),
}
LISTED: Mapping[str, Any] = {
    Listed.DIBAO: _l("低保户"),
    Listed.EDGE: _l("低保边缘户"),
    Listed.TEKUN: _l("特困供养户"),
    Listed.WATCHED: _l("防止返贫监测户"),
    Listed.LISTED: _l("建档立卡户（含已脱贫）"),
    Listed.NONE: _l("都不是"),
    Listed.UNKNOWN: _l("不知道"),
}
INCOMES = ("under", "edge", "over", "unknown")
YES_NO = ("yes", "no", "unknown")
FIELDS = ("who", "income", "listed", "unsafe", "shock")
STEPS = 4
MOST_FEN = 10**11


@dataclass(frozen=True)
class Question:
    """One page: its number, and what was answered so far (carried in hidden fields)."""

    step: int
    sent: Sequence[tuple[str, str]]
    given: frozenset[str]
    problem: str = ""
    standard_fen: int | None = None

    @property
    def incomes(self) -> list[tuple[str, str]]:
        """Bands of income that decide something here: the place's 低保 standard and one and a half times it."""
        low = (self.standard_fen or 80_000) // 100
        high = low * 3 // 2
        return [
            ("under", _("不到 %(n)s 元", n=low)),
            ("edge", _("%(low)s 到 %(high)s 元", low=low, high=high)),
            ("over", _("%(n)s 元以上", n=high)),
            ("unknown", _("不知道")),
        ]


def question(session: Session, form: MultiDict[str, str], today: date) -> Question | None:
    """The page that comes next; None when all is answered. A question without an answer is asked again."""
    step = _step(form)
    problem = ""
    if step and not form.get("back") and not _answered(form, step):
        problem, step = _("选一项；不知道也可以选“不知道”。"), step - 1
    next_step = max(1, step - 1) if form.get("back") else step + 1
    if next_step > STEPS:
        return None
    fields = _fields(next_step)
    sent = [(name, value) for name in FIELDS if name not in fields for value in form.getlist(name)]
    given = frozenset(f"{name}={value}" for name in fields for value in form.getlist(name))
    return Question(next_step, sent, given, problem, standard_fen(session, today) if next_step == 2 else None)


def _step(form: MultiDict[str, str]) -> int:
    text = form.get("step", "0")
    last = STEPS + 1 if form.get("back") else STEPS
    return min(int(text), last) if text.isdigit() and len(text) < 3 else 0


def _fields(step: int) -> tuple[str, ...]:
    return {1: ("who",), 2: ("income",), 3: ("listed",), 4: ("unsafe", "shock")}[step]


def _answered(form: MultiDict[str, str], step: int) -> bool:
    return step == 1 or all(form.get(name) for name in _fields(step))


def standard_fen(session: Session, today: date) -> int | None:
    """低保标准 of the site's own place, a month and head; None where none is laid down."""
    found = find_value(session, "dibao_standard", home_code(session), today)
    return found.fen if found is not None else None


def answers_of(form: MultiDict[str, str], standard: int | None) -> Answers:
    """The four answers; BadInput for values that no page of ours offers."""
    who, income, listed = form.getlist("who"), form.get("income", ""), form.get("listed", "")
    flags = {name: form.get(name, "") for name in ("unsafe", "shock")}
    if set(who) - set(Who) or income not in INCOMES or listed not in set(Listed) or set(flags.values()) - set(YES_NO):
        raise BadInput("这个回答读不懂", fix="从第一个问题重新来")
    year = (standard or 80_000) * 12
    bands = {"under": (0, year - 1), "edge": (year, year * 3 // 2 - 1), "over": (year * 3 // 2, MOST_FEN)}
    told = {"yes": True, "no": False}
    return Answers(
        frozenset(Who(w) for w in who),
        bands.get(income),
        Listed(listed),
        told.get(flags["unsafe"]),
        told.get(flags["shock"]),
    )


@dataclass(frozen=True)
class Applies:
    """The result."""

    yes: Sequence[Finding]
    may: Sequence[Finding]
    no: Sequence[Finding]


def applies(session: Session, form: MultiDict[str, str], today: date) -> Applies:
    """What applies by the answers of a form: the same evaluator as the register's."""
    policies = list_in_force(session, today)
    names = frozenset[str]().union(*(parameters_of(policy.tree()) for policy in policies))
    here = parameters_at(session, names, [home_code(session)], today)
    found = findings_for(answers_of(form, standard_fen(session, today)), policies, here)
    return Applies(
        [f for f in found if f.is_yes],
        [f for f in found if f.may_be],
        [f for f in found if not f.is_yes and not f.may_be],
    )
