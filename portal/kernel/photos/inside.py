"""The child: reads photos from its socket one after the other and answers with what they are. Runs only in the jail.

Here and nowhere else is a stranger's picture decoded. Formats are an allow-list; a warning about a decompression bomb
is an error; a JPEG is decoded once, at the smallest scale that still gives the rebuilt picture.
"""

from __future__ import annotations

import io
import json
import resource
import socket
import sys
import warnings
from typing import Any, Final

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from portal.kernel.photos.exif import facts_of
from portal.kernel.photos.hashing import SIDE, WINDOWS, hashes_of, pack
from portal.kernel.photos.limits import PhotoLimits
from portal.kernel.photos.wire import ANSWER, HEAD, READY

FORMATS: Final = ("JPEG", "PNG", "WEBP")
MEDIA: Final = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_LANCZOS: Final = Image.Resampling.LANCZOS
_FLAT_SIDE: Final = 256


class Unreadable(Exception):
    """The bytes are no picture that we take; the argument says in a word why."""


def main() -> None:
    """Serve the socket whose number is the first argument, until the other end is closed."""
    limits = PhotoLimits(**json.loads(sys.argv[-1]))
    Image.MAX_IMAGE_PIXELS = limits.pixels
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    with socket.socket(fileno=int(sys.argv[-2])) as line:
        line.sendall(READY)
        while head := take(line, HEAD.size):
            kind, length = HEAD.unpack(head)
            more_time(limits.cpu_seconds)
            said, blob = _answer(kind, take(line, length), limits)
            text = json.dumps(said).encode()
            line.sendall(ANSWER.pack(len(text), len(blob)) + text + blob)


def take(line: socket.socket, length: int) -> bytes:
    """So many bytes of the line; none when its other end is closed."""
    data = bytearray(length)
    view, got = memoryview(data), 0
    while got < length:
        more = line.recv_into(view[got:])
        if not more:
            return b""
        got += more
    return bytes(data)


def more_time(seconds: int) -> None:
    """The soft limit of processor time moves along, so that each photo has its own."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, hard))


def _answer(kind: bytes, data: bytes, limits: PhotoLimits) -> tuple[dict[str, Any], bytes]:
    try:
        return _windows(data) if kind == b"w" else _photo(data, limits)
    except Unreadable as refusal:
        return {"refused": str(refusal)}, b""
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return {"refused": "too_many_pixels"}, b""
    except MemoryError:
        return {"refused": "too_large"}, b""
    except Exception as error:
        return {"refused": "unreadable", "error": type(error).__name__}, b""


def _open(data: bytes) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        raise Unreadable("unknown_format") from None
    if image.format not in MEDIA or min(image.size) < 16:
        raise Unreadable("too_small" if image.format in MEDIA else "unknown_format")
    return image


def _photo(data: bytes, limits: PhotoLimits) -> tuple[dict[str, Any], bytes]:
    """Size, hash, facts of the EXIF, and the rebuilt picture: one decode for all of it."""
    image = _open(data)
    media, size = MEDIA[str(image.format)], image.size
    exif = image.getexif()
    turned, facts = exif.get(0x0112, 1), facts_of(exif)
    image.draft("RGB", _within(size, limits.derivative_side))
    picture = _reduced(image if image.mode == "RGB" else _on_white(image), limits.derivative_side)
    # Pixels alone are taken over: a plain save keeps comments and profiles of the original.
    rebuilt = Image.frombytes("RGB", picture.size, picture.tobytes())
    if isinstance(turned, int) and 2 <= turned <= 8:
        rebuilt = _turn(rebuilt, turned)
        size = (size[1], size[0]) if turned >= 5 else size
    small = rebuilt.convert("L").resize((SIDE, SIDE), _LANCZOS, reducing_gap=3.0)
    grey = np.asarray(small, dtype=np.uint8)
    out = io.BytesIO()
    rebuilt.save(out, "JPEG", quality=limits.derivative_quality)
    said = {"media": media, "width": size[0], "height": size[1], "phash": hashes_of(grey[None])[0], "exif": facts}
    return said, out.getvalue()


def _reduced(picture: Image.Image, side: int) -> Image.Image:
    """Smaller by a whole number, so that the longer side stays at or above `side`: much cheaper than any other size."""
    factor = max(picture.size) // side
    return picture.reduce(factor) if factor > 1 else picture


def _turn(picture: Image.Image, turned: int) -> Image.Image:
    """The picture as the camera was held (EXIF orientation)."""
    exif = Image.Exif()
    exif[0x0112] = turned
    picture.info["exif"] = exif.tobytes()
    upright: Image.Image = ImageOps.exif_transpose(picture)
    return Image.frombytes("RGB", upright.size, upright.tobytes())


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        whole = image.convert("RGBA")
        ground = Image.new("RGB", whole.size, "white")
        ground.paste(whole, mask=whole.getchannel("A"))
        return ground
    return image.convert("RGB")


def _within(size: tuple[int, int], side: int) -> tuple[int, int]:
    """The size of a picture shrunk into a square of this side, in its own proportions; never larger than it is."""
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _windows(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The 38 hashes of a picture: of each window, then of each window of its mirror image."""
    image = _open(data)
    image.draft("L", _within(image.size, _FLAT_SIDE))
    grey = (image if image.mode == "L" else _on_white(image).convert("L")).resize(
        _within(image.size, _FLAT_SIDE), Image.Resampling.BOX
    )
    width, height = grey.size
    stack = np.stack(
        [
            np.asarray(
                grey.resize((SIDE, SIDE), _LANCZOS, box=(x0 * width, y0 * height, x1 * width, y1 * height)),
                dtype=np.uint8,
            )
            for x0, y0, x1, y1 in WINDOWS
        ]
    )
    return {"windows": len(WINDOWS)}, pack(hashes_of(stack) + hashes_of(stack[:, :, ::-1]))
