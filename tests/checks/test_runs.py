"""Runs of the rules: leads are opened once, refreshed, closed with their cause, and re-opened only on new evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.checks.actions import Gap, RunResult, note_gaps, run_rules, withdraw_gaps
from portal.checks.catalogue import RULES
from portal.checks.comparison.quality import FIRST, code_out_of_force_first
from portal.checks.queries import list_rules, replay
from portal.kernel.database import reading, writing
from portal.kernel.errors import BadInput, Refused
from portal.oversight.leads.actions import settle
from portal.oversight.leads.models import Lead, LeadStatus
from portal.registers.divisions.models import Division
from portal.registers.divisions.parameters.models import Parameter
from portal.registers.funds.models import Allocation, Programme
from portal.registers.helpers.models import Helper, Pairing
from portal.registers.projects.assets.models import Asset
from portal.registers.projects.models import Project
from portal.registers.recipients.models import Household, Person, WeakVillage
from portal.trail import actions as trail

DAY = date(2026, 6, 30)
LATER = date(2026, 7, 31)


def recorded(session: Session) -> Session:
    trail.record(session, kind="test.set_up", actor="test", subjects=[])
    return session


@pytest.fixture
def person(engine: Engine) -> int:
    with writing(engine) as session:
        recorded(session)
        household = Household(no="H-1", division_code="320826101201", status="在册", entered_on=date(2020, 1, 1))
        session.add(household)
        session.flush()
        person = Person(
            household_id=household.id, name="张三", id_check="bad_check", id_prefix="320826", lives_together=True
        )
        session.add(person)
        session.flush()
        return person.id


def run(engine: Engine, codes: list[str], as_of: date = DAY) -> RunResult:
    with writing(engine) as session:
        return run_rules(session, RULES.named(codes), as_of=as_of, actor="test")


def counts(result: RunResult) -> tuple[int, int, int, int]:
    rule = result.rules[0]
    return rule["hits"], rule["opened"], rule["refreshed"], rule["closed"]


def leads(engine: Engine) -> list[Lead]:
    with reading(engine) as session:
        return list(session.scalars(select(Lead).order_by(Lead.id)))


def test_a_hit_opens_one_lead_and_later_runs_refresh_it(engine: Engine, person: int) -> None:
    assert counts(run(engine, ["Q01"])) == (1, 1, 0, 0)
    assert counts(run(engine, ["Q01"], LATER)) == (1, 0, 1, 0)
    (lead,) = leads(engine)
    assert (lead.status, lead.first_seen, lead.last_seen) == ("open", DAY, LATER)
    assert (lead.household_no, lead.person_id, lead.division_code) == ("H-1", person, "320826101201")
    assert lead.evidence == {"check": "bad_check", "prefix": "320826"}


def test_a_lead_is_closed_when_its_cause_is_gone_and_opens_when_it_is_back(engine: Engine, person: int) -> None:
    def set_check(value: str) -> None:
        with writing(engine) as session:
            recorded(session).get_one(Person, person).id_check = value

    run(engine, ["Q01"])
    set_check("ok")
    assert counts(run(engine, ["Q01"])) == (0, 0, 0, 1)
    assert leads(engine)[0].status == "closed"
    set_check("bad_date")
    assert counts(run(engine, ["Q01"])) == (1, 1, 0, 0)
    assert [(lead.status, lead.evidence["check"]) for lead in leads(engine)] == [("open", "bad_date")]


def test_a_settled_lead_stays_settled_until_the_evidence_changes(engine: Engine, person: int) -> None:
    run(engine, ["Q01"])
    number = leads(engine)[0].lead_no
    for status in (LeadStatus.VERIFYING, LeadStatus.CONCLUDED, LeadStatus.REVIEWED, LeadStatus.SETTLED):
        with writing(engine) as session:
            settle(session, number, status=status, conclusion="原件如此", actor="test")
    assert counts(run(engine, ["Q01"])) == (1, 0, 0, 0)
    assert leads(engine)[0].status == "settled"
    with writing(engine) as session:
        recorded(session).get_one(Person, person).id_check = "bad_date"
    assert counts(run(engine, ["Q01"])) == (1, 1, 0, 0)
    assert leads(engine)[0].status == "open"


def test_a_settled_answer_stands_again_when_its_evidence_comes_back_after_the_lead_was_closed(
    engine: Engine, person: int
) -> None:
    def look_at(check: str) -> tuple[tuple[int, int, int, int], str]:
        with writing(engine) as session:
            recorded(session).get_one(Person, person).id_check = check
        return counts(run(engine, ["Q01"])), leads(engine)[0].status

    run(engine, ["Q01"])
    number = leads(engine)[0].lead_no
    for status in (LeadStatus.VERIFYING, LeadStatus.CONCLUDED, LeadStatus.REVIEWED, LeadStatus.SETTLED):
        with writing(engine) as session:
            settle(session, number, status=status, conclusion="原件如此", actor="test")
    assert look_at("bad_date") == ((1, 1, 0, 0), "open")
    assert look_at("ok") == ((0, 0, 0, 1), "closed")
    assert look_at("bad_check") == ((1, 0, 0, 0), "settled")
    assert leads(engine)[0].evidence["check"] == "bad_check"
    assert look_at("ok") == ((0, 0, 0, 0), "settled")
    assert look_at("bad_prefix") == ((1, 1, 0, 0), "open")


def test_a_step_that_is_not_open_is_refused(engine: Engine, person: int) -> None:
    run(engine, ["Q01"])
    with pytest.raises(Refused), writing(engine) as session:
        settle(session, leads(engine)[0].lead_no, status=LeadStatus.SETTLED, conclusion="", actor="test")


def test_a_look_into_the_past_reports_and_leaves_the_leads(engine: Engine, person: int) -> None:
    run(engine, ["Q01"], LATER)
    result = run(engine, ["Q01"], date(2019, 12, 31))
    assert counts(result) == (0, 0, 0, 0)
    assert leads(engine)[0].status == "open"


def test_only_listed_households_are_looked_at(engine: Engine, person: int) -> None:
    with writing(engine) as session:
        household = recorded(session).scalars(select(Household)).one()
        household.status, household.exited_on = "已退出", date(2026, 6, 30)
    assert counts(run(engine, ["Q01"], DAY))[0] == 0
    assert counts(run(engine, ["Q01"], date(2026, 6, 29)))[0] == 1


def test_a_run_is_replayed_on_what_was_known_then(engine: Engine, person: int) -> None:
    number = run(engine, ["Q01"]).run
    with writing(engine) as session:
        recorded(session).get_one(Person, person).id_check = "ok"
        session.scalars(select(Household)).one().address = "一组"
    with reading(engine) as session:
        assert replay(session, number) == [{"code": "Q01", "hits_then": 1, "hits_now": 1, "agree": True}]


@pytest.mark.parametrize(("entered", "hits"), [(date(2016, 6, 8), 0), (date(2016, 6, 9), 1)])
def test_a_code_out_of_force_on_the_records_date_is_seen(engine: Engine, entered: date, hits: int) -> None:
    with writing(engine) as session:
        recorded(session).add(
            Division(
                code="320802001001", name="旧居委会", level=5, valid_from=date(2000, 1, 1), valid_to=date(2016, 6, 8)
            )
        )
        session.add(Household(no="H-9", division_code="320802001001", status="在册", entered_on=entered))
        session.add(Household(no="H-8", division_code="999999999999", status="在册", entered_on=entered))
    assert counts(run(engine, ["Q08"]))[0] == hits


OLD = "320802001001"


@pytest.fixture
def abolished(engine: Engine) -> Engine:
    """A neighbourhood whose code held until 8 June 2016."""
    with writing(engine) as session:
        old = Division(code=OLD, name="旧居委会", level=5, valid_from=date(2000, 1, 1), valid_to=date(2016, 6, 8))
        recorded(session).add(old)
    return engine


@pytest.mark.parametrize(("year", "seen"), [(2016, False), (2017, True)])
def test_every_record_with_a_code_and_a_date_of_its_own_is_looked_at(abolished: Engine, year: int, seen: bool) -> None:
    day = date(year, 6, 8)
    with writing(abolished) as session:
        helper = Helper(no="B-7", name="王帮扶")
        recorded(session).add(helper)
        session.flush()
        session.add_all(
            [
                Household(no="H-1", division_code=OLD, status="在册", entered_on=day),
                WeakVillage(village_code=OLD, recognised_year=year),
                Pairing(helper_id=helper.id, target=f"village:{OLD}", village_code=OLD, started_on=day),
                Project(code="XM-1", name="路", division_code=OLD, started_on=day),
                Asset(code="ZC-1", name="大棚", division_code=OLD, confirmed_on=day),
                Parameter(name="poverty_line", division_code=OLD, value="1", valid_from=day),
            ]
        )
        programme = Programme(code="ZX-1", name="专项")
        session.add(programme)
        session.flush()
        session.add(Allocation(no="B-1", programme_id=programme.id, division_code=OLD, amount_fen=1, allocated_on=day))
        # nothing to compare: no date, or no code
        session.add_all(
            [Asset(code="ZC-2", name="水井", division_code=OLD), Asset(code="ZC-3", name="站", confirmed_on=day)]
        )
    assert counts(run(abolished, ["Q08"]))[0] == (7 if seen else 0)
    assert {(lead.subject_kind, lead.subject_no) for lead in leads(abolished)} == (
        {
            ("household", "H-1"), ("weak_village", f"{OLD}/2017"), ("pairing", f"B-7/{OLD}/2017-06-08"), ("project", "XM-1"),
            ("asset", "ZC-1"), ("parameter", f"poverty_line/{OLD}///2017-06-08"), ("allocation", "B-1"),
        }
        if seen else set()
    )  # fmt: skip
    assert {lead.household_no for lead in leads(abolished) if lead.subject_kind != "household"} <= {None}
    whens = {lead.subject_kind: lead.evidence for lead in leads(abolished)}
    assert not seen or (whens["weak_village"], whens["pairing"]) == ({"year": 2017}, {"on": "2017-06-08"})


def test_a_corrected_code_is_no_longer_seen_and_the_earlier_run_is_replayed(abolished: Engine) -> None:
    with writing(abolished) as session:
        recorded(session).add(WeakVillage(village_code=OLD, recognised_year=2020))
    number = run(abolished, ["Q08"]).run
    with writing(abolished) as session:
        recorded(session).scalars(select(WeakVillage)).one().recognised_year = 2015
    assert counts(run(abolished, ["Q08"])) == (0, 0, 0, 1)
    with reading(abolished) as session:
        assert replay(session, number) == [{"code": "Q08", "hits_then": 1, "hits_now": 1, "agree": True}]


def test_a_run_of_an_earlier_version_is_replayed_as_that_version_looked(abolished: Engine) -> None:
    with writing(abolished) as session:
        recorded(session).add(Household(no="H-1", division_code=OLD, status="在册", entered_on=date(2020, 1, 1)))
        session.add(WeakVillage(village_code=OLD, recognised_year=2020))
    first = replace(RULES.named(["Q08"])[0], expression=code_out_of_force_first, history=FIRST, earlier={})
    with writing(abolished) as session:
        number = run_rules(session, [first], as_of=DAY, actor="test").run
    with reading(abolished) as session:
        assert replay(session, number) == [{"code": "Q08", "hits_then": 1, "hits_now": 1, "agree": True}]


def test_a_printed_gap_is_a_lead_at_once_and_closed_when_the_import_is_undone(engine: Engine) -> None:
    gap = Gap("total", "合计", {"printed_fen": 100, "sum_fen": 99})
    with writing(engine) as session:
        note_gaps(session, "DR-1", [gap], as_of=DAY, actor="test")
    assert [(lead.rule, lead.status, lead.evidence["printed_fen"]) for lead in leads(engine)] == [("Q10", "open", 100)]
    assert counts(run(engine, ["Q10"])) == (1, 0, 1, 0)
    with writing(engine) as session:
        withdraw_gaps(session, "DR-1", as_of=DAY, actor="test")
    assert [lead.status for lead in leads(engine)] == ["closed"]


def test_the_registry_names_unknown_rules(engine: Engine) -> None:
    with pytest.raises(BadInput, match="Z99"):
        RULES.named(["Z99"])
    with reading(engine) as session:
        listed = {rule["code"]: rule for rule in list_rules(session)}
    assert {"Q01", "Q08", "Q10"} <= set(listed)
    assert all(rule["guide"] and rule["legal_basis"] and rule["condition"] for rule in listed.values())
