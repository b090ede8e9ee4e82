"""The web server's own log: that something was wrong, and never who asked, what for, or what an exception quotes."""

from __future__ import annotations

import io
import logging

import pytest
from gunicorn.config import Config

from portal.commands.server_log import ServerLog
from portal.commands.serving import gunicorn_command

MARK = "MARKED"


@pytest.fixture
def log() -> ServerLog:
    return ServerLog(Config())


@pytest.fixture
def printed(log: ServerLog) -> io.StringIO:
    out = io.StringIO()
    log.error_log.handlers = [logging.StreamHandler(out)]
    return out


def fail() -> None:
    raise OSError(f"{MARK} in what an exception says")


def test_a_request_that_cannot_be_read_leaves_a_line_without_its_sender(log: ServerLog, printed: io.StringIO) -> None:
    log.warning(f"Invalid request from ip=198.51.100.7: Invalid HTTP request line: '{MARK}'")
    assert "198.51" not in printed.getvalue() and MARK not in printed.getvalue()
    assert "refused" in printed.getvalue()
    log.warning("Worker with pid %s was terminated due to signal %s", 7, 9)
    assert "pid 7" in printed.getvalue(), "what the server says of itself stays"


@pytest.mark.parametrize("said", ["Error handling request %s %s", "Socket error processing request."])
def test_a_request_that_fails_leaves_the_kind_of_error_and_its_place(
    log: ServerLog, printed: io.StringIO, said: str
) -> None:
    try:
        fail()
    except OSError:
        log.exception(said, *(["POST", f"/report/{MARK}"] if "%s" in said else []))
    assert MARK not in printed.getvalue()
    assert "OSError at " in printed.getvalue() and " fail" in printed.getvalue()


def test_what_stops_the_server_at_its_start_is_told_whole(log: ServerLog, printed: io.StringIO) -> None:
    try:
        fail()
    except OSError:
        log.exception("Exception in worker process")
    assert f"{MARK} in what an exception says" in printed.getvalue()


def test_the_server_is_started_with_this_log_and_without_another() -> None:
    command = gunicorn_command("127.0.0.1", 8000, 2)
    assert command[command.index("--logger-class") + 1] == f"{ServerLog.__module__}.{ServerLog.__qualname__}"
    assert not {"--access-logfile", "--error-logfile", "--log-file", "--log-syslog", "--capture-output"} & set(command)
