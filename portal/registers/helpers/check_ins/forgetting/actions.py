"""Erasing what is precise about old visits: bodies and points of claims, EXIF of photos, originals that hold a place."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.registers.divisions.parameters.queries import value_for
from portal.registers.divisions.rules import NATION
from portal.registers.helpers.check_ins.claims.models import Claim
from portal.registers.helpers.check_ins.photos.actions import EXIF_SEAL
from portal.registers.helpers.check_ins.photos.models import Photo
from portal.registers.sealed import keyring_of
from portal.trail.actions import record

BASIS = "个人信息保护法 第四十七条：精确位置保存期限已满"
AT_ONCE = 500


def last_moment(session: Session, at: datetime) -> datetime:
    """What was received before this moment is to be forgotten (parameter `place_days`, nation-wide)."""
    return at - timedelta(days=value_for(session, "place_days", NATION, day_cn(at)).whole)


def erase_places(session: Session, actor: str, received_before: datetime, at: datetime, *, limit: int = AT_ONCE) -> int:
    """Erase bodies and precise points of claims received before a moment; returns how many. One event for all of them.

    What stays: the rounded point and the distance at the check-in, counter and hashes, and that the signature held. The
    row's earlier state is not kept anywhere: claims have no versions. Backups hold it until they are deleted.
    """
    rows = session.scalars(
        select(Claim)
        .where(Claim.erased_at.is_(None), Claim.received_at < received_before)
        .order_by(Claim.received_at, Claim.id)
        .limit(limit)
    ).all()
    if not rows:
        return 0
    for row in rows:
        row.body_sealed, row.point_sealed, row.erased_at = None, None, at
    session.flush()
    _record(session, "claims.erased", actor, "claims", [row.id for row in rows], received_before, at)
    return len(rows)


def forget_exif(
    session: Session, actor: str, received_before: datetime, at: datetime, *, limit: int = AT_ONCE
) -> tuple[int, list[str]]:
    """Erase what photos received before a moment said of themselves; how many, and digests whose originals hold a place.

    Their files are destroyed by the caller after the commit; the rebuilt picture stays. An original that somebody has
    uploaded again since is left until that upload's time is over too.
    """
    rows = session.scalars(
        select(Photo)
        .where(Photo.exif_sealed.is_not(None), Photo.received_at < received_before)
        .order_by(Photo.received_at, Photo.id)
        .limit(limit)
    ).all()
    if not rows:
        return 0, []
    keyring = keyring_of(session)
    with_place = []
    for row in rows:
        if "lat_e7" in json.loads(keyring.open_(row.exif_sealed or b"", EXIF_SEAL)):
            row.forgotten_at = at
            with_place.append(row.sha256)
        row.exif_sealed = None
    session.flush()
    _record(session, "photos.erased", actor, "photos", [row.id for row in rows], received_before, at)
    return len(rows), _no_longer_needed(session, with_place)


def _no_longer_needed(session: Session, digests: Sequence[bytes]) -> list[str]:
    rows = session.execute(
        select(Photo.sha256)
        .where(Photo.sha256.in_(digests))
        .group_by(Photo.sha256)
        .having(func.count() == func.count(Photo.forgotten_at))
    )
    return sorted(digest.hex() for (digest,) in rows)


def list_destroyed(session: Session, since: datetime) -> list[str]:
    """Digests of originals that were to be destroyed since a moment: the job makes sure that they are gone."""
    rows = session.execute(select(Photo.sha256).where(Photo.forgotten_at >= since))
    return _no_longer_needed(session, [digest for (digest,) in rows])


def _record(
    session: Session, kind: str, actor: str, what: str, ids: Sequence[int], received_before: datetime, at: datetime
) -> None:
    record(
        session,
        kind=kind,
        actor=actor,
        subjects=[(what, f"{min(ids)}-{max(ids)}")],
        after={"ids": list(ids), "received_before": received_before},
        why=BASIS,
        at=at,
    )
