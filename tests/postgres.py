"""A real PostgreSQL server that the tests start and stop themselves, as a non-root user, on a free port."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def find_binaries() -> Path:
    """Where initdb and pg_ctl are; RuntimeError says what to install when they are missing."""
    found = shutil.which("pg_ctl")
    candidates = [Path(found).parent] if found else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for directory in candidates:
        if (directory / "initdb").exists() and (directory / "pg_ctl").exists():
            return directory
    raise RuntimeError(
        "PostgreSQL >= 15 is missing: install Debian's package 'postgresql' (the tests start their own server)"
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _server_user() -> str | None:
    """PostgreSQL refuses to run as root: then another account of this machine runs it."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise RuntimeError("no unprivileged account to run PostgreSQL as")


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[str]:
    """Start a throw-away cluster; yields the url of its `postgres` database; stops and removes it at the end.

    `durable`: on the disk and synced at every commit, as a real one, for those who measure.
    """
    binaries = find_binaries()
    user = _server_user()
    memory = Path("/dev/shm")  # thrown away with the server: memory spares the disk 1,000 database copies
    roomy = not durable and memory.is_dir() and shutil.disk_usage(memory).free > 4 << 30
    base = Path(tempfile.mkdtemp(prefix="yangguang-pg-", dir=memory if roomy else "/tmp"))
    prefix: list[str] = []
    if user is not None:
        shutil.chown(base, user)
        prefix = ["runuser", "-u", user, "--"]
    data, port = base / "data", _free_port()

    def run(*command: str) -> None:
        subprocess.run([*prefix, *command], check=True, cwd=base, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    options = f"-p {port} -k {base} -c listen_addresses=127.0.0.1 -c max_connections=60"
    if not durable:
        options += (
            " -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
            " -c wal_level=minimal -c max_wal_senders=0 -c autovacuum=off"
        )
    try:
        run(str(binaries / "initdb"), "-D", str(data), "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        run(str(binaries / "pg_ctl"), "-D", str(data), "-w", "-o", options, "-l", str(base / "log"), "start")
        yield f"postgresql://owner@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(
            [*prefix, str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"],
            cwd=base,
            capture_output=True,
            check=False,
        )
        shutil.rmtree(base, ignore_errors=True)
