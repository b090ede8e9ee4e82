"""The limit of households of one helper, held to by a file of pairings as by the console: beyond it a reason is asked.

The reason stands in a column of its own, `超过户数上限的理由`; it is no column of the standard, so it stays with the pairing
as a local one, and the file's digest and the batch say who brought it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Engine

from portal.intake.declaration import CLEAR, Columns, Problems
from portal.kernel.clock import today_cn
from portal.kernel.database import reading
from portal.registers.corrections import MIN_REASON
from portal.registers.divisions.parameters.queries import list_rows_of
from portal.registers.helpers.pairings.queries import limits_at, pairings_of
from portal.registers.helpers.pairings.rules import LIMIT, Span, most_at_once

REASON: Final = "超过户数上限的理由"
Held = dict[tuple[str, date], Span]


class LoadLimits:
    """What every helper of a file has and gets, row by row."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._held: dict[int, Held] = {}
        self._limits: dict[date, dict[str, int | None]] = {}
        with reading(engine) as session:
            self._is_set = bool(list_rows_of(session, LIMIT))

    def hold(
        self,
        typed: Columns,
        places: Sequence[str | None],
        extensions: Sequence[Mapping[str, str] | None] | None,
        problems: Problems,
    ) -> None:
        """Refuse the rows by which a helper would have more households than the place allows, without a reason.

        `places`: of each row the household's village. A row that is there already, or that ends sooner, is let be.
        """
        if not self._is_set:
            return
        self._read(typed["helper_id"])
        for index, place in enumerate(places):
            helper, start = typed["helper_id"][index], typed["started_on"][index]
            if index in problems.bad or place is None or helper is None or not isinstance(start, str):
                continue
            key = (str(typed["target"][index]), date.fromisoformat(start))
            self._take(index, helper, key, typed["ended_on"][index], place, _reason(extensions, index), problems)

    def _read(self, helpers: Sequence[Any]) -> None:
        new = {helper for helper in helpers if helper is not None} - set(self._held)
        if new:
            with reading(self._engine) as session:
                self._held |= pairings_of(session, new)

    def _take(
        self,
        index: int,
        helper: int,
        key: tuple[str, date],
        ends: Any,
        place: str,
        reason: str,
        problems: Problems,
    ) -> None:
        held = self._held[helper]
        old = held.get(key)
        end = None if ends is CLEAR else date.fromisoformat(ends) if ends is not None else old.ended_on if old else None
        span = Span(key[1], end)
        added = span.beyond(old) if old is not None else [span]
        others = [each for at, each in held.items() if at != key]
        limit = self._limit(place, span) if added else None
        after = max((most_at_once([*others, span], window) for window in added), default=0)
        if limit is not None and after > limit and len(reason) < MIN_REASON:
            problems.add(
                index, REASON, None, f"这名帮扶人将有 {after} 户，当地上限 {limit} 户",
                "换一名帮扶人，或在文件里加一列“超过户数上限的理由”，写明理由",
            )  # fmt: skip
            return
        held[key] = span

    def _limit(self, place: str, span: Span) -> int | None:
        on = max(span.started_on, min(today_cn(), span.ended_on or today_cn()))
        known = self._limits.setdefault(on, {})
        if place not in known:
            with reading(self._engine) as session:
                known |= limits_at(session, [place], on)
        return known[place]


def _reason(extensions: Sequence[Mapping[str, str] | None] | None, index: int) -> str:
    own = extensions[index] if extensions is not None else None
    return (own or {}).get(REASON, "").strip()
