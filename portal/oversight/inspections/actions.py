"""What happens in a random inspection: the seed is promised, revealed with the draw; two inspectors write what they found."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.queries import find_user
from portal.kernel import sealed_files
from portal.kernel.clock import day_cn
from portal.kernel.database import reserve_ids, take_turns
from portal.kernel.draws import Drawn, draw
from portal.kernel.errors import NotFound, Refused
from portal.kernel.photos.reading import read_photo
from portal.oversight.inspections.models import (
    Inspection,
    InspectionItem,
    InspectionPhoto,
    InspectionState,
    InspectionStratum,
    ItemState,
    Outcome,
    Stratum,
)
from portal.oversight.inspections.queries import ITEMS, members_of, of_month
from portal.oversight.inspections.rules import (
    CODES,
    DUE,
    NEW_WITHIN,
    SHARES,
    Member,
    Point,
    commit_problem,
    commitment_of,
    digest_of,
    draw_problem,
    inspectors_problem,
    outcome_of,
    record_problem,
    stratum_of,
    token_of,
)
from portal.oversight.leads.findings.actions import find
from portal.oversight.leads.findings.models import Finding
from portal.registers.corrections import Act, need_reason
from portal.registers.divisions.parameters.queries import value_for
from portal.registers.sealed import keyring_of, seal_name
from portal.trail.actions import record
from portal.trail.queries import find_index

TABLE = "inspections"
FOLDER = "inspections"
MOST_PHOTOS = 6


def commit_seed(session: Session, division: str, act: Act, at: datetime, *, seed: str | None = None) -> Inspection:
    """Promise a seed for a draw in a place: only its hash is told, in the public log. Raises Refused.

    `seed`: handed in only where somebody else's dice are used. The shares that hold today go with the promise, so that
    nobody changes them once the seed could be known.
    """
    need_reason(act)
    day = day_cn(at)
    take_turns(session, f"inspection/{division}")
    commit_problem(division, of_month(session, division, day))
    shares = {CODES[one]: _share(session, one, division, day) for one in Stratum}
    number = reserve_ids(session.connection(), TABLE, 1)
    no, secret, keyring = f"SJ-{day.year}-{number:06d}", seed or secrets.token_hex(32), keyring_of(session)
    row = Inspection(
        id=number, no=no, division_code=division, new_since=day - NEW_WITHIN, shares=shares,
        commitment=commitment_of(no, secret), seed_sealed=keyring.seal(secret, seal_name(TABLE, "seed_sealed")),
        key_sealed=keyring.seal(secrets.token_hex(32), seal_name(TABLE, "key_sealed")),
        state=InspectionState.COMMITTED, committed_by=act.actor, committed_at=at, commit_event="",
    )  # fmt: skip
    facts = {
        "no": no, "division": division, "commitment": row.commitment, "new_since": row.new_since.isoformat(),
        "shares": shares,
    }  # fmt: skip
    done = record(
        session, kind="sampling.committed", actor=act.actor, subjects=[("inspection", no)], after=facts, why=act.why,
        unit=division, public=facts, request_id=act.request_id, at=at,
    )  # fmt: skip
    row.commit_event = done.event_id
    session.add(row)
    session.flush()
    return row


def _share(session: Session, stratum: Stratum, division: str, day: date) -> str:
    return format(value_for(session, SHARES[stratum], division, day).number.normalize(), "f")


def draw_inspection(
    session: Session, no: str, act: Act, at: datetime, *, is_published: bool | None = None
) -> Inspection:
    """Reveal the seed and draw, each stratum by its share, from who is listed at this moment. Raises Refused, NotFound.

    `is_published`: handed in only by a history that is written in one piece, whose promise is published with the draw.
    """
    row = session.scalar(select(Inspection).where(Inspection.no == no).with_for_update())
    if row is None:
        raise NotFound("没有这次随机抽查", fix="核对抽查编号")
    if is_published is None:
        is_published = find_index(session, row.commit_event) is not None
    draw_problem(row.state, is_published=is_published)
    keyring = keyring_of(session)
    seed = keyring.open_(row.seed_sealed, seal_name(TABLE, "seed_sealed"))
    key = bytes.fromhex(keyring.open_(row.key_sealed, seal_name(TABLE, "key_sealed")))
    groups: dict[Stratum, dict[str, Member]] = {one: {} for one in Stratum}
    for member in members_of(session, row.division_code):
        groups[stratum_of(member, row.new_since)][token_of(key, member.no)] = member
    if not any(groups.values()):
        raise Refused("这个地方没有在册的户", fix="核对区划")
    drawn = {one: draw(groups[one], _number(row, one), seed) for one in Stratum}
    row.seed, row.state, row.drawn_by, row.drawn_at = seed, InspectionState.DRAWN, act.actor, at
    row.due_on = day_cn(at) + DUE
    row.draw_event = _record_draw(session, row, drawn, act, at)
    _write_strata(session, row, groups, drawn)
    _write_items(session, row, [(one, token, groups[one][token]) for one in Stratum for token in drawn[one].sample])
    session.flush()
    return row


def _number(row: Inspection, stratum: Stratum) -> Decimal:
    return Decimal(row.shares[CODES[stratum]])


def _record_draw(session: Session, row: Inspection, drawn: Mapping[Stratum, Drawn], act: Act, at: datetime) -> str:
    strata = [
        {
            "stratum": CODES[one], "per_cent": row.shares[CODES[one]], "population": made.population,
            "population_sha256": made.population_sha256, "drawn": len(made.sample),
            "sample_sha256": digest_of(made.sample),
        }
        for one, made in drawn.items()
    ]  # fmt: skip
    facts = {
        "no": row.no,
        "division": row.division_code,
        "commitment": row.commitment,
        "seed": row.seed,
        "strata": strata,
    }
    done = record(
        session, kind="sampling.drawn", actor=act.actor, subjects=[("inspection", row.no)],
        before={"state": InspectionState.COMMITTED}, after={**facts, "state": row.state}, why=act.why or None,
        unit=row.division_code, public=facts, request_id=act.request_id, at=at,
    )  # fmt: skip
    return done.event_id


def _write_strata(
    session: Session, row: Inspection, groups: Mapping[Stratum, Mapping[str, Member]], drawn: Mapping[Stratum, Drawn]
) -> None:
    first = reserve_ids(session.connection(), "inspection_strata", len(drawn))
    session.add_all(
        InspectionStratum(
            id=first + place, inspection_id=row.id, stratum=one, per_cent=row.shares[CODES[one]],
            population=made.population, population_sha256=made.population_sha256, drawn=len(made.sample),
            sample_sha256=digest_of(made.sample), tokens=sorted(groups[one]),
        )
        for place, (one, made) in enumerate(drawn.items())
    )  # fmt: skip


def _write_items(session: Session, row: Inspection, sample: Sequence[tuple[Stratum, str, Member]]) -> None:
    first = reserve_ids(session.connection(), ITEMS, len(sample))
    session.add_all(
        InspectionItem(
            id=first + place, no=f"{row.no}-{place + 1}", inspection_id=row.id, stratum=stratum, token=token,
            household_no=member.no, division_code=member.division_code, due_on=row.due_on, state=ItemState.OPEN,
        )
        for place, (stratum, token, member) in enumerate(sample)
    )  # fmt: skip


@dataclass(frozen=True)
class OnSite:
    """What was found at a household: when, with whom, the answers (question → answer and note), a note, and leads judged.

    `met`: somebody of the household was there. Nobody of it signs anything. `once`: the sender's own key of this record,
    by which a second sending of it is known. `point`: where the telephone was, if the inspector let it say so.
    """

    visited_on: date
    second_inspector: str
    met: bool
    answers: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    leads: Mapping[str, Finding] = field(default_factory=dict)
    once: str = ""
    point: Point | None = None


def record_on_site(session: Session, no: str, found: OnSite, act: Act, at: datetime) -> InspectionItem:
    """Write down what two inspectors found. Answers and notes are sealed; leads of the household that they could judge
    get their finding, which counts for the precision of the rules. Raises NotFound, Refused, BadInput.
    """
    item = session.scalar(select(InspectionItem).where(InspectionItem.no == no).with_for_update())
    if item is None:
        raise NotFound("没有这条抽查事项", fix="从名单重新进入")
    row = session.get_one(Inspection, item.inspection_id)
    assert row.drawn_at is not None
    record_problem(item.state, found.met, found.answers, found.visited_on, day_cn(row.drawn_at), day_cn(at))
    inspectors_problem(act.actor, found.second_inspector, find_user(session, found.second_inspector) is not None)
    before, outcome = item.state, outcome_of(found.met, found.answers)
    said = {
        "answers": {code: [answer, found.notes.get(code, "")] for code, answer in found.answers.items()},
        "note": found.note,
        "once": found.once,
        **({"point": vars(found.point)} if found.point else {}),
    }
    item.state = ItemState.VISITED if found.met else ItemState.NOT_MET
    item.outcome, item.visited_on = outcome, found.visited_on
    item.first_inspector, item.second_inspector = act.actor, f"user:{found.second_inspector}"
    item.findings_sealed = keyring_of(session).seal(
        json.dumps(said, ensure_ascii=False, sort_keys=True), seal_name(ITEMS, "findings_sealed")
    )
    item.reported_by, item.reported_at = act.actor, at
    session.flush()
    record(
        session, kind="inspection.recorded", actor=act.actor,
        subjects=[("inspection", row.no), ("inspection_item", no), ("household", item.household_no)],
        before={"state": before}, after={"state": item.state, "outcome": outcome, "visited_on": found.visited_on.isoformat()},
        request_id=act.request_id, sealed=True, at=at,
    )  # fmt: skip
    for lead_no, finding in found.leads.items():
        find(session, lead_no, finding, Act(act.actor, f"随机抽查 {no} 入户核实", act.request_id), at)
    _close_when_done(session, row, act, at)
    return item


def was_recorded(session: Session, no: str, once: str, actor: str) -> bool:
    """Whether this very record has come before: a telephone that lost its signal sends it again."""
    item = session.scalar(select(InspectionItem).where(InspectionItem.no == no).with_for_update())
    if not once or item is None or item.reported_by != actor or item.findings_sealed is None:
        return False
    said = json.loads(keyring_of(session).open_(item.findings_sealed, seal_name(ITEMS, "findings_sealed")))
    return bool(said.get("once") == once)


def _close_when_done(session: Session, row: Inspection, act: Act, at: datetime) -> None:
    waiting = select(func.count()).where(InspectionItem.inspection_id == row.id, InspectionItem.state == ItemState.OPEN)
    if row.state != InspectionState.DRAWN or session.scalar(waiting):
        return
    row.state = InspectionState.CLOSED
    session.flush()
    record(
        session, kind="sampling.closed", actor=act.actor, subjects=[("inspection", row.no)],
        before={"state": InspectionState.DRAWN}, after={"state": row.state}, unit=row.division_code,
        request_id=act.request_id, at=at,
    )  # fmt: skip


def link_lead(session: Session, no: str, lead_no: str, act: Act, at: datetime) -> None:
    """Note which lead came of a visit that found a difference."""
    item = session.scalar(select(InspectionItem).where(InspectionItem.no == no))
    if item is None or item.outcome != Outcome.DIFFERS or item.lead_no == lead_no:
        return
    item.lead_no = lead_no
    session.flush()
    record(
        session, kind="inspection.lead.opened", actor=act.actor,
        subjects=[("inspection_item", no), ("lead", lead_no)], after={"lead_no": lead_no}, request_id=act.request_id,
        sealed=True, at=at,
    )  # fmt: skip


def keep_photo(session: Session, files_dir: Path, no: str, data: bytes, act: Act, at: datetime) -> None:
    """Keep a picture of a visit: rebuilt without anything the telephone put into it, sealed as a file."""
    photo = read_photo(data)
    digest = hashlib.sha256(photo.derivative).digest()
    sealed_files.keep(files_dir / FOLDER, digest.hex(), photo.derivative, keyring_of(session))
    known = list(session.scalars(select(InspectionPhoto.sha256).where(InspectionPhoto.item_no == no)))
    if digest in known:
        return
    if len(known) >= MOST_PHOTOS:
        raise Refused(f"一次入户最多 {MOST_PHOTOS} 张照片", fix="留下看得清的")
    number = reserve_ids(session.connection(), "inspection_photos", 1)
    session.add(
        InspectionPhoto(
            id=number, item_no=no, sha256=digest, width=photo.width, height=photo.height, kept_by=act.actor, kept_at=at
        )
    )
    session.flush()
    record(
        session, kind="inspection.photo.kept", actor=act.actor, subjects=[("inspection_item", no)],
        after={"sha256": digest.hex()}, request_id=act.request_id, sealed=True, at=at,
    )  # fmt: skip


def read_photo_file(session: Session, files_dir: Path, sha256: bytes) -> bytes:
    """The bytes of a picture, for a door that has asked who may see it."""
    return sealed_files.read(files_dir / FOLDER, sha256.hex(), keyring_of(session))
