"""`yangguang …`: thin commands. What each does stands in portal/commands; this file only names them and starts servers."""

from __future__ import annotations

import click


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """阳光帮扶：扶贫资金阳光监督平台."""
