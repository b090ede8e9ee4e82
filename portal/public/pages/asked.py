"""What an address asks for, read carefully: a wrong value is explained, never guessed."""

from __future__ import annotations

from collections.abc import Mapping

from portal.kernel.errors import BadInput


def asked_year(args: Mapping[str, str]) -> int | None:
    """`?year=2026`; None when it is not there."""
    text = args.get("year", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise BadInput("年度写法不对", fix="填四位数的年份，例如 year=2026")
    return int(text)
