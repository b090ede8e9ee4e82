"""H03: one photo for two visits, the very same bytes or a picture that looks alike (cropped, mirrored, recompressed)."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Integer, case, func, literal, select, union_all

from portal.checks.registry import Looking, ParameterRead, Rule, Statement
from portal.checks.thresholds import threshold
from portal.checks.warnings.helping.visits import ASKED_FIRST, BASIS, FIRST, LOOK_BACK_DAYS, clears, known, visit_rows
from portal.oversight.leads.queries import Severity
from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.helpers.check_ins.photos.models import Photo, PhotoMatch, PhotoWindows, VisitPhoto
from portal.registers.helpers.check_ins.questions.rules import Question

BITS: Final = ParameterRead("photo_near_bits", "4", "位")
_OTHERS: Final = CheckIn.__table__.alias("other_visit")
_MINE, _THEIRS = Photo.__table__.alias("own"), Photo.__table__.alias("other")
_NAMED, _NAMED_THERE = VisitPhoto.__table__.alias("named"), VisitPhoto.__table__.alias("named_there")
_ALIKE, _SEEN = PhotoMatch.__table__, PhotoWindows.__table__


def _identical(looking: Looking) -> Any:
    """Visits that name bytes which an earlier visit has named."""
    query = visit_rows(
        looking, literal(1).label("same"), literal(0, Integer).label("bits"), _OTHERS.c.claim_id.label("other_claim")
    )
    return (
        query.join(_NAMED, _NAMED.c.check_in_id == CheckIn.identity)
        .join(_MINE, _MINE.c.id == _NAMED.c.photo_id)
        .join(_THEIRS, _THEIRS.c.sha256 == _MINE.c.sha256)
        .join(_NAMED_THERE, _NAMED_THERE.c.photo_id == _THEIRS.c.id)
        .join(_OTHERS, _OTHERS.c.id == _NAMED_THERE.c.check_in_id)
        .where(_OTHERS.c.claim_id != CheckIn.claim_id, _is_earlier())
    )


def _is_earlier() -> Any:
    earlier = _OTHERS.c.received_at < CheckIn.received_at
    return earlier | ((_OTHERS.c.received_at == CheckIn.received_at) & (_OTHERS.c.id < CheckIn.identity))


def _near(looking: Looking) -> Any:
    """Visits with a photo that looks like an earlier photo of another visit, as the worker has found."""
    limit = threshold(looking, BITS, CheckIn.division_code, CheckIn.visited_on)
    query = visit_rows(looking, literal(0).label("same"), _ALIKE.c.bits, _OTHERS.c.claim_id.label("other_claim"))
    return (
        query.join(_NAMED, _NAMED.c.check_in_id == CheckIn.identity)
        .join(_ALIKE, _ALIKE.c.photo_id == _NAMED.c.photo_id)
        .join(_SEEN, _SEEN.c.photo_id == _ALIKE.c.photo_id)
        .join(_NAMED_THERE, _NAMED_THERE.c.photo_id == _ALIKE.c.earlier_id)
        .join(_OTHERS, _OTHERS.c.id == _NAMED_THERE.c.check_in_id)
        .where(_OTHERS.c.claim_id != CheckIn.claim_id, _ALIKE.c.bits <= limit)
        .where(
            known(looking, _OTHERS.c.received_at),
            known(looking, _SEEN.c.done_at) if looking.known_at else literal(1) == 1,
        )
    )


def used_before(looking: Looking) -> Statement:
    """One row for each visit with a photo of another visit; identical bytes are serious, a likeness is not."""
    found = union_all(_identical(looking), _near(looking)).subquery()
    subject = [found.c[name] for name in _SUBJECT]
    same = func.max(found.c.same)
    return select(
        *subject,
        case((same == 1, Severity.SERIOUS.value), else_=Severity.ORDINARY.value).label("severity"),
        same.label("identical"),
        func.min(found.c.bits).label("bits"),
        func.count(func.distinct(found.c.other_claim)).label("other_visits"),
        func.min(found.c.other_claim).label("other_check_in"),
        clears("本人说明并补一张当时的照片，或核实两次走访都真实（同一处门口、同样的角度）"),
    ).group_by(*subject)


_SUBJECT: Final = (
    "subject_kind", "subject_no", "division_code", "household_no", "helper_no", "visited_on", "received_at",
)  # fmt: skip

H03: Final = Rule(
    code="H03",
    title="照片重复",
    looks_at="走访打卡的照片",
    condition="照片与别的走访较早的照片完全相同，或感知哈希（含裁剪、镜像）相差不超过限定位数",
    severity=Severity.ORDINARY,
    verifier=ASKED_FIRST,
    may_follow="补拍、说明；同一张照片用在多户、多次走访上的，这些走访不计，严重的移交纪检监察",
    guide="把两张照片并排看：同一处门口、同样的姿势会很像，不等于造假；完全相同的字节不会自己出现。看照片里的随机码、时间和天气，"
    "再问两户有没有来过。完全相同为严重，相像为一般。",
    legal_basis=BASIS,
    expression=used_before,
    history=FIRST,
    parameters=(BITS,),
    window_days=LOOK_BACK_DAYS,
    question=Question("H03", "这次走访的照片和别的走访的照片相同或很像，请说明是怎么回事"),
)
