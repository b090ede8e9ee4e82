"""Reads of visits for the office: the list, one visit with its household and chain, forms on paper."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement, CompoundSelect, Select, func, select, union
from sqlalchemy.orm import Session, aliased

from portal.kernel import sealed_files
from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.kernel.prefix import begins
from portal.registers.corrections import RecordRow, as_record, record_row
from portal.registers.divisions.queries import lies_within
from portal.registers.helpers.check_ins.claims.models import Claim, Outcome
from portal.registers.helpers.check_ins.models import CheckIn, Source, State, Visit
from portal.registers.helpers.check_ins.paper.models import PaperVisit
from portal.registers.helpers.check_ins.photos.queries import photos_of
from portal.registers.helpers.check_ins.photos.rules import FOLDER, derivative_name
from portal.registers.helpers.check_ins.queries import VisitRow
from portal.registers.helpers.check_ins.questions.models import VisitQuestion
from portal.registers.helpers.models import Helper
from portal.registers.recipients.models import Household, Person
from portal.registers.recipients.rules import HEAD
from portal.registers.sealed import keyring_of

USUAL_SPAN: Final = timedelta(days=90)
_CHUNK: Final = 500
_FEW: Final = 200
_Found = aliased(Helper)
_LIST = (
    CheckIn.id,
    CheckIn.claim_id,
    CheckIn.visited_on,
    CheckIn.household_id,
    CheckIn.helper_id,
    CheckIn.division_code,
    CheckIn.source,
    CheckIn.visit,
    CheckIn.not_possible_reason,
    CheckIn.distance_m,
    CheckIn.accuracy_m,
    CheckIn.photo_count,
    CheckIn.state,
)


@dataclass(frozen=True)
class VisitFilter:
    """What a list of visits is narrowed to. Without a first day, a helper or a household: the latest 90 days."""

    helper: str = ""  # number, or the beginning of the name
    household: str = ""  # number
    state: str = ""
    visit: str = ""
    source: str = ""
    since: date | None = None
    until: date | None = None

    def first_day(self, today: date) -> date | None:
        """The first day that is listed; None: all of that helper or household."""
        if self.since is not None or self.helper or self.household:
            return self.since
        return (self.until or today) - USUAL_SPAN


def list_visits(
    session: Session,
    within: Collection[str],
    wanted: VisitFilter,
    today: date,
    after: Start | None = None,
    limit: int = 51,
) -> list[dict[str, Any]]:
    """Visits to households of some divisions, the latest first; names and open questions are read for one page only."""
    whose, are_few = _whose(session, wanted)
    # Of one household or a few helpers: gathered and sorted, for the walk by day would go on to the end of all visits.
    day = func.coalesce(CheckIn.visited_on, CheckIn.visited_on) if are_few else CheckIn.visited_on
    query = select(*_LIST).where(lies_within(CheckIn.division_code, within), *whose, *_narrowed(wanted, today))
    rows = rows_beside(session, query, (day, CheckIn.id), after, limit, latest_first=True)
    listed = [dict(row._mapping) for row in rows]
    helpers = _helpers(session, {row["helper_id"] for row in listed})
    homes = homes_of(session, {row["household_id"] for row in listed})
    asked = _open_questions(session, [row["id"] for row in listed if row["state"] == State.ASKED])
    return [
        {**row, **helpers[row["helper_id"]], **homes[row["household_id"]], "open_questions": asked.get(row["id"], 0)}
        for row in listed
    ]


def _whose(session: Session, wanted: VisitFilter) -> tuple[list[ColumnElement[bool]], bool]:
    """What narrows a list to a household or to helpers, and whether few visits are left: a name may be that of many."""
    found: list[ColumnElement[bool]] = []
    are_few = bool(wanted.household)
    if wanted.household:
        homes = session.scalars(select(Household.id).where(Household.no == wanted.household)).all()
        found.append(CheckIn.household_id.in_(homes))
    if wanted.helper:
        helpers = session.scalars(_named(wanted.helper).limit(_FEW + 1)).all()
        are_few = are_few or len(helpers) <= _FEW
        found.append(CheckIn.helper_id.in_(helpers if len(helpers) <= _FEW else _named(wanted.helper)))
    return found, are_few


def _named(helper: str) -> CompoundSelect[*tuple[Any, ...]]:
    """Helpers by number, or by the beginning of the name."""
    numbered = select(_Found.id).where(_Found.no == helper)
    return union(numbered, select(_Found.id).where(begins(_Found.name, helper)))


def _narrowed(wanted: VisitFilter, today: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    first = wanted.first_day(today)
    if first is not None:
        found.append(CheckIn.visited_on >= first)
    if wanted.until is not None:
        found.append(CheckIn.visited_on <= wanted.until)
    for column, value in (
        (CheckIn.state, wanted.state),
        (CheckIn.visit, wanted.visit),
        (CheckIn.source, wanted.source),
    ):
        if value:
            found.append(column == value)
    return found


def _helpers(session: Session, ids: Collection[int]) -> dict[int, dict[str, Any]]:
    rows = _by_ids(session, select(Helper.id, Helper.no, Helper.name), Helper.id, ids)
    return {number: {"helper_no": no, "helper_name": name} for number, no, name in rows}


def homes_of(session: Session, ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Number and head's name (whole: disclosure masks it) of some households."""
    found: dict[int, dict[str, Any]] = {
        number: {"household_no": no, "head_name": None}
        for number, no in _by_ids(session, select(Household.id, Household.no), Household.id, ids)
    }
    heads = select(Person.household_id, Person.name).where(Person.relation == HEAD).order_by(Person.id.desc())
    for household, name in _by_ids(session, heads, Person.household_id, ids):
        found[household]["head_name"] = name
    return found


