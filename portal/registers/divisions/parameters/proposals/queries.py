"""Reads of proposed parameters."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.registers.divisions.parameters.proposals.models import Doing as Doing
from portal.registers.divisions.parameters.proposals.models import ParameterProposal
from portal.registers.divisions.parameters.proposals.models import ProposalState as ProposalState
from portal.registers.divisions.queries import lies_within


@dataclass(frozen=True)
class ProposalRow:
    """One proposed change."""

    no: str
    doing: str
    name: str
    division_code: str
    parameter_id: int | None
    wanted: dict[str, Any]
    stood: dict[str, Any] | None
    why: str
    proposed_by: str
    proposed_at: datetime
    state: str
    decided_by: str | None
    decided_at: datetime | None
    decided_why: str | None

    @property
    def waits(self) -> bool:
        """Nobody has decided it yet."""
        return self.state == ProposalState.WAITING


_COLUMNS = [getattr(ParameterProposal, name) for name in ProposalRow.__dataclass_fields__]


def get_proposal(session: Session, no: str) -> ProposalRow:
    """One proposed change; NotFound when there is none."""
    row = session.execute(select(*_COLUMNS).where(ParameterProposal.no == no)).first()
    if row is None:
        raise NotFound("没有这项改动", fix="从动态参数的清单重新进入")
    return ProposalRow(**row._mapping)


def list_waiting(session: Session, within: Collection[str], *, limit: int) -> list[ProposalRow]:
    """Changes that wait for a second person, the oldest first."""
    query = (
        select(*_COLUMNS)
        .where(ParameterProposal.state == ProposalState.WAITING, lies_within(ParameterProposal.division_code, within))
        .order_by(ParameterProposal.id)
        .limit(limit)
    )
    return [ProposalRow(**row._mapping) for row in session.execute(query)]


def list_waiting_of(session: Session, parameter_id: int) -> list[ProposalRow]:
    """What waits for one row."""
    query = select(*_COLUMNS).where(
        ParameterProposal.state == ProposalState.WAITING, ParameterProposal.parameter_id == parameter_id
    )
    return [ProposalRow(**row._mapping) for row in session.execute(query.order_by(ParameterProposal.id))]
