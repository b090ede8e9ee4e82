"""A year of visits for a filled home: put straight into the tables, because only reading them is measured."""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, text

from portal.kernel.clock import CHINA, day_cn
from portal.kernel.database import WRITING, reserve_ids
from portal.registers.helpers.check_ins.claims.models import Claim
from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.helpers.models import Pairing
from portal.registers.helpers.queries import in_force
from portal.registers.recipients.models import Household, HouseholdStatus

CHUNK = 20_000
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Home:
    """A household and who visits it."""

    household: int
    division: str
    helper: int
    lat_e7: int | None
    lng_e7: int | None


def homes_of(connection: Connection, today: date) -> list[Home]:
    """Every paired household in hand."""
    rows = connection.execute(
        select(Household.id, Household.division_code, Pairing.helper_id, Household.lat_e7, Household.lng_e7)
        .join(Pairing, Pairing.household_id == Household.id)
        .where(in_force(today), Household.status.in_([HouseholdStatus.LISTED, HouseholdStatus.OUT_OF_POVERTY]))
        .where(Household.superseded_at.is_(None), Pairing.superseded_at.is_(None))
        .order_by(Household.id)
    )
    return [Home(*row) for row in rows]


def year_of(homes: list[Home], visits: int, today: date, first: int = 1) -> Iterator[tuple[Rows, Rows]]:
    """Visits of the year before `today` and their claims, in chunks, in the order of receipt; one in two hundred is odd."""
    dice = random.Random(1)
    end = datetime.combine(today, time(0), CHINA).astimezone(UTC)
    step = timedelta(days=365) / visits
    chains: dict[int, tuple[int, bytes]] = {}
    seen: Rows = []
    claims: Rows = []
    for place in range(visits):
        received, home, number = end - step * (visits - place), dice.choice(homes), first + place
        odd, hours = dice.random() < 0.005, dice.choice((0, 0, 0, 1, 5))
        captured = received - timedelta(hours=100 if odd else hours)
        counter, before = chains.get(home.helper, (0, bytes(32)))
        own = hashlib.sha256(number.to_bytes(8, "big")).digest()
        chains[home.helper] = (counter + 1, own)
        claim_id, phone = str(uuid.UUID(int=number)), f"d{home.helper}"
        seen.append(_visit(number, claim_id, home, phone, captured, received, odd, dice))
        claims.append(
            {
                "id": number, "claim_id": claim_id, "device_id": phone, "helper_no": f"B-{home.helper}",
                "counter": counter + (2 if odd else 1), "previous_sha256": before, "message_sha256": own,
                "body_sha256": own, "signature_ok": True, "outcome": "accepted", "received_at": received,
            }
        )  # fmt: skip
        if len(seen) == CHUNK:
            yield seen, claims
            seen, claims = [], []
    if seen:
        yield seen, claims


def _visit(
    number: int, claim_id: str, home: Home, phone: str, captured: datetime, received: datetime, odd: bool, dice: random.Random
) -> dict[str, Any]:  # fmt: skip
    made = dice.random() < 0.93
    return {
        "id": number, "claim_id": claim_id, "source": "手机", "helper_id": home.helper, "household_id": home.household,
        "division_code": home.division, "device_id": phone, "visited_on": day_cn(captured), "captured_at": captured,
        "not_before": captured - timedelta(hours=2), "received_at": received, "offline": captured < received,
        "visit": "done" if made else "not_possible", "not_possible_reason": None if made else "家中无人",
        "activities": ["核对收入", "看住房"] if made else [], "findings": [], "has_location": True,
        "coarse_lat_e7": _kilometre(home.lat_e7, dice), "coarse_lng_e7": _kilometre(home.lng_e7, dice),
        "accuracy_m": 12, "distance_m": 20, "beyond_m": 800 if odd else 0, "travel_kmh": 200 if odd else 10,
        "photo_count": 1, "state": "asked" if odd and dice.random() < 0.2 else "accepted",
        "signals": {"R5": {"households": 6}} if odd else {}, "recorded_at": received,
    }  # fmt: skip


def _kilometre(degrees_e7: int | None, dice: random.Random) -> int | None:
    return None if degrees_e7 is None else round(degrees_e7 / 100_000 + dice.uniform(-1, 1)) * 100_000


@contextmanager
def bare(connection: Connection) -> Iterator[None]:
    """The tables of visits without indexes and triggers meanwhile (SQLite): sorted at the end, they take a tenth of the time."""
    wanted = "SELECT type, name, sql FROM sqlite_master WHERE tbl_name IN ('check_ins', 'claims') AND sql IS NOT NULL AND type <> 'table'"
    found = connection.exec_driver_sql(wanted).all() if connection.dialect.name == "sqlite" else []
    for kind, name, _ in found:
        connection.exec_driver_sql(f"DROP {kind} {name}")
    yield
    for _kind, _name, made in found:
        connection.exec_driver_sql(made)


def fill_year(engine: Engine, visits: int, today: date) -> int:
    """Write a year of visits into a home that has households and pairings but hardly any visits; how many."""
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        homes = homes_of(connection, today)
        first = max(reserve_ids(connection, table, visits) for table in (CheckIn.__tablename__, Claim.__tablename__))
        with bare(connection):
            for seen, claims in year_of(homes, visits, today, first):
                connection.execute(insert(CheckIn.__table__), seen)  # type: ignore[arg-type]  # a Table
                connection.execute(insert(Claim.__table__), claims)  # type: ignore[arg-type]  # a Table
        connection.execute(text("ANALYZE"))
    return visits
