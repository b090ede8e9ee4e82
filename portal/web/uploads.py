"""What files of a form may weigh: one that weighs more is refused beside the words that came with it, not instead of them.

A body over the limit of its route is refused before a byte of it is read, and with it everything somebody typed. So a form
with files is read to its end, far beyond what its files may weigh; what is too much is let go as it arrives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

from flask import Flask, g
from flask_babel import gettext
from markupsafe import Markup

from portal.kernel.errors import BadInput

MIB: Final = 1 << 20
BODY: Final = 200 * MIB
"""Bytes that a form with files is read of at most, however little of them is kept. A proxy has to let as much through."""
MOST: Final = "data-most"
_HEEDED: Final = "files_are_heeded"
ON_DISK: Final = 500_000
"""Bytes from which on a file of a form is put on the disk while it is read."""


@dataclass(frozen=True)
class Uploads:
    """Which files a route takes: bytes of one, and how many."""

    most_bytes: int
    most_files: int = 1

    @property
    def heed(self) -> dict[str, int]:
        """What a field of a form carries, so that the browser says it before anything is sent (`static/js/files.js`)."""
        return {MOST: self.most_bytes // MIB}


class UploadRefused(BadInput):
    """A file that its door does not take."""


class TooHeavy(UploadRefused):
    """A file weighs more than its door takes; nothing of it is kept."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__(
            "文件太大", why=f"一个文件最多 {most_bytes // MIB} MB", fix="压缩、拍小一些、录短一些，或分成几份再传"
        )


class TooMany(UploadRefused):
    """More files than the door takes."""

    def __init__(self, most_files: int) -> None:
        super().__init__("文件太多", why=f"一次最多 {most_files} 个", fix="先传这些，其余的随后再补")


class Arrivals:
    """The files of one form as they come in: how many there were that hold anything."""

    def __init__(self, limits: Uploads, *, in_memory: bool) -> None:
        self.limits, self.in_memory, self.filled = limits, in_memory, 0

    def new(self) -> Upload:
        """Where the next file is put."""
        return Upload(self)


class Upload:
    """One file of a form: kept up to its limit. Whoever reads one that was cut is told so, and never gets a part of it."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals, self._weight = arrivals, 0
        self._refusal: UploadRefused | None = None
        self._kept: IO[bytes] = BytesIO() if arrivals.in_memory else SpooledTemporaryFile(ON_DISK)  # noqa: SIM115  # the request closes it

    def write(self, data: bytes) -> int:
        """Keep what comes next, or let it go."""
        limits = self._arrivals.limits
        if data and not self._weight:
            self._arrivals.filled += 1
            if self._arrivals.filled > limits.most_files:
                self._refusal = TooMany(limits.most_files)
        self._weight += len(data)
        if self._weight > limits.most_bytes and self._refusal is None:
            self._refusal = TooHeavy(limits.most_bytes)
            self._kept.seek(0)
            self._kept.truncate()
        if self._refusal is None:
            self._kept.write(data)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place in it."""
        return self._kept.seek(offset, whence)

    def close(self) -> None:
        """Let it go."""
        self._kept.close()

    def __iter__(self) -> Iterator[bytes]:
        """Line by line. Raises TooHeavy, TooMany."""
        return iter(self._whole())

    def __getattr__(self, name: str) -> Any:
        """Everything that reads it. Raises TooHeavy, TooMany."""
        return getattr(self._whole(), name)

    def _whole(self) -> IO[bytes]:
        if self._refusal is not None:
            raise self._refusal
        return self._kept


def install(app: Flask) -> None:
    """Let templates say what a file may weigh (factory)."""
    app.jinja_env.globals.update(heed=heed, heeds_files=lambda: g.get(_HEEDED, False))


def words(mib: int) -> dict[str, str]:
    """The sentence that the browser says of a file that weighs more than `mib` MB; the page that asks gets the script."""
    setattr(g, _HEEDED, True)
    return {
        "data-heavy": gettext(
            "%(name)s 有 %(size)s MB，一个文件最多 %(most)s MB。没有选上：请压缩、拍小一些、录短一些，或分成几份。",
            name="{name}",
            size="{size}",
            most=mib,
        )
    }


def heed(mib: int) -> Markup:
    """The same for a field that a template draws itself."""
    return Markup(" ").join(Markup('{}="{}"').format(*pair) for pair in {MOST: mib, **words(mib)}.items())
