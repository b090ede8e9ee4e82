"""`sample draw`, `sample repeat`, `sample list`: visits drawn by chance, and the same draw once more by anybody."""

from __future__ import annotations

from datetime import datetime

import click

from portal.commands.checks import operator
from portal.kernel.console import answer, exits_with_cure, json_option
from portal.kernel.database import now_utc, reading, writing
from portal.registers.divisions.rules import pad_code
from portal.registers.helpers.check_ins.sampling.actions import draw_visits
from portal.registers.helpers.check_ins.sampling.disclosure import public_draw
from portal.registers.helpers.check_ins.sampling.queries import DrawKind, list_samples, repeat_draw
from portal.settings import read_settings
from portal.trail.connect import connected

KINDS = {"county": DrawKind.COUNTY, "city": DrawKind.CITY, "call-back": DrawKind.CALL_BACK}


@click.group("sample")
def sample() -> None:
    """Random draws of visits, apart from any lead."""


@sample.command("draw")
@click.option("--kind", type=click.Choice(list(KINDS)), default="county", show_default=True)
@click.option("--division", required=True, help="code of the county, or of the city")
@click.option("--month", type=click.DateTime(["%Y-%m"]), required=True, help="a month that is over, as 2026-10")
@json_option
@exits_with_cure
def sample_draw(kind: str, division: str, month: datetime, as_json: bool) -> int:
    """Draw a month's sample: once, recorded with all that repeats it."""
    with connected(read_settings()) as engine, writing(engine) as session:
        row = draw_visits(session, KINDS[kind], pad_code(division), month.date(), operator(), now_utc())
        shown = public_draw(row)
    text = f"{shown.no}：从 {shown.population} 个里抽 {shown.drawn} 个（{shown.per_cent}%），种子 {shown.seed}"
    answer({**vars(shown), "month": shown.month.isoformat()}, as_json=as_json, text=text)
    return 0


@sample.command("repeat")
@click.argument("number")
@json_option
@exits_with_cure
def sample_repeat(number: str, as_json: bool) -> int:
    """Make a recorded draw again from the register; exit 1 when it is not what its record says."""
    with connected(read_settings()) as engine, reading(engine) as session:
        again = repeat_draw(session, number)
    told = {
        "no": again.no, "agrees": again.agrees, "population_sha256": again.population_sha256,
        "same_population": again.same_population, "same_sample": again.same_sample, "sample": list(again.sample),
    }  # fmt: skip
    answer(told, as_json=as_json, text=f"{again.no}：{'与记录一致' if again.agrees else '与记录不一致'}")
    return 0 if again.agrees else 1


@sample.command("list")
@click.option("--division", required=True, help="code of a division; everything inside it")
@json_option
@exits_with_cure
def sample_list(division: str, as_json: bool) -> int:
    """The queue: what is still to be gone over or called back, what is due first first."""
    with connected(read_settings()) as engine, reading(engine) as session:
        rows = list_samples(session, [pad_code(division)])
    items = [{**vars(row), "visited_on": row.visited_on.isoformat(), "due_on": row.due_on.isoformat()} for row in rows]
    lines = [f"{row.due_on} {'电话' if row.by_telephone else '上门'} {row.household_no} {row.reason}" for row in rows]
    answer({"items": items}, as_json=as_json, text="\n".join(lines))
    return 0
