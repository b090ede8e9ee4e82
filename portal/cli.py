"""`yangguang …`: thin commands. What each does stands in portal/commands; this file names them."""

from __future__ import annotations

from typing import Final

import click

import portal.schema  # noqa: F401  # the trail's guard, backup and undo ask for every table, whichever command runs
from portal.kernel.console import LateGroup

COMMANDS: Final = {
    "backup": "portal.commands.upkeep:backup",
    "canary": "portal.commands.canaries:canary",
    "compare": "portal.commands.checks:compare",
    "counts": "portal.commands.counts:counts",
    "demo": "portal.commands.demo:demo",
    "doctor": "portal.commands.upkeep:doctor",
    "flow": "portal.commands.money:flow",
    "import": "portal.commands.intake:import_command",
    "init": "portal.commands.demo:init",
    "leads": "portal.commands.checks:leads_group",
    "policies": "portal.commands.policies:policies",
    "queue": "portal.commands.queues:queue_group",
    "report-keys": "portal.commands.report_keys:report_keys",
    "restore": "portal.commands.upkeep:restore_command",
    "rules": "portal.commands.checks:rules_group",
    "sample": "portal.commands.sampling:sample",
    "serve": "portal.commands.serve:serve",
    "templates": "portal.commands.intake:templates",
    "trace": "portal.commands.money:trace",
    "trail": "portal.commands.trail:trail",
    "user": "portal.commands.users:user",
    "warn": "portal.commands.checks:warn",
    "worker": "portal.commands.worker:worker",
}
"""Where each command stands. Only the one that is asked for is read, which takes a third off the start of most."""


@click.group(cls=LateGroup, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """阳光帮扶：扶贫资金阳光监督平台."""


if __name__ == "__main__":
    main()
