"""A real server in processes of its own, as `yangguang serve` starts it; it can be killed at any moment."""

from __future__ import annotations

import contextlib
import http.client
import multiprocessing
import multiprocessing.process
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import gunicorn.app.wsgiapp

from portal.commands.serving import gunicorn_command
from portal.settings import PROJECT_ROOT, Settings

HOST = "127.0.0.1"
PATIENCE = 60.0


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.create_server((HOST, 0)) as taken:
        return int(taken.getsockname()[1])


class Server:
    """One installation, served; the same port after each restart."""

    def __init__(
        self, settings: Settings, workers: int = 1, *, said: Path | None = None, more: Mapping[str, str] | None = None
    ) -> None:
        """`said`: a file for everything that it prints; `more`: further variables of its environment."""
        self.port, self.workers, self.said = free_port(), workers, said
        self.environment = {
            **os.environ,
            "YANGGUANG_HOME": str(settings.home),
            "YANGGUANG_DATABASE_URL": settings.database_url,
            **(more or {}),
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = gunicorn_command(HOST, self.port, self.workers)
        with self._output() as out:
            self.process = subprocess.Popen(
                command, cwd=PROJECT_ROOT, env=self.environment, start_new_session=True, stdout=out, stderr=out
            )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert time.monotonic() < deadline, "the server does not answer"
            assert self.process.poll() is None, "the server has ended"
            time.sleep(0.05)

    def _output(self) -> IO[bytes]:
        return (self.said or Path(os.devnull)).open("ab")

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/healthz/live")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def kill(self) -> None:
        """`kill -9` for the master and every worker at once."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["gunicorn.app.wsgiapp", "gunicorn.workers.gthread", "portal.factory"])


def _become_gunicorn(command: list[str], environment: dict[str, str]) -> None:
    """In a process that has loaded the code already: a session of its own, then what the command line runs."""
    os.setsid()
    os.chdir(PROJECT_ROOT)
    os.environ.update(environment)
    sys.argv = command[command.index("gunicorn") :]
    gunicorn.app.wsgiapp.run()


class QuickServer(Server):
    """The same server, forked from a process in which its code is loaded: for programmes that kill it hundreds of times."""

    fork: multiprocessing.process.BaseProcess | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = gunicorn_command(HOST, self.port, self.workers)
        self.fork = FORKS.Process(target=_become_gunicorn, args=(command, self.environment))
        self.fork.start()
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert time.monotonic() < deadline, "the server does not answer"
            assert self.fork.is_alive(), "the server has ended"
            time.sleep(0.02)

    def kill(self) -> None:
        """`kill -9` for the master and every worker at once."""
        if self.fork is not None and self.fork.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.fork.pid, signal.SIGKILL)
            self.fork.join()
            self.fork = None


@contextmanager
def served(settings: Settings, workers: int = 1, kind: type[Server] = Server) -> Iterator[Server]:
    """A running server, ended in any case."""
    server = kind(settings, workers)
    server.start()
    try:
        yield server
    finally:
        server.kill()
