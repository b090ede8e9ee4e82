"""`serve`: the process that answers browsers and phones."""

from __future__ import annotations

import subprocess

import click

from portal.commands import installation, serving
from portal.kernel.console import exits_with_cure
from portal.settings import PROJECT_ROOT, read_settings


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True)
@exits_with_cure
def serve(host: str, port: int, workers: int) -> int:
    """The web server."""
    settings = read_settings()
    serving.refuse_public_demonstration(settings, host)
    installation.require_newest(settings)
    serving.refuse_taken_port(host, port)
    return subprocess.run(serving.gunicorn_command(host, port, workers), cwd=PROJECT_ROOT, check=False).returncode
