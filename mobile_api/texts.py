"""The texts of the phone client: Chinese in its modules, English from the one catalogue."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from portal.settings import PROJECT_ROOT
from portal.web.language import ENGLISH, current_language, english

CLIENT: Final = PROJECT_ROOT / "static" / "app"
_CALL: Final = re.compile(r"\b_\(\s*'((?:[^'\\]|\\.)*)'")


def modules(client: Path = CLIENT) -> list[Path]:
    """The modules of the client, the start first."""
    found = sorted(path for path in client.rglob("*.js") if path.name != "sw.js")
    return sorted(found, key=lambda path: path.name != "main.js")


@cache
def client_texts() -> tuple[str, ...]:
    """Every text that a module asks for."""
    asked = {text for path in modules() for text in _CALL.findall(path.read_text(encoding="utf-8"))}
    return tuple(sorted(asked))


def dictionary() -> dict[str, str]:
    """Chinese to English for an English page; a Chinese page needs none."""
    if current_language() != ENGLISH:
        return {}
    catalogue = english()
    return {text: str(catalogue.ugettext(text)) for text in client_texts()}
