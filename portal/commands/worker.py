"""`worker`: the process that does the jobs."""

from __future__ import annotations

import click

from portal.commands import installation
from portal.jobs import worker as jobs
from portal.kernel.console import exits_with_cure
from portal.settings import read_settings


@click.command("worker")
@exits_with_cure
def worker() -> None:
    """The job worker."""
    settings = read_settings()
    installation.require_newest(settings)
    jobs.run(settings)
