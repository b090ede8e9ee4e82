"""H09: a device's signed messages form one chain. A gap, a fork or a wrong predecessor is seen from the messages alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Final

from sqlalchemy import String, and_, case, cast, exists, false, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from portal.checks.registry import Looking, Row, Rule, Statement
from portal.checks.warnings.helping.visits import ASKED_FIRST, BASIS, FIRST, LOOK_BACK_DAYS, clears, known, received
from portal.oversight.leads.queries import Severity
from portal.registers.helpers.check_ins.claims.models import Claim, Outcome
from portal.registers.helpers.check_ins.claims.rules import FIRST as NO_PREDECESSOR
from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.helpers.check_ins.questions.rules import Question

_BEFORE, _BETWEEN, _BESIDE = aliased(Claim), aliased(Claim), aliased(Claim)


def _columns(kind: Any, division: Any) -> Any:
    return select(
        Claim.device_id,
        Claim.counter,
        Claim.claim_id,
        Claim.helper_no,
        Claim.received_at,
        kind.label("kind"),
        division.label("division_code"),
        Claim.id.label("claim"),
    )


def _accepted(looking: Looking, kind: Any) -> Any:
    """Accepted claims of the window, found by their check-ins."""
    query = _columns(kind, CheckIn.division_code).select_from(CheckIn)
    mine = and_(Claim.claim_id == CheckIn.claim_id, Claim.outcome == Outcome.ACCEPTED)
    return query.join(Claim, mine).where(received(looking))


def _broken_links(looking: Looking) -> Any:
    """Accepted claims that name no predecessor of their place.

    The predecessor stands one place before, or further back while only refused messages lie between: these keep their
    place, and the next claim may follow them or leave them out.
    """
    start = func.coalesce(_BEFORE.counter, 0)
    between = [
        _BETWEEN.device_id == Claim.device_id, _BETWEEN.counter > start, _BETWEEN.counter < Claim.counter,
        known(looking, _BETWEEN.received_at),
    ]  # fmt: skip
    places = select(func.count(func.distinct(_BETWEEN.counter))).where(*between).scalar_subquery()
    skips_accepted = exists(select(_BETWEEN.id).where(*between, _BETWEEN.outcome == Outcome.ACCEPTED))
    is_first = Claim.previous_sha256 == NO_PREDECESSOR
    plain = or_(_BEFORE.counter == Claim.counter - 1, and_(is_first, Claim.counter == 1))
    over_refused = and_(
        or_(_BEFORE.id.is_not(None), is_first), places == Claim.counter - start - 1, ~skips_accepted
    )  # fmt: skip
    beside = exists(
        select(_BESIDE.id).where(
            _BESIDE.device_id == Claim.device_id,
            _BESIDE.counter == Claim.counter - 1,
            known(looking, _BESIDE.received_at),
        )
    )
    kind = case((or_(Claim.counter == 1, beside), "predecessor"), else_="gap")
    names = and_(
        _BEFORE.message_sha256 == Claim.previous_sha256, _BEFORE.device_id == Claim.device_id,
        _BEFORE.counter < Claim.counter, known(looking, _BEFORE.received_at),
    )  # fmt: skip
    found = _accepted(looking, kind).outerjoin(_BEFORE, names)
    return found.where(~func.coalesce(plain, false()), ~func.coalesce(over_refused, false()))


def _forks(looking: Looking) -> Any:
    """A second accepted claim at a place that is taken."""
    first = exists(
        select(_BESIDE.id).where(
            _BESIDE.device_id == Claim.device_id, _BESIDE.counter == Claim.counter, _BESIDE.id < Claim.id,
            _BESIDE.outcome == Outcome.ACCEPTED, known(looking, _BESIDE.received_at),
        )
    )  # fmt: skip
    return _accepted(looking, literal("fork")).where(first)


def _conflicts(looking: Looking) -> Any:
    """Well-signed other bytes under an id that was used."""
    query = _columns(literal("conflict"), CheckIn.division_code).select_from(Claim)
    found = query.join(CheckIn, CheckIn.claim_id == Claim.claim_id)
    recent = received(looking, Claim.received_at)
    if looking.known_at is None:
        recent = and_(recent, Claim.erased_at.is_(None))  # as the index has it
    return found.where(recent, known(looking, Claim.received_at), Claim.outcome == Outcome.CONFLICT)


def broken_chain(looking: Looking) -> Statement:
    """Every place of a chain at which something does not fit, by device and counter."""
    found = union_all(_broken_links(looking), _forks(looking), _conflicts(looking)).subquery()
    return select(
        literal("chain").label("subject_kind"),
        (found.c.device_id + "/" + cast(found.c.counter, String)).label("subject_no"),
        *found.c,
        clears("补上缺的那条，或说明手机重装、换机，并核实这部手机当时在谁手里"),
    )


def one_lead_a_place(_looking: Looking, rows: Iterable[Row]) -> Iterator[Row]:
    """One hit for each place, naming every fault there."""
    in_order = sorted(rows, key=lambda row: (row["subject_no"], row["claim"], row["kind"]))
    for subject, group in groupby(in_order, key=lambda row: row["subject_no"]):
        faults = list(group)
        last = faults[-1]
        yield {
            "subject_kind": "chain",
            "subject_no": subject,
            "division_code": last["division_code"],
            "helper_no": last["helper_no"],
            "check_in": last["claim_id"],
            "counter": last["counter"],
            "kinds": sorted({fault["kind"] for fault in faults}),
            "check_ins": sorted({fault["claim_id"] for fault in faults}),
            "received_at": last["received_at"],
            "would_clear": last["would_clear"],
        }


H09: Final = Rule(
    code="H09",
    title="设备链断裂",
    looks_at="每部手机签名的走访声明",
    condition="序号缺号、同一序号两条、前一条的摘要接不上，或同一编号两种内容；被退回的声明保留它的序号，不算缺",
    severity=Severity.SERIOUS,
    verifier=ASKED_FIRST,
    may_follow="重装、换机的写明并重新登记手机；一个密钥两部手机用的，撤销手机，这些走访逐户回访",
    guide="缺号：队列还没有传完，或有一条丢了，请本人在手机端导出队列。分叉：同一个密钥在两处用，看两条的时间和地点能不能是一个人。"
    "前一条接不上：手机数据被还原过。重装后应当重新登记手机，序号从 1 起。",
    legal_basis=BASIS,
    expression=broken_chain,
    history=FIRST,
    window_days=LOOK_BACK_DAYS,
    question=Question("H09", "这部手机的走访序号接不上，请说明手机换过、重装过或借给别人没有"),
    gather=one_lead_a_place,
)
