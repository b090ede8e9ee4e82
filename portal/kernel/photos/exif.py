"""The few facts of a photo's EXIF that are compared with a claim: time, place, make, editor. Never shown as proof."""

from __future__ import annotations

import re
from typing import Any, Final

from PIL import Image

_TEXT: Final = 80
_TIME: Final = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")
_OFFSET: Final = re.compile(r"[+-]\d\d:\d\d")


def facts_of(exif: Image.Exif) -> dict[str, Any]:
    """What the EXIF says, as plain values; whatever cannot be read is left out.

    `taken` is local text as the camera wrote it, `offset` its zone, `lat_e7`/`lng_e7` degrees × 10^7 (WGS-84).
    """
    facts: dict[str, Any] = {}
    details, place = _folder(exif, 0x8769), _folder(exif, 0x8825)
    taken = _TIME.search(str(details.get(36867) or exif.get(306) or "")[:40])
    if taken:
        facts["taken"] = "{}-{}-{}T{}:{}:{}".format(*taken.groups())
    offset = _OFFSET.search(str(details.get(36881) or "")[:10])
    if offset:
        facts["offset"] = offset[0]
    for name, tag in (("make", 271), ("model", 272), ("editor", 305)):
        if text := _text(exif.get(tag)):
            facts[name] = text
    facts.update(_place(place))
    return facts


def _folder(exif: Image.Exif, tag: int) -> dict[int, Any]:
    try:
        return dict(exif.get_ifd(tag))
    except Exception:
        return {}


def _text(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "ignore")
    return "".join(sign for sign in value if sign.isprintable())[:_TEXT].strip() if isinstance(value, str) else ""


def _place(folder: dict[int, Any]) -> dict[str, int]:
    try:
        lat = _degrees(folder[2]) * (-1 if folder.get(1) == "S" else 1)
        lng = _degrees(folder[4]) * (-1 if folder.get(3) == "W" else 1)
        if not (-90 <= lat <= 90 and -180 <= lng <= 180):
            return {}
        return {"lat_e7": round(lat * 10**7), "lng_e7": round(lng * 10**7)}
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return {}


def _degrees(parts: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600
