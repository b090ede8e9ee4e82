"""Reading a photo that came from outside: what it is, its hash, its EXIF facts, and a rebuilt picture without metadata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from portal.kernel.errors import BadInput, Busy
from portal.kernel.photos.hashing import unpack
from portal.kernel.photos.jail import ChildDied, PhotoJail, TimeIsOver

MEDIA_TYPES: Final = ("image/jpeg", "image/png", "image/webp")
MOST_BYTES: Final = 8 * 1024 * 1024
JAIL: Final = PhotoJail()
"""The jail of this process; its child starts with the first photo."""


@dataclass(frozen=True)
class ReadPhoto:
    """What a photo is. Width and height in pixels as it is held upright; `phash` unsigned, 64 bits."""

    media_type: str
    width: int
    height: int
    phash: int
    exif: Mapping[str, Any]
    derivative: bytes  # JPEG, upright, no metadata of any kind


def read_photo(data: bytes, jail: PhotoJail = JAIL, most_bytes: int = MOST_BYTES) -> ReadPhoto:
    """Read one photo. Raises BadInput `bad_photo` for anything but a JPEG, PNG or WebP of at most 40 million pixels.

    Busy where the machine had no time for it: the photo may be as good as any, and whoever sent it sends it again.
    """
    answer, derivative = _ask(b"p", data, jail, most_bytes)
    return ReadPhoto(answer["media"], answer["width"], answer["height"], answer["phash"], answer["exif"], derivative)


def window_hashes(data: bytes, jail: PhotoJail = JAIL) -> list[int]:
    """The 38 hashes of a photo: 19 windows (the first is the whole), then the same of its mirror image."""
    return unpack(_ask(b"w", data, jail)[1])


def _ask(kind: bytes, data: bytes, jail: PhotoJail, most_bytes: int = MOST_BYTES) -> tuple[dict[str, Any], bytes]:
    if len(data) > most_bytes:
        raise _refusal("too_large")
    try:
        answer, blob = jail.ask(kind, data)
    except TimeIsOver:
        raise Busy("机器正忙，这张照片还没看完", fix="过一会儿再传，照片没有问题") from None
    except ChildDied:
        raise _refusal("crashed") from None
    if "refused" in answer:
        raise _refusal(answer["refused"])
    return answer, blob


def _refusal(reason: str) -> BadInput:
    if reason == "too_many_pixels":
        return BadInput("照片的像素太多", why="最多 4000 万像素", fix="缩小后再传", code="bad_photo")
    if reason == "too_large":
        return BadInput("照片太大", why="一张最多 8 MB", fix="缩小后再传", code="bad_photo")
    if reason == "too_small":
        return BadInput("照片太小，看不清", fix="重新拍一张", code="bad_photo")
    return BadInput("照片打不开", why="只收完整的 JPEG、PNG、WebP 图片", fix="重新拍一张再传", code="bad_photo")
