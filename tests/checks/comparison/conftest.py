"""A register of two villages, and what a rule finds in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.checks.actions import look
from portal.checks.catalogue import RULES
from tests.factories.incomes import put_places, recorded

DAY = date(2026, 6, 30)
Found = dict[str, dict[str, Any]]
Finder = Callable[..., Found]


@pytest.fixture
def place(session: Session) -> Session:
    """The places, with one event for whatever the test puts in."""
    put_places(recorded(session))
    return session


@pytest.fixture
def find(place: Session) -> Finder:
    """What a rule finds as of a day: subject → evidence."""

    def found(code: str, as_of: date = DAY) -> Found:
        place.flush()
        hits = look(place, RULES.named([code])[0], as_of).hits
        assert len({hit.subject_no for hit in hits}) == len(hits)
        return {hit.subject_no: dict(hit.evidence) for hit in hits}

    return found
