"""The jail of photos: one child process per server process, kept for many photos, with hard limits.

A fresh process per photo would cost more than the photo. So the child lives on, and is replaced when it dies, when it
has read its share, and when it is old. One photo at a time goes in; threads wait for each other. A forked server process
starts a child of its own.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from portal.kernel.photos.limits import PhotoLimits
from portal.kernel.photos.wire import ANSWER, HEAD, READY

_ROOT: Final = Path(__file__).resolve().parents[3]
_CPU_HARD: Final = 3600
# Limits first, then the path of the package (isolated mode has none), then the decoder.
_BOOT: Final = """
import resource, sys
for name, value in zip(("AS", "NOFILE", "FSIZE", "CORE", "CPU"), sys.argv[2:7]):
    resource.setrlimit(getattr(resource, "RLIMIT_" + name), (int(value), int(value)))
sys.path.insert(0, sys.argv[1])
import importlib
importlib.import_module(sys.argv[7]).main()
"""


class ChildDied(Exception):
    """The child ended without an answer: a limit struck, the decoder crashed, or its time was over."""


class TimeIsOver(ChildDied):
    """Its time by the clock was over before its time of the processor: the machine has too much to do."""


class PhotoJail:
    """One child and the line to it."""

    def __init__(self, limits: PhotoLimits | None = None, module: str = "portal.kernel.photos.inside") -> None:
        self.limits = limits or PhotoLimits()
        self.module = module
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._served = 0
        self._since = 0.0
        os.register_at_fork(after_in_child=self._forget)

    def ask(self, kind: bytes, data: bytes) -> tuple[dict[str, Any], bytes]:
        """Have one photo read (`p`) or its windows hashed (`w`); the answer and its bytes. Raises ChildDied, TimeIsOver.

        A child that died between two photos is replaced without a word; one that dies of a photo is not given it again.
        """
        with self._lock:
            try:
                fresh = self._need_child()
                try:
                    return self._exchange(kind, data)
                except TimeIsOver:
                    raise
                except ChildDied:
                    self._stop()
                    if fresh:
                        raise
                self._need_child()
                return self._exchange(kind, data)
            except BaseException:
                self._stop()
                raise

    def close(self) -> None:
        """End the child; the next photo starts another."""
        with self._lock:
            self._stop()

    @property
    def child_pid(self) -> int | None:
        """The child's process id while there is one."""
        return self._child.pid if self._child is not None else None

    def _exchange(self, kind: bytes, data: bytes) -> tuple[dict[str, Any], bytes]:
        line = self._line
        if line is None:
            raise ChildDied("no child")
        deadline = time.monotonic() + self.limits.wall_seconds
        try:
            line.settimeout(self.limits.wall_seconds)
            line.sendall(HEAD.pack(kind, len(data)))
            line.sendall(data)
            text_length, blob_length = ANSWER.unpack(_take(line, ANSWER.size, deadline))
            text = _take(line, text_length, deadline)
            blob = _take(line, blob_length, deadline)
        except TimeoutError:
            raise TimeIsOver("timeout") from None
        except OSError as error:
            raise ChildDied(type(error).__name__) from None
        self._served += 1
        answer: dict[str, Any] = json.loads(text)
        return answer, blob

    def _need_child(self) -> bool:
        """True when the child was started just now."""
        limits = self.limits
        tired = self._served >= limits.photos_per_child or time.monotonic() - self._since > limits.seconds_per_child
        if self._child is not None and (tired or self._child.poll() is not None):
            self._stop()
        if self._child is not None:
            return False
        mine, its = socket.socketpair()
        caps = (limits.memory_bytes, limits.open_files, 0, 0, _most_cpu())
        command = [sys.executable, "-I", "-X", "utf8", "-c", _BOOT, str(_ROOT), *map(str, caps), self.module]
        with its:
            self._child = subprocess.Popen(
                [*command, str(its.fileno()), json.dumps(asdict(limits))],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(its.fileno(),),
                cwd="/",
                env=_environment(),
                start_new_session=True,
            )
        self._line, self._served, self._since = mine, 0, time.monotonic()
        try:
            _take(mine, len(READY), time.monotonic() + limits.start_seconds)
        except OSError as error:
            raise TimeIsOver(type(error).__name__) from None
        return True

    def _stop(self) -> None:
        line, child = self._line, self._child
        self._line = self._child = None
        if line is not None:
            line.close()
        if child is not None:
            child.kill()
            child.wait()

    def _forget(self) -> None:
        """In a forked process: the child is the parent's; the copy of its line is closed and a new lock taken."""
        self._lock = threading.Lock()
        line, self._line, child, self._child = self._line, None, self._child, None
        if line is not None:
            line.close()
        if child is not None:
            child.returncode = -signal.SIGKILL  # not ours to wait for


def _take(line: socket.socket, length: int, deadline: float) -> bytes:
    data = bytearray(length)
    view, got = memoryview(data), 0
    while got < length:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeIsOver("timeout")
        line.settimeout(left)
        more = line.recv_into(view[got:])
        if not more:
            raise ChildDied("gone")
        got += more
    return bytes(data)


def _most_cpu() -> int:
    """A hard limit for the child's whole life, below whatever already holds for us."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    return _CPU_HARD if hard == resource.RLIM_INFINITY else min(hard, _CPU_HARD)


def _environment() -> dict[str, str]:
    """Nothing of the parent's environment; one arena and one thread, because limits count reserved address space."""
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }
