"""Which fonts with Chinese signs this machine has: pictures are drawn with them, and never with empty boxes instead."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import ImageFont

FOLDERS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts", "/System/Library/Fonts",
    "/Library/Fonts", "C:/Windows/Fonts",
)  # fmt: skip
#: Beginnings of file names, the better ones first; every one of these families has the signs of GB 18030.
SANS = ("NotoSansCJK", "NotoSansSC", "NotoSansCJKsc", "SourceHanSans", "PingFang", "HarmonyOS_Sans_SC", "msyh",
        "wqy-microhei", "wqy-zenhei", "simhei")  # fmt: skip
SERIF = ("NotoSerifCJK", "NotoSerifSC", "NotoSerifCJKsc", "SourceHanSerif", "Songti", "STSong")
SUFFIXES = {".ttf", ".ttc", ".otf"}
NEEDED = "账户镇扶阳"
ABSENT = "\U0010fffe"  # no font has a sign for it: it looks like every other sign that a font has not


@dataclass(frozen=True)
class Fonts:
    """Font files to draw with, and the names of their families; `serif` is the sans where there is no other."""

    files: tuple[str, ...]
    sans: str
    serif: str


def find_fonts(folder: Path | None = None) -> Fonts | None:
    """The fonts of this machine that can write Chinese, or None. `folder`: look here alone."""
    return _find((str(folder),) if folder else FOLDERS)


@cache
def _find(folders: tuple[str, ...]) -> Fonts | None:
    found = sorted(path for name in folders for path in _files(Path(name).expanduser()))
    sans = _family(found, SANS)
    if sans is None:
        return None
    serif = _family(found, SERIF)
    files = [*sans[1], *(serif[1] if serif else ())]
    return Fonts(tuple(str(path) for path in files), sans[0], serif[0] if serif else sans[0])


def _files(folder: Path) -> Iterator[Path]:
    for here, _folders, names in os.walk(folder):
        yield from (Path(here, name) for name in names if Path(name).suffix.lower() in SUFFIXES)


def _family(files: Sequence[Path], beginnings: Sequence[str]) -> tuple[str, list[Path]] | None:
    """The first family that can write what is needed: its name, its regular and its bold file."""
    for beginning in beginnings:
        named = [path for path in files if path.name.lower().startswith(beginning.lower())]
        for path in sorted(named, key=lambda p: ("regular" not in p.name.lower(), p.name)):
            family = _written_by(path)
            if family:
                bold = [p for p in named if "bold" in p.name.lower() and p.suffix == path.suffix and p != path]
                return family, [path, *bold[:1]]
    return None


def _written_by(path: Path) -> str | None:
    """The family's name when it has the signs; of a collection the simplified Chinese face, whose shapes differ."""
    names = []
    content = path.read_bytes()  # by its bytes: by its name the library would look for a namesake elsewhere
    for face in range(16):
        try:
            font = ImageFont.truetype(io.BytesIO(content), 24, index=face)
        except OSError:
            break
        family = font.getname()[0]
        absent = bytes(font.getmask(ABSENT))
        if family and all(bytes(font.getmask(sign)) != absent for sign in NEEDED):
            names.append(family)
    return next((name for name in names if name.endswith((" SC", " GB"))), names[0] if names else None)
