"""The English catalogue, and how a text that was put together below `web` finds its English again.

Layers below know no language: their errors arrive as finished Chinese. The catalogue has them with named holes
(`没有账号 %(a)s`), so a text that it does not know as a whole is matched against those, the most particular first.
"""

from __future__ import annotations

import re
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

HAN = re.compile(r"[\u4e00-\u9fff]")
HOLE = re.compile(r"%\(([a-j])\)s")
AS_LONG = 2000  # no error is longer; matching costs more with length


class Catalogue(Translations):
    """Messages of the `.po`, and patterns of those whose holes are single letters."""

    def __init__(self, fp: BytesIO) -> None:
        super().__init__(fp)
        known: dict[str, str] = {k: v for k, v in self._catalog.items() if isinstance(k, str) and isinstance(v, str)}
        self.known = known
        holed = sorted((k for k in known if HOLE.search(k)), key=lambda k: (-len(HOLE.sub("", k)), k))
        self.patterns = [(re.compile(_pattern(text), re.DOTALL), known[text]) for text in holed]
        self.put_together = lru_cache(2048)(self._put_together)

    def gettext(self, message: str) -> str:
        """The English of a text; of one that was put together, the English of its parts; else the text itself."""
        found = self.known.get(message)
        if found:
            return found
        return self.put_together(message) if len(message) < AS_LONG and HAN.search(message) else message

    ugettext = gettext

    def _put_together(self, message: str) -> str:
        for pattern, english in self.patterns:
            match = pattern.fullmatch(message)
            if match:
                return english % {name: self._part(text) for name, text in match.groupdict().items()}
        return message

    def _part(self, text: str) -> str:
        """What stood in a hole: a word of the trade in English where it has one, a list of words word by word."""
        return ", ".join(self.known.get(word) or word for word in text.split("、"))


def _pattern(text: str) -> str:
    pieces = HOLE.split(text)  # literal, name, literal, name, …
    out = [re.escape(pieces[0].replace("%%", "%"))]
    for name, literal in zip(pieces[1::2], pieces[2::2], strict=True):
        out.append(f"(?P<{name}>.*?)" + re.escape(literal.replace("%%", "%")))
    return "".join(out)


def read_catalogue(path: Path, locale: str) -> Catalogue:
    """A `.po` compiled in memory, so that no build step has to come first."""
    with path.open("rb") as source:
        messages = read_po(source, locale=locale)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return Catalogue(compiled)
