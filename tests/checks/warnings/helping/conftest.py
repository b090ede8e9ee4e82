"""A helper with a phone in each database, and runs of one rule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.checks.actions import look, run_rules
from portal.checks.catalogue import RULES
from portal.kernel.database import writing
from portal.oversight.leads.actions import Hit
from portal.settings import Settings
from tests.factories.visits import Walker, make_walk

Hits = Callable[..., list[Hit]]
FRIDAY = date(2026, 11, 20)


@pytest.fixture
def walk(session: Session, settings: Settings) -> Walker:
    """Helper B-1 with HH-1 to HH-6 in hand since the first of January."""
    return make_walk(session, settings.files_dir, [f"HH-{n}" for n in range(1, 7)])


@pytest.fixture
def hits(session: Session) -> Hits:
    """What a rule sees on a day, changing nothing."""

    def seen(code: str, as_of: date = FRIDAY, **more: Any) -> list[Hit]:
        session.flush()
        return look(session, RULES.named([code])[0], as_of, **more).hits

    return seen


def run(engine: Engine, codes: list[str], as_of: date = FRIDAY, **more: Any) -> dict[str, dict[str, Any]]:
    """Run rules in a transaction of their own; the results by code."""
    with writing(engine) as session:
        result = run_rules(session, RULES.named(codes), as_of=as_of, actor="job:test", **more)
    return {rule["code"]: rule for rule in result.rules}
