"""A deployment on PostgreSQL works under the roles it is given: the application's, and the sequencer's for the log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text

from portal.checks.actions import run_rules
from portal.checks.catalogue import RULES
from portal.commands.trail import checkpoint_once
from portal.demo.build import demo_tables, make_demonstration
from portal.demo.load import load_tables
from portal.demo.plan import make_plan
from portal.kernel.database import Base, reading, writing
from portal.registers.funds.models import Allocation
from portal.registers.funds.payments.models import Payment
from portal.registers.funds.verification.queries import verify_totals
from portal.registers.recipients.models import Household
from portal.settings import Settings, read_settings
from portal.trail.actions import record
from portal.trail.connect import connect, keyring_of
from tests.conftest import fresh_postgres

AS_OF = date(2026, 11, 20)


def as_role(home: Path, url: str, role: str) -> Settings:
    """Settings of a process that logs in as a member of one role."""
    return read_settings(
        {"YANGGUANG_HOME": str(home), "YANGGUANG_DATABASE_URL": f"{url}?options=-crole%3Dyangguang_{role}"}
    )


@pytest.fixture
def deployment(postgres_template: str, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    home = tmp_path / "home"
    home.mkdir()
    with fresh_postgres(postgres_template, "yangguang_template") as url:
        yield home, url


@pytest.fixture
def application(deployment: tuple[Path, str]) -> Iterator[tuple[Settings, Engine]]:
    settings = as_role(*deployment, "app")
    engine = connect(settings)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == "yangguang_app"
    yield settings, engine
    engine.dispose()


def test_the_application_and_the_sequencer_do_their_work_under_their_own_roles(
    deployment: tuple[Path, str], application: tuple[Settings, Engine]
) -> None:
    settings, engine = application
    tables = list(demo_tables(make_demonstration(make_plan("village", 2017, AS_OF))))
    load_tables(engine, keyring_of(settings), settings.staging_dir, tables, lambda _message: None)
    with writing(engine) as session:
        run_rules(session, RULES.of_families(["Q"]), as_of=AS_OF, actor="test")
    with writing(engine) as session:  # a correction moves sums and keeps the superseded row
        household = session.scalars(select(Household).order_by(Household.id).limit(1)).one()
        household.address = "改过的门牌"
        record(session, kind="household.corrected", actor="test", subjects=[("household", household.no)], why="核对")
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(Payment)) == sum(
            table.rows for table in tables if table.kind == "payments"
        )
        assert session.scalar(select(func.count()).select_from(Allocation))
        assert verify_totals(session) == []
    published = checkpoint_once(as_role(*deployment, "sequencer"), origin="portal.example/log", init=True)
    assert published.size > len(tables)
    assert published.findings == []


def test_the_application_may_read_and_write_every_table_but_the_logs_own(application: tuple[Settings, Engine]) -> None:
    _settings, engine = application
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            may = {
                right
                for right in ("SELECT", "INSERT", "UPDATE")
                if connection.scalar(select(func.has_table_privilege("yangguang_app", table.name, right)))
            }
            if table.name not in {"change_log", "trail_head"} and not table.name.startswith("trail_"):
                assert may == {"SELECT", "INSERT", "UPDATE"}, table.name
            assert "SELECT" in may, table.name


def test_the_application_may_delete_what_is_computed_again_or_spent_and_nothing_that_was_recorded(
    application: tuple[Settings, Engine],
) -> None:
    _settings, engine = application
    with engine.connect() as connection:
        deletable = {
            table.name
            for table in Base.metadata.sorted_tables
            if connection.scalar(select(func.has_table_privilege("yangguang_app", table.name, "DELETE")))
        }
    assert deletable == {
        "case_rooms",
        "flow_cells",
        "household_payouts",
        "household_sign_ins",
        "line_balances",
        "line_payouts",
        "login_sessions",
        "nonces",
        "photo_bands",
        "photo_matches",
        "programme_cells",
        "spent_challenges",
    }
