"""`yangguang …`: thin commands. What each does stands in portal/commands; this file names them and starts servers."""

from __future__ import annotations

import subprocess

import click

from portal.commands import checks, demo, installation, intake, money, serving, trail, upkeep, users
from portal.jobs import worker as worker_job
from portal.kernel.console import exits_with_cure
from portal.settings import PROJECT_ROOT, read_settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """阳光帮扶：扶贫资金阳光监督平台."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=2, show_default=True)
@exits_with_cure
def serve(host: str, port: int, workers: int) -> int:
    """The web server."""
    settings = read_settings()
    serving.refuse_public_demonstration(settings, host)
    installation.require_newest(settings)
    return subprocess.run(serving.gunicorn_command(host, port, workers), cwd=PROJECT_ROOT, check=False).returncode


@main.command()
@exits_with_cure
def worker() -> None:
    """The job worker."""
    settings = read_settings()
    installation.require_newest(settings)
    worker_job.run(settings)


for command in (
    demo.init, demo.demo, intake.templates, intake.import_command, checks.compare, checks.warn, checks.rules_group,
    checks.leads_group, money.trace, money.flow, trail.trail, users.user, upkeep.backup, upkeep.restore_command, upkeep.doctor,
):  # fmt: skip
    main.add_command(command)

if __name__ == "__main__":
    main()
