"""Demonstrations drawn once for all tests of this folder; drawing takes about a second."""

from __future__ import annotations

from datetime import date

import pytest

from portal.demo.arrays import DemoTable
from portal.demo.build import Demonstration, demo_tables, make_demonstration
from portal.demo.plan import make_plan
from tests.demo.frames import Frames

AS_OF = date(2026, 11, 20)


@pytest.fixture(scope="session")
def village() -> Demonstration:
    return make_demonstration(make_plan("village", 2017, AS_OF))


@pytest.fixture(scope="session")
def village_tables(village: Demonstration) -> list[DemoTable]:
    return list(demo_tables(village))


@pytest.fixture(scope="session")
def county() -> Demonstration:
    return make_demonstration(make_plan("county", 2017, AS_OF))


@pytest.fixture(scope="session")
def county_frames(county: Demonstration) -> Frames:
    return Frames(list(demo_tables(county)))


@pytest.fixture(scope="session")
def village_frames(village_tables: list[DemoTable]) -> Frames:
    return Frames(village_tables)
