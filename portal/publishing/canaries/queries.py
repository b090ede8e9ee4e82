"""Reads of watched rows: the values that must never leave, and which row a mark of the gate belongs to."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.kernel.sealing import Keyring
from portal.publishing.canaries.models import Canary, CanarySighting, How
from portal.publishing.numbers import mark_of

__all__ = ["How"]

SEAL = "canaries.sealed"


@dataclass(frozen=True)
class Watched:
    """One watched row: its number, and the values that exist nowhere else."""

    canary_id: int
    values: tuple[str, ...]


def list_watched(session: Session, keyring: Keyring) -> list[Watched]:
    """Every watched row with its opened values."""
    rows = session.execute(select(Canary.id, Canary.sealed).order_by(Canary.id))
    return [Watched(number, tuple(json.loads(keyring.open_(sealed, SEAL)).values())) for number, sealed in rows]


def marks_of(watched: list[Watched]) -> dict[str, int]:
    """From the mark that the gate tells of a found value to the watched row it belongs to."""
    return {mark_of(value.encode()): row.canary_id for row in watched for value in row.values}


def count_sightings(session: Session, canary_id: int) -> int:
    """How often one was seen outside."""
    return (
        session.scalar(select(func.count()).select_from(CanarySighting).where(CanarySighting.canary_id == canary_id))
        or 0
    )
