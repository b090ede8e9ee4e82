"""Real published tables, as printed, through the shipped profiles: every total to the last fen, on both databases.

The tables lie outside the project (YANGGUANG_SHARED, else ../shared beside it) and the test fails clearly without them.
The figures are facts, copied here from the pages that the profiles name as their source.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select

from portal.intake.actions import Sender
from portal.intake.files import Sources
from portal.intake.importing import Wish, import_file
from portal.intake.kinds import find_kind
from portal.intake.profiles import SHIPPED, load_profile, shipped_profiles
from portal.kernel.database import reading
from portal.kernel.money import parse_money
from portal.oversight.leads.queries import stream_leads
from portal.registers.divisions.models import Division, Unit
from portal.registers.funds.models import Allocation
from portal.registers.projects.models import Project
from portal.settings import PROJECT_ROOT, Settings
from portal.trail.connect import keyring_of
from tests.apps import app, client

__all__ = ["app", "client"]


@dataclass(frozen=True)
class Printed:
    """What a table prints: its rows, its grand total (万元), how many totals rows, and the programme's year."""

    profile: str
    file: str
    rows: int
    total_wan: str
    totals_rows: int
    programme: str
    year: int


TABLES = (
    Printed("beita-2020-central-1", "cn_beita_2020_central_batch1.csv", 16, "408", 3, "BT-2020-ZY1", 2020),
    Printed("shangqiu-2019-city-2", "cn_shangqiu_2019_city_batch2.csv", 9, "5000", 1, "SQ-2019-SJ2", 2019),
    Printed("wugang-2020-round6", "cn_wugang_2020_round6.csv", 5, "516.54712", 0, "WG-2020-06", 2020),
    Printed(
        "wugang-2020-round6-sources", "cn_wugang_2020_round6_sources.csv", 5, "516.54712", 2, "WG-2020-06-LY", 2020
    ),
    Printed("bazhong-2019-province", "cn_bazhong_2019_province.csv", 6, "26428", 1, "BZ-2019-SJ", 2019),
    Printed("ningde-2020-central-2", "cn_ningde_2020_central_batch2.csv", 9, "8803", 1, "ND-2020-ZY2", 2020),
    Printed("xiangcheng-2019", "cn_fund_sources_2018_2019.csv", 5, "10549", 1, "XC-2019", 2019),
    Printed("mengzhou-2018", "cn_fund_sources_2018_2019.csv", 3, "2947.76", 1, "MZ-2018", 2018),
    Printed("qingliu-2024-pilot", "cn_qingliu_2024_rural_pilot.csv", 4, "299.424", 1, "QL-2024-17", 2024),
)
MEXICO = {
    "Presupuesto": 1_196_395_405_337,
    "Modificado": 1_232_413_978_379,
    "Ejercido": 54_082_107_245,
    "Pagado": 50_856_584_202,
}


@pytest.fixture
def shared() -> Path:
    """Where the published tables lie."""
    folder = Path(os.environ.get("YANGGUANG_SHARED") or PROJECT_ROOT.parent / "shared") / "data"
    if not folder.is_dir():
        pytest.fail(f"the published tables are not at {folder}: set YANGGUANG_SHARED to the folder that holds data/")
    return folder


def test_every_chinese_table_and_the_mexican_workbook_keep_their_printed_totals(
    shared: Path, settings: Settings, engine: Engine, client: FlaskClient
) -> None:
    sources, sender = Sources(engine, keyring_of(settings), settings.staging_dir), Sender("cli:test")
    programmes = import_file(sources, SHIPPED / "programmes.csv", Wish(find_kind("programmes")), sender)
    assert (programmes["accepted"], programmes["rejected"]) == (9, 0)
    for table in TABLES:
        profile = load_profile(table.profile)
        answer = import_file(sources, shared / table.file, Wish(find_kind(profile.kind), profile), sender)
        assert answer["errors"] == [] and answer["findings"] == [], table.profile
        assert (answer["read"], answer["accepted"], answer["totals_checked"]) == (
            table.rows,
            table.rows,
            table.totals_rows,
        )
        assert answer["amount_fen"] == parse_money(table.total_wan, "万元").fen
        assert all(total["holds"] for total in answer["totals"])
    _completion_that_does_not_balance(sources, sender, shared)
    _mexican_projects(sources, sender, shared, engine)
    _divisions(sources, sender, shared, engine)
    _notes_stay(engine)
    _public_pages_say_the_same(client)
    again = import_file(
        sources, shared / TABLES[0].file, Wish(find_kind("allocations"), load_profile(TABLES[0].profile)), sender
    )
    assert again["batch"] is None and again["already"]["by"] == "cli:test"


