"""Starting and stopping the long-running processes: web server, worker, sequencer."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from portal.kernel.console import say
from portal.kernel.errors import CannotRun
from portal.settings import PROJECT_ROOT, Settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def refuse_public_demonstration(settings: Settings, host: str) -> None:
    """A home with demonstration accounts (everybody knows the password) is never served to others."""
    if settings.is_demo and host not in LOOPBACK:
        raise CannotRun(
            f"演示数据只能在本机打开，不能用 --host {host}",
            fix="正式使用请换一个空的 YANGGUANG_HOME，再 yangguang init",
        )


def refuse_taken_port(host: str, port: int) -> None:
    """Say in one line that the web server cannot have this address, before anything is started."""
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            return
    except OSError as error:
        raise CannotRun(
            f"不能在 {host}:{port} 打开网站", why=str(error.strerror), fix="换一个 --port 或 --host"
        ) from error


def gunicorn_command(host: str, port: int, workers: int) -> list[str]:
    """How the web server is started: real processes, a recycled worker now and then, no access log, no log of whom."""
    return [
        sys.executable, "-m", "gunicorn", "portal.wsgi:application", "--bind", f"{host}:{port}", "--workers", str(workers),
        "--worker-class", "gthread", "--threads", "8", "--timeout", "120", "--graceful-timeout", "20",
        "--max-requests", "20000", "--max-requests-jitter", "2000", "--log-level", "warning",
        "--logger-class", "portal.commands.server_log.ServerLog",
    ]  # fmt: skip


def yangguang(*arguments: str) -> list[str]:
    """A command of this very program, in a process of its own."""
    return [sys.executable, "-m", "portal.cli", *arguments]


def run_together(commands: Sequence[list[str]]) -> int:
    """Run several processes until one ends or Ctrl-C; then end the others, gently first. Returns an exit code."""
    children = [subprocess.Popen(command, cwd=Path(PROJECT_ROOT)) for command in commands]
    stopping = False

    def stop(_signal: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not stopping and all(child.poll() is None for child in children):
        time.sleep(0.2)
    ended = next((child for child in children if child.poll() is not None), None)
    if ended is not None and not stopping:
        say(f"一个进程结束了（退出码 {ended.returncode}），其余的也停下")
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(timeout=25)
        except subprocess.TimeoutExpired:
            child.kill()
    return 0 if stopping else (ended.returncode or 1 if ended else 1)
