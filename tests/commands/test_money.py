"""`trace` and `flow` as outsiders call them: one JSON object, exit codes, sums to the fen."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from portal.commands.money import flow, trace
from portal.kernel.database import writing
from portal.settings import Settings
from tests.factories.divisions import VILLAGE, make_county
from tests.factories.funds import make_chain, make_programme, pay
from tests.factories.recipients import make_household


@pytest.fixture
def numbers(engine: Engine) -> list[str]:
    with writing(engine) as session:
        make_county(session)
        chain = make_chain(session, make_programme(session), (100_00, 60_00, 50_00))
        paid = pay(session, chain[2], [(make_household(session).id, 5_00)])
        return [*(line.no for line in chain), f"{paid[0].batch_no}-1"]


@pytest.fixture
def environ(settings: Settings) -> Mapping[str, str]:
    return {"YANGGUANG_HOME": str(settings.home), "YANGGUANG_DATABASE_URL": settings.database_url}


def run(command: object, environ: Mapping[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, env=environ)  # type: ignore[arg-type]


def test_an_allocation_is_traced_up_and_down(environ: Mapping[str, str], numbers: list[str]) -> None:
    done = run(trace, environ, "allocation", numbers[1], "--json")
    found = json.loads(done.stdout)
    assert done.exit_code == 0
    assert [step["no"] for step in found["up"]] == [numbers[0]]
    assert found["down"]["children"][0]["children"][0]["no"] == numbers[3]
    assert found["balance_fen"] == 10_00


def test_a_payment_and_a_household_are_traced(environ: Mapping[str, str], numbers: list[str]) -> None:
    up = json.loads(run(trace, environ, "payment", numbers[3], "--json").stdout)["up"]
    assert [step["no"] for step in up] == numbers[2::-1]
    household = json.loads(run(trace, environ, "household", "HH-1", "--json").stdout)
    assert household["down"]["amount_fen"] == 5_00


def test_the_flow_of_a_division_and_a_programme(environ: Mapping[str, str], numbers: list[str]) -> None:
    for arguments in (("--division", VILLAGE), ("--programme", "ZX-2026-01", "--year", "2026")):
        found = json.loads(run(flow, environ, *arguments, "--json").stdout)
        assert found["received_fen"] == found["paid_fen"] + found["held_fen"] + found["returned_fen"]
        for node in found["nodes"]:
            assert node["in_fen"] == node["out_fen"] + node["paid_fen"] + node["held_fen"] + node["returned_fen"]
        assert {"from", "to", "fen"} == set(found["links"][0])


def test_what_cannot_be_found_says_what_to_do(environ: Mapping[str, str], numbers: list[str]) -> None:
    for arguments in (("allocation", "none"), ("household", "none")):
        done = run(trace, environ, *arguments)
        assert done.exit_code == 2
        assert done.stdout == ""
    assert run(flow, environ, "--json").exit_code == 2
    assert "100.00" in run(trace, environ, "allocation", numbers[0]).stdout
    assert "收到" in run(flow, environ, "--division", VILLAGE).stdout
