"""Reads of dispositions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.oversight.cases.dispositions.models import CaseDisposition
from portal.oversight.cases.dispositions.models import Decision as Decision
from portal.oversight.cases.dispositions.models import Disposition as Disposition
from portal.registers.sealed import keyring_of, seal_name

TABLE: Final = "case_dispositions"


@dataclass(frozen=True)
class DispositionRow:
    """One proposal with its study, opened, and what was decided."""

    disposition: str
    studied_on: date
    present: Sequence[str]
    opinions: str
    proposed_by: str
    proposed_at: datetime
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None
    why: str


def dispositions_of(session: Session, case_id: int) -> list[DispositionRow]:
    """Every proposal of a case, the first one first."""
    keyring = keyring_of(session)
    rows = session.scalars(
        select(CaseDisposition).where(CaseDisposition.case_id == case_id).order_by(CaseDisposition.id)
    )
    found = []
    for row in rows:
        study = json.loads(keyring.open_(row.study_sealed, seal_name(TABLE, "study_sealed")))
        why = keyring.open_(row.why_sealed, seal_name(TABLE, "why_sealed")) if row.why_sealed else ""
        found.append(
            DispositionRow(
                row.disposition, row.studied_on, study["present"], study["opinions"], row.proposed_by, row.proposed_at,
                row.decision, row.decided_by, row.decided_at, why,
            )
        )  # fmt: skip
    return found
