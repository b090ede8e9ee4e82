"""The rules over a simulated month: no certain fraud passes unseen, and honest oddity is hardly ever called serious."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import Engine

from portal.accounts import passwords
from portal.settings import Settings
from tests.factories.accounts import Quick
from tests.simulation.frauds import FRAUDS
from tests.simulation.playing import Report, play

FULL = os.environ.get("YANGGUANG_SOAK") == "1"


def check(report: Report) -> None:
    missed = {kind for kind, fraud in FRAUDS.items() if fraud.certain and report.recall(kind) != 1}
    assert missed == set(), report.table()
    assert report.identical[0] == report.identical[1] > 0, report.table()
    assert report.serious_per_month <= 0.2, report.table()
    assert report.uncounted == 0  # nothing but a person takes a visit from anybody
    assert report.honest["H01"] == report.honest["H06"] == report.honest["H08"] == 0, report.table()


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"] if FULL else ["sqlite"], indirect=True)
def test_certain_frauds_are_seen_and_honest_helpers_left_in_peace(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "HASHING", Quick())
    size = {"honest": 200, "frauds": 30, "months": 2} if FULL else {"honest": 12, "frauds": 1, "months": 1}
    report = play(engine, settings, seed=20, **size)
    check(report)
    assert sum(report.frauds.values()) == size["frauds"] * len(FRAUDS)
    assert report.check_ins > 80
