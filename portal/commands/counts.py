"""`counts publish`, `counts correct`: what everybody is told of complaints; the worker publishes by itself every night."""

from __future__ import annotations

import re

import click

from portal.commands.checks import operator
from portal.kernel.console import answer, exits_with_cure, json_option
from portal.kernel.database import now_utc, writing
from portal.kernel.errors import BadInput
from portal.oversight.complaints.counts.actions import correct_counts, publish_closed
from portal.oversight.complaints.counts.rules import Quarter
from portal.registers.corrections import Act
from portal.settings import read_settings
from portal.trail.connect import connected


@click.group("counts")
def counts() -> None:
    """Published counts of complaints."""


@counts.command("publish")
@json_option
@exits_with_cure
def counts_publish(as_json: bool) -> int:
    """Tell every closed quarter that was not told yet and has enough to be told."""
    with connected(read_settings()) as engine, writing(engine) as session:
        told = publish_closed(session, operator(), now_utc())
    answer({"published": told}, as_json=as_json, text=f"公布了 {told} 期")
    return 0


@counts.command("correct")
@click.option("--from", "first", required=True, help="the first quarter of the period that was told, as 2026Q1")
@click.option("--why", required=True, help="the reason; it is published")
@json_option
@exits_with_cure
def counts_correct(first: str, why: str, as_json: bool) -> int:
    """Count a told period again, as a new dated version with its reason; the earlier one stays readable."""
    found = re.fullmatch(r"(\d{4})[Qq]([1-4])", first)
    if not found:
        raise BadInput("看不懂这个季度", fix="写成 2026Q1")
    day = Quarter(int(found[1]), int(found[2])).first_day
    with connected(read_settings()) as engine, writing(engine) as session:
        row = correct_counts(session, day, Act(operator(), why), now_utc())
        told = {"first": first, "version": row.version, "sha256": row.sha256}
    answer(told, as_json=as_json, text=f"第 {told['version']} 版")
    return 0
