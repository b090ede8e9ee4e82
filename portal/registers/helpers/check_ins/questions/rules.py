"""What is asked at once about a visit: seen, limit, and the sentence for the helper. A question accuses nobody."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from portal.registers.helpers.check_ins.claims.rules import ChainFault


@dataclass(frozen=True)
class Question:
    """One question: the rule that asks, and the sentence."""

    rule: str
    text: str


@dataclass(frozen=True)
class Limits:
    """The dated parameters that hold at the household's place on the day of the visit."""

    distance_m: int
    speed_kmh: int
    cluster_count: int
    cluster_minutes: int
    cluster_m: int
    late_hours: int
    household_accuracy_m: int
    need_days: int


@dataclass(frozen=True)
class Seen:
    """What of a visit may need a word of the helper."""

    beyond_m: int | None
    travel_kmh: int | None
    clustered: int
    reused_photos: int
    lag: timedelta  # between the device's time and the receipt, either way
    offline: bool
    at_night: bool
    chain: ChainFault | None
    revoked_device: bool
    was_there: bool = True  # False: could not visit, with a reason


def questions_of(seen: Seen, limits: Limits, paused: Collection[str] = ()) -> Sequence[Question]:
    """Every question that is known at once, strongest first; none for an ordinary visit, none of a paused rule.

    Whoever could not visit was not there, and may write so from anywhere, about several households in a row and at
    night: as the rules themselves, this asks nothing about place (H02), crowd (H05) and hour (H07) of such a claim.
    """
    asked = [*_of_photos_and_ways(seen, limits), *(_of_being_there(seen, limits) if seen.was_there else ())]
    if not seen.offline and seen.lag > timedelta(hours=limits.late_hours) and not (seen.was_there and seen.at_night):
        asked.append(
            Question("H07", f"手机上的时间和收到的时间相差 {int(seen.lag.total_seconds() // 3600)} 小时，请说明原因")
        )
    return [question for question in asked if question.rule not in paused]


def _of_photos_and_ways(seen: Seen, limits: Limits) -> Sequence[Question]:
    found = []
    if seen.reused_photos:
        found.append(Question("H03", f"这次走访有 {seen.reused_photos} 张照片在别的走访里用过，请说明是怎么回事"))
    if seen.travel_kmh is not None and seen.travel_kmh > limits.speed_kmh:
        found.append(
            Question("H04", f"从上一户到这一户，算下来每小时 {seen.travel_kmh} 公里，请说明时间或位置是否有误")
        )
    if seen.chain is not None and seen.chain.kind != "gap":
        found.append(
            Question("H09", f"这部手机的走访序号在第 {seen.chain.counter} 条接不上，请说明手机换过或重装过没有")
        )
    if seen.revoked_device:
        found.append(Question("revoked_device", "这条走访是用已经撤销的手机签的，请说明是什么时候走访的"))
    return found


def _of_being_there(seen: Seen, limits: Limits) -> Sequence[Question]:
    found = []
    if seen.clustered >= limits.cluster_count:
        found.append(Question("H05", f"半小时左右在同一处登记了 {seen.clustered} 户，请说明是不是集中走访"))
    if seen.beyond_m is not None and seen.beyond_m > limits.distance_m:
        found.append(Question("H02", f"打卡的地方离这一户登记的位置超出 {seen.beyond_m} 米，请说明在哪里见的面"))
    if seen.at_night:
        found.append(Question("H07", "这次走访记在夜里（22 点到 5 点），请说明时间是否有误"))
    return found
