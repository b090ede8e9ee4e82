"""Finding whom policies have not reached, every night."""

from __future__ import annotations

from portal.analysis.entitled.actions import run_policies
from portal.kernel.clock import today_cn
from portal.kernel.console import say
from portal.kernel.database import writing
from portal.settings import Settings
from portal.trail.connect import connected


def find_unreached(settings: Settings) -> int:
    """Run every policy over the register; returns how many households are newly listed."""
    with connected(settings) as engine, writing(engine) as session:
        run = run_policies(session, today_cn(), actor="job:nightly")
    opened = sum(int(result["opened"]) for result in run.results)
    say(f"{run.no}: policies={len(run.results)} households={run.households} opened={opened}")
    return opened
