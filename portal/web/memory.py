"""Uploads of confidential reports stay in memory: Werkzeug would put larger ones into a temporary file, in the open.

So memory is what has to last: a process takes few large bodies at the same time, and says so before it reads the next one.
Reports without files are never among them. Who sends too slowly loses the connection, not everybody else a thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO, Any, Final, cast

from flask import Flask, Request, current_app, g, request
from werkzeug.datastructures import ImmutableMultiDict

from portal.kernel.errors import ProductError
from portal.web import uploads
from portal.web.uploads import Arrivals, Uploads

KEPT_IN_MEMORY: Final = ("/report", "/api/v1/reports")
LARGE: Final = 1 << 20
"""From here on a body needs room (bytes); so does one that does not say how long it is."""
LARGE_AT_ONCE: Final = 2
AGAIN_SECONDS: Final = 20
IDLE_SECONDS: Final = 30.0
SMALL_SECONDS: Final = 30.0
LARGE_SECONDS: Final = 600.0
_KEPT: Final = "portal.memory"


class UploadsCrowded(ProductError):
    """Too many send files at the same time; `retry_after` seconds help. Nothing of the body was read."""

    status = 429
    code = "crowded"

    def __init__(self) -> None:
        super().__init__(
            "现在上传附件的人太多，还没有收到您的内容",
            why="附件只放在内存里，同时只能收几个人的",
            fix="返回上一页，过半分钟再交；也可以先不带附件交，回头在查进度那一页补",
        )
        self.retry_after = AGAIN_SECONDS


@dataclass
class Room:
    """How many large bodies this process holds."""

    held: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> bool:
        """Room for one more; False when there is none."""
        with self.lock:
            if self.held >= LARGE_AT_ONCE:
                return False
            self.held += 1
            return True

    def give_back(self) -> None:
        """One body less."""
        with self.lock:
            self.held -= 1


class TimedInput:
    """A body that must have arrived within some seconds; Werkzeug takes the error for a sender who hung up."""

    def __init__(self, stream: Any, seconds: float) -> None:
        self._stream, self._until = stream, time.monotonic() + seconds

    def read(self, *size: int) -> bytes:
        """Read on."""
        return self._on_time(self._stream.read(*size))

    def readline(self, *size: int) -> bytes:
        """Read one line on."""
        return self._on_time(self._stream.readline(*size))

    def __iter__(self) -> Iterator[bytes]:
        """Line by line."""
        return iter(self.readline, b"")

    def _on_time(self, data: bytes) -> bytes:
        if time.monotonic() > self._until:
            raise TimeoutError("the body came too slowly")
        return data


class UnspooledRequest(Request):
    """A request whose files never reach the disk where its address takes reports. `takes` is what its route declares."""

    takes: Uploads = Uploads(LARGE)
    arrivals: Arrivals | None = None

    @property
    def is_kept_in_memory(self) -> bool:
        """True where reports are taken."""
        return self.path == KEPT_IN_MEMORY[0] or self.path.startswith((KEPT_IN_MEMORY[0] + "/", KEPT_IN_MEMORY[1]))

    def leave_unread(self) -> None:
        """Whoever asks for the form from now on, an answer's last look among them, finds it empty."""
        nothing: ImmutableMultiDict[str, Any] = ImmutableMultiDict()
        self.__dict__.update(stream=BytesIO(), form=nothing, files=nothing)

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        """Where one file of a form is put while it is read."""
        if self.arrivals is None:
            self.arrivals = Arrivals(self.takes, in_memory=self.is_kept_in_memory)
        return cast(IO[bytes], self.arrivals.new())


def install(app: Flask) -> None:
    """Read requests so (factory)."""
    uploads.install(app)
    app.request_class = UnspooledRequest
    app.extensions[_KEPT] = Room()
    app.before_request(_make_room)
    app.teardown_request(_give_room_back)


def room(app: Flask | None = None) -> Room:
    """The room of an application (the present one)."""
    kept: Room = (app or current_app).extensions[_KEPT]
    return kept


def _make_room() -> None:
    if not isinstance(request, UnspooledRequest) or not request.is_kept_in_memory or request.method in ("GET", "HEAD"):
        return
    length = request.content_length
    is_large = "Transfer-Encoding" in request.headers if length is None else length > LARGE
    if is_large:
        if not room().take():
            request.leave_unread()
            raise UploadsCrowded
        g.holds_room = True
    _hurry(LARGE_SECONDS if is_large else SMALL_SECONDS)


def _hurry(seconds: float) -> None:
    """No thread waits for a sender for ever. gunicorn makes the socket patient again before the next request."""
    socket = request.environ.get("gunicorn.socket")
    if socket is not None:
        socket.settimeout(IDLE_SECONDS)
    request.environ["wsgi.input"] = TimedInput(request.environ["wsgi.input"], seconds)


def _give_room_back(_error: BaseException | None = None) -> None:
    if g.pop("holds_room", False):
        room().give_back()
