"""Looking at a paper: one page as a picture, out of the jail, or a refusal in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from portal.kernel.errors import BadInput, Busy
from portal.kernel.papers.limits import PaperLimits
from portal.kernel.photos.jail import ChildDied, PhotoJail, TimeIsOver

PDF: Final = "application/pdf"
JAIL: Final = PhotoJail(PaperLimits(), "portal.kernel.papers.inside")


@dataclass(frozen=True)
class PaperPage:
    """A page as a JPEG; of how many pages, and how many of them are shown."""

    pages: int
    shown: int
    width: int
    height: int
    picture: bytes = field(repr=False)


def is_pdf(data: bytes) -> bool:
    """Whether the bytes say that they are a PDF; nothing outside the jail ever opens one."""
    return data[:5] == b"%PDF-"


def draw_page(data: bytes, number: int, jail: PhotoJail = JAIL) -> PaperPage:
    """One page (from 1) of a PDF. Raises BadInput for what cannot be drawn within the limits, Busy."""
    try:
        said, picture = jail.ask(b"r", number.to_bytes(4, "big") + data)
    except TimeIsOver:
        raise Busy("机器正忙，这一页还没画完", fix="过一会儿再打开") from None
    except ChildDied:
        said, picture = {"refused": "died"}, b""
    if "refused" in said:
        raise _refusal(said["refused"])
    return PaperPage(said["pages"], said["shown"], said["width"], said["height"], picture)


def _refusal(reason: str) -> BadInput:
    if reason == "no_page":
        return BadInput("没有这一页", fix="从第一页重新翻", code="bad_file")
    if reason == "locked":
        return BadInput(
            "这份文件画不成图", why="它要密码才能打开", fix="请对方去掉密码重新发，或拍成照片", code="bad_file"
        )
    return BadInput(
        "这份文件画不成图",
        why="它坏了，或者超过了时间、内存的限度",
        fix="请对方重新发一份，或拍成照片",
        code="bad_file",
    )
