"""Decisions on random inspections: strata and shares, the promise of a seed, what a visit must say.

Sources: 国务院办公厅 双随机、一公开 (国办发〔2015〕58号); 最低生活保障审核审批办法（2012）: 30 % of those newly listed, every
备案对象. The lots are those of `kernel.draws`; the recipe for outsiders is `portal/trail/redraw.py`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from portal.kernel.errors import BadInput, Refused
from portal.oversight.inspections.models import InspectionState, ItemState, Outcome, Stratum
from portal.registers.divisions.rules import level_of

DOMAIN: Final = "yangguang/inspection/v1"
SHARES: Final[Mapping[Stratum, str]] = {
    Stratum.RELATED: "inspection_share_related",
    Stratum.NEW: "inspection_share_new",
    Stratum.OTHER: "inspection_share_other",
}
"""The dated parameter with each stratum's share in per cent."""
CODES: Final[Mapping[Stratum, str]] = {Stratum.RELATED: "related", Stratum.NEW: "new", Stratum.OTHER: "other"}
"""How the public log names the strata."""
LEVELS: Final = (3, 4)
NEW_WITHIN: Final = timedelta(days=365)
DUE: Final = timedelta(days=30)
STEPS: Final[Mapping[InspectionState, tuple[InspectionState, ...]]] = {
    InspectionState.COMMITTED: (InspectionState.DRAWN,),
    InspectionState.DRAWN: (InspectionState.CLOSED,),
    InspectionState.CLOSED: (),
}
ITEM_STEPS: Final[Mapping[ItemState, tuple[ItemState, ...]]] = {
    ItemState.OPEN: (ItemState.VISITED, ItemState.NOT_MET),
    ItemState.NOT_MET: (ItemState.VISITED,),
    ItemState.VISITED: (),
}
QUESTIONS: Final[Mapping[str, str]] = {
    "people": "家里的人和登记的一样吗",
    "house": "住房和登记的一样吗",
    "income": "收入来源和登记的一样吗",
    "money": "补助到手的数目和登记的一样吗",
    "visits": "帮扶人来过、记的是真的吗",
    "posted": "村里公示过、本人知道吗",
}
"""What is asked on site; each is answered 一致, 不一致 or 没有核实."""
AGREES, DIFFERS, UNSEEN = "一致", "不一致", "没有核实"
ANSWERS: Final = (AGREES, DIFFERS, UNSEEN)


@dataclass(frozen=True)
class Member:
    """A household that may be drawn."""

    no: str
    division_code: str
    entered_on: date | None
    is_related: bool


@dataclass(frozen=True)
class Point:
    """Where a telephone says it was, WGS-84: degrees × 10^7, and the radius of its doubt in metres."""

    lat_e7: int
    lon_e7: int
    accuracy_m: int

    def __post_init__(self) -> None:
        """Refuse what is no place on earth. How far away it is, or how rough, refuses nothing."""
        if abs(self.lat_e7) > 90 * 10**7 or abs(self.lon_e7) > 180 * 10**7 or not 0 <= self.accuracy_m <= 10**6:
            raise BadInput("位置读不出来", fix="去掉位置再保存，或重新取一次")


def commitment_of(no: str, seed: str) -> str:
    """The promise of a seed: its hash with the draw's number, so that it cannot be used for another draw."""
    return hashlib.sha256(f"{DOMAIN}\n{no}\n{seed}".encode()).hexdigest()


def token_of(key: bytes, household_no: str) -> str:
    """Under what name a household stands in the published population; without the key it names nobody."""
    return hmac.new(key, f"{DOMAIN}\n{household_no}".encode(), hashlib.sha256).hexdigest()[:32]


def digest_of(tokens: Iterable[str]) -> str:
    """SHA-256 of the drawn tokens in the order of their lots, each on a line."""
    return hashlib.sha256("".join(f"{token}\n" for token in tokens).encode()).hexdigest()


def stratum_of(member: Member, new_since: date) -> Stratum:
    """Where a household stands: related before new before other, so that it is in one population only."""
    if member.is_related:
        return Stratum.RELATED
    is_new = member.entered_on is not None and member.entered_on >= new_since
    return Stratum.NEW if is_new else Stratum.OTHER


def commit_problem(division: str, others: Collection[str]) -> None:
    """Refuse another level than county or township, and a second draw of the same place in one month."""
    if level_of(division) not in LEVELS:
        raise Refused("随机抽查按县或乡镇抽取", fix="选县级或乡级区划")
    if others:
        raise Refused("这个地方这个月已经有一次随机抽查", why="每月只抽一次，不能重抽", fix="办完那一次，或等到下个月")


def draw_problem(state: str, *, is_published: bool) -> None:
    """The seed is revealed once, and only after its promise stands in the public log."""
    if InspectionState.DRAWN not in STEPS[InspectionState(state)]:
        raise Refused("这一次已经抽过", why="种子公开一次，不能重抽", fix="看抽中的名单")
    if not is_published:
        raise Refused(
            "种子的承诺还没有进公开留痕",
            why="先公布承诺，再抽取，才没有人能挑种子",
            fix="等下一次签名（通常一分钟内）再抽",
        )


def record_problem(
    state: str, met: bool, answers: Mapping[str, str], visited_on: date, drawn_on: date, today: date
) -> None:
    """Refuse a record without every question answered, of a day before the draw or to come, and a second one."""
    wanted = ItemState.VISITED if met else ItemState.NOT_MET
    if wanted not in ITEM_STEPS[ItemState(state)]:
        raise Refused(f"这一户的抽查现在是“{state}”", why="入户记录只写一次，写错了请另写说明", fix="刷新页面")
    if not drawn_on <= visited_on <= today:
        raise BadInput("入户日期不对", why="要在抽取以后、今天以前", fix="核对日期")
    missing = [text for code, text in QUESTIONS.items() if answers.get(code) not in ANSWERS]
    if met and missing:
        raise BadInput(f"还有没有答的：{'、'.join(missing)}", fix="每一问选一个；没有核实的选“没有核实”")


def inspectors_problem(first: str, second: str, second_is_known: bool) -> None:
    """Two inspectors, both by their accounts; the household signs nothing."""
    if not second or not second_is_known:
        raise BadInput("没有这个账号的核查人", why="入户要两个人，写第二个人的账号", fix="核对账号")
    if first.removeprefix("user:") == second:
        raise Refused("两名核查人不能是同一个人", fix="写另一名核查人的账号")


def outcome_of(met: bool, answers: Mapping[str, str]) -> Outcome:
    """What the answers come to: one difference is enough."""
    if not met:
        return Outcome.NOT_MET
    return Outcome.DIFFERS if DIFFERS in answers.values() else Outcome.AGREES