def _by_ids(session: Session, query: Select[*tuple[Any, ...]], column: Any, ids: Iterable[int]) -> Iterable[Any]:
    wanted = sorted(ids)
    for start in range(0, len(wanted), _CHUNK):
        yield from session.execute(query.where(column.in_(wanted[start : start + _CHUNK])))


def _open_questions(session: Session, ids: Collection[int]) -> dict[int, int]:
    query = select(VisitQuestion.check_in_id, func.count()).where(VisitQuestion.answered_at.is_(None))
    counted = query.group_by(VisitQuestion.check_in_id)
    return {number: count for number, count in _by_ids(session, counted, VisitQuestion.check_in_id, ids)}


@dataclass(frozen=True)
class OneVisit:
    """One visit for its page: the row as every audience knows it, its columns, and whose household it was."""

    row: VisitRow
    values: Mapping[str, Any]
    version: str
    household_no: str
    head_name: str | None
    household_datum: str | None

    @property
    def division_code(self) -> str:
        """Where the household was on that day."""
        return str(self.values["division_code"])


def get_visit(session: Session, claim_id: str) -> OneVisit:
    """A visit by the phone's UUID; raises NotFound."""
    found = find_visits(session, [claim_id])
    if not found:
        raise NotFound("没有这次走访", fix="核对编号，或从列表查找")
    return found[0]


def find_visits(session: Session, claims: Sequence[str]) -> list[OneVisit]:
    """Visits by the phones' UUIDs, in the order asked for; unknown ones are left out."""
    return list(_visits_by(session, CheckIn.claim_id, claims))


def visits_of_ids(session: Session, ids: Sequence[int]) -> list[OneVisit]:
    """Visits by their ids, in the order asked for."""
    return list(_visits_by(session, CheckIn.id, ids))


def _visits_by(session: Session, column: Any, wanted: Sequence[Any]) -> Iterator[OneVisit]:
    rows = session.execute(
        select(column, CheckIn, Helper.no, Helper.name, Household.no, Household.datum)
        .join(Helper, Helper.id == CheckIn.helper_id)
        .join(Household, Household.id == CheckIn.household_id)
        .where(column.in_(wanted))
    ).all()
    heads = homes_of(session, {row[1].household_id for row in rows})
    for row in sorted(rows, key=lambda row: wanted.index(row[0])):
        _asked, visit, helper_no, helper_name, household_no, datum = row
        head = heads[visit.household_id]["head_name"]
        yield _one_visit(visit, helper_no, helper_name, household_no, datum, head)


def _one_visit(
    visit: CheckIn, helper_no: str, helper_name: str, household_no: str, datum: str | None, head: str | None
) -> OneVisit:
    row = VisitRow(
        visit.id, visit.claim_id, visit.captured_at, visit.received_at, helper_no, helper_name, Source(visit.source),
        Visit(visit.visit), visit.not_possible_reason, tuple(visit.activities), tuple(visit.findings), visit.note,
        State(visit.state), visit.photo_count,
    )  # fmt: skip
    record = as_record(visit)
    return OneVisit(row, record.values, record.version, household_no, head, datum)


@dataclass(frozen=True)
class ChainLink:
    """One well-signed message of a phone at or beside a claim's place in its chain; hashes as hexadecimal."""

    claim_id: str
    counter: int
    previous_sha256: str
    message_sha256: str
    is_accepted: bool
    event_id: str | None


def chain_around(session: Session, claim_id: str) -> list[ChainLink]:
    """A claim in the chain of its phone: the messages before, at and after its place; none for a visit on paper."""
    own = session.scalar(select(Claim).where(Claim.claim_id == claim_id, Claim.outcome == Outcome.ACCEPTED))
    if own is None:
        return []
    beside = select(Claim).where(
        Claim.device_id == own.device_id, Claim.counter >= own.counter - 1, Claim.counter <= own.counter + 1
    )
    return [
        ChainLink(
            row.claim_id, row.counter, row.previous_sha256.hex(), row.message_sha256.hex(),
            row.outcome == Outcome.ACCEPTED, row.event_id,
        )
        for row in session.scalars(beside.order_by(Claim.counter, Claim.received_at, Claim.id).limit(12))
    ]  # fmt: skip


def paper_row(session: Session, paper_id: int) -> RecordRow:
    """One visit on paper by its stable id; raises NotFound."""
    return record_row(session, PaperVisit, paper_id)


def derivative_of(session: Session, files_dir: Path, check_in_id: int, photo_id: int) -> bytes:
    """The rebuilt picture (JPEG, no metadata) of a photo that a visit names; raises NotFound."""
    photo = next((p for p in photos_of(session, [check_in_id]).get(check_in_id, ()) if p.id == photo_id), None)
    if photo is None:
        raise NotFound("没有这张照片", fix="从走访的页面重新进入")
    return sealed_files.read(files_dir / FOLDER, derivative_name(photo.sha256), keyring_of(session))
