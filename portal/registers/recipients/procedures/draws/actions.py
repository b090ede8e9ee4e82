"""The county's draw among procedures: an act in the trail, with all that repeats it."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.database import reserve_ids, take_turns
from portal.kernel.draws import draw
from portal.kernel.errors import Refused
from portal.registers.divisions.parameters.queries import value_for
from portal.registers.recipients.procedures.draws.models import ProcedureDraw, SampleReason
from portal.registers.recipients.procedures.draws.queries import related_among, waiting_for_draw
from portal.registers.recipients.procedures.draws.rules import draw_problem
from portal.trail.actions import record


def record_draw(
    session: Session, division: str, month: date, actor: str, at: datetime, *, seed: str | None = None
) -> ProcedureDraw:
    """Draw among a county's procedures that wait for its decision; who was drawn, and every 备案对象, is visited first.

    Each procedure stands in one draw only, so that nobody draws until he likes the sample; small batches gain nothing,
    since the share is rounded up. `seed`: only where somebody else's dice are used. Raises Refused.
    """
    draw_problem(division, month, day_cn(at))
    take_turns(session, f"procedure-draw/{division}/{month}")
    waiting = waiting_for_draw(session, division)
    if not waiting:
        raise Refused("现在没有等县级审批的新程序", fix="核对区划和月份")
    share = value_for(session, "sample_share", division, day_cn(at)).number
    drawn = draw([row.no for row in waiting], share, seed or secrets.token_hex(32))
    related = related_among(session, {row.household_id for row in waiting if row.household_id is not None})
    number = reserve_ids(session.connection(), "procedure_draws", 1)
    made = ProcedureDraw(
        id=number, no=f"CXC-{month.year}-{number:06d}", division_code=division, month=month,
        population=drawn.population, population_sha256=drawn.population_sha256,
        members=sorted(row.no for row in waiting), per_cent=format(drawn.per_cent.normalize(), "f"), seed=drawn.seed,
        drawn=len(drawn.sample), related=sum(1 for row in waiting if row.household_id in related), drawn_by=actor,
        drawn_at=at,
    )  # fmt: skip
    session.add(made)
    for row in waiting:
        row.draw_no = made.no
        row.is_sampled = row.no in drawn.sample or row.household_id in related
        if row.is_sampled:
            row.sample_reason = SampleReason.RELATED if row.household_id in related else SampleReason.DRAWN
    session.flush()
    facts = {
        "no": made.no, "division": division, "month": month.isoformat(), "population": drawn.population,
        "population_sha256": drawn.population_sha256, "per_cent": made.per_cent, "seed": drawn.seed,
        "drawn": len(drawn.sample),
        "sample_sha256": hashlib.sha256("".join(f"{member}\n" for member in drawn.sample).encode()).hexdigest(),
    }  # fmt: skip
    record(
        session, kind="procedure.sample.drawn", actor=actor,
        subjects=[("draw", made.no), *(("procedure", row.no) for row in waiting[:500])],
        after={**facts, "related": made.related}, public=facts, at=at,
    )  # fmt: skip
    return made
