"""Reads of rounds; what was said and seen leaves here sealed but for one page of one lead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel import sealed_files
from portal.kernel.sealing import Keyring
from portal.oversight.leads.rounds.models import Disposition as Disposition
from portal.oversight.leads.rounds.models import LeadRound
from portal.oversight.leads.rounds.models import Speaker as Speaker
from portal.registers.recipients.models import Household
from portal.registers.recipients.procedures.reconfirmations.models import Reconfirmation, ReconfirmState
from portal.registers.sealed import keyring_of, seal_name

FOLDER: Final = "lead-photos"


@dataclass(frozen=True)
class RoundRow:
    """One round, without what was said."""

    round: int
    visited_on: date | None
    first_visitor: str | None
    second_visitor: str | None
    speaker: str | None
    photo: str | None
    visited_by: str | None
    conclusion: str | None
    verified_by: str | None
    verified_at: datetime | None
    reviewed_by: str | None
    reviewed_at: datetime | None
    review: str | None
    review_why: str | None
    disposition: str | None
    decided_by: str | None
    decided_at: datetime | None
    decided_why: str | None
    reconfirmation_no: str | None
    procedure_no: str | None


def list_rounds(session: Session, lead_id: int) -> list[RoundRow]:
    """Every round of a lead, the first one first."""
    columns = [getattr(LeadRound, name) for name in RoundRow.__dataclass_fields__]
    rows = session.execute(select(*columns).where(LeadRound.lead_id == lead_id).order_by(LeadRound.round))
    return [RoundRow(*row) for row in rows]


def said_in(session: Session, keyring: Keyring, lead_id: int) -> dict[int, tuple[str, str]]:
    """By round: what the household or helper said, and what was seen; opened for who may verify the lead."""
    query = select(LeadRound.round, LeadRound.said_sealed, LeadRound.found_sealed).where(
        LeadRound.lead_id == lead_id, LeadRound.found_sealed.is_not(None)
    )
    return {
        number: (
            keyring.open_(said, seal_name("lead_rounds", "said_sealed")) if said else "",
            keyring.open_(found, seal_name("lead_rounds", "found_sealed")) if found else "",
        )
        for number, said, found in session.execute(query)
    }


def concluded_reconfirmation(session: Session, lead_no: str, household_id: int | None) -> str | None:
    """The number of the household's reconfirmation about this lead that has its conclusion; None when there is none."""
    query = select(Reconfirmation.no).where(
        Reconfirmation.household_id == household_id, Reconfirmation.subject_kind == "lead",
        Reconfirmation.subject_no == lead_no, Reconfirmation.state == ReconfirmState.CONCLUDED,
    )  # fmt: skip
    return session.scalar(query.order_by(Reconfirmation.id.desc()).limit(1))


def find_household_id(session: Session, household_no: str | None) -> int | None:
    """The stable id of a lead's household; None where it has none."""
    if household_no is None:
        return None
    return session.scalar(select(Household.id).where(Household.no == household_no))


def photo_name(digest: str) -> str:
    """Under which name a picture lies."""
    return f"{digest}.jpg"


def open_photo(session: Session, files_dir: Path, digest: str) -> bytes:
    """The rebuilt picture of a visit."""
    return sealed_files.read(files_dir / FOLDER, photo_name(digest), keyring_of(session))