def _completion_that_does_not_balance(sources: Sources, sender: Sender, shared: Path) -> None:
    """清水: row 1 prints 48.57 of funds, 48.5715 spent and 2.3497 left over. Kept as printed, and flagged once."""
    profile = load_profile("qingshui-2020-completion")
    answer = import_file(
        sources, shared / "cn_qingshui_2020_completion.csv", Wish(find_kind("projects"), profile), sender
    )
    assert (answer["accepted"], answer["errors"], len(answer["findings"])) == (2, [], 1)
    assert answer["findings"][0]["evidence"]["gap_fen"] == 48_570_000 - 48_571_500 - 2_349_700
    with reading(sources.engine) as session:
        first = session.scalars(select(Project).where(Project.code == "QS-2020-001")).one()
        assert (first.planned_fen, first.settled_fen, first.surplus_fen) == (48_570_000, 48_571_500, 2_349_700)
        leads = [lead for lead in stream_leads(session)]
        assert [lead["rule"] if isinstance(lead, dict) else lead.rule for lead in leads] == ["Q10"]


def _mexican_projects(sources: Sources, sender: Sender, shared: Path, engine: Engine) -> None:
    profile = load_profile("mexico-city-2016q1")
    answer = import_file(sources, shared / "mx_projects_cdmx_2016q1.xlsx", Wish(find_kind("projects"), profile), sender)
    assert (answer["accepted"], answer["errors"], answer["findings"]) == (500, [], [])
    assert answer["amount_fen"] == MEXICO["Presupuesto"]
    with reading(engine) as session:
        rows = session.scalars(select(Project).where(Project.currency == "MXN")).all()
        assert len(rows) == 500 and sum(row.settled_fen or 0 for row in rows) == MEXICO["Pagado"]
        for name in ("Modificado", "Ejercido"):
            assert (
                sum(
                    parse_money(row.extensions[name], currency="MXN").fen
                    for row in rows
                    if row.extensions and name in row.extensions
                )
                == MEXICO[name]
            )


def _divisions(sources: Sources, sender: Sender, shared: Path, engine: Engine) -> None:
    answer = import_file(
        sources,
        shared / "divisions_jiangsu_2023.csv",
        Wish(find_kind("divisions"), load_profile("divisions-2023")),
        sender,
    )
    assert (answer["accepted"], answer["rejected"]) == (1605, 0)
    with reading(engine) as session:
        counted = session.execute(select(Division.level, func.count()).group_by(Division.level)).all()
        levels = {level: count for level, count in counted}
        assert levels == {1: 1, 2: 13, 3: 104, 4: 1487}


def _notes_stay(engine: Engine) -> None:
    """北塔: `10(其中,灾情因素6万元)` is 10, and the printed text stays; a line without a village is a line."""
    with reading(engine) as session:
        line = session.scalars(select(Allocation).where(Allocation.no == "BT-2020-ZY1-013")).one()
        assert (line.amount_fen, line.amount_printed) == (10_000_000, "10(其中,灾情因素6万元)")
        assert session.get_one(Unit, line.to_unit_id).name == "兴旺村"
        assert session.scalars(select(Allocation.to_unit_id).where(Allocation.no == "BT-2020-ZY1-016")).one() is None


def _public_pages_say_the_same(client: FlaskClient) -> None:
    for table in TABLES:
        rows = client.get(f"/funds.json?year={table.year}").get_json()["rows"]
        said = {row["code"]: (row["received_fen"], row["currency"]) for row in rows}
        assert said[table.programme] == (parse_money(table.total_wan, "万元").fen, "CNY")
    projects = client.get("/projects.json").get_json()["rows"]
    sums = {c: sum(p["planned_fen"] or 0 for p in projects if p["currency"] == c) for c in ("MXN", "CNY")}
    assert sums == {"MXN": MEXICO["Presupuesto"], "CNY": 48_570_000 + 40_000_000}


def test_every_shipped_profile_loads_and_names_its_source() -> None:
    for name in shipped_profiles():
        profile = load_profile(name)
        assert profile.title and profile.source
