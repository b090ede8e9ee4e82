"""A file of pairings is held to the limit of households as the console is: beyond it a reason stands in its row."""

from datetime import date

import pytest
from sqlalchemy import Engine, select

from portal.kernel.database import reading
from portal.registers.helpers.models import Pairing
from tests.intake.conftest import Put

HOMES = "户编号,姓名,区划代码,状态,与户主关系\n" + "".join(f"H{n},张{n},320826100001,在册,户主\n" for n in range(1, 6))
LIMIT = "名称,区划代码,有效期自,值,依据\nhelper_max_households,320826,2020-01-01,2,涟帮办〔2026〕3号\n"
HEAD = "帮扶人编号,户编号,开始日期,结束日期"


@pytest.fixture
def limited(county: Put) -> Put:
    """Two households at most for one helper in the county; five households and two helpers."""
    county("households", HOMES)
    county("parameters", LIMIT)
    county("helpers", "帮扶人编号,姓名\nB1,王帮扶\nB2,李帮扶\n")
    return county


def rows(*lines: str, head: str = HEAD) -> str:
    return "\n".join([head, *lines]) + "\n"


def test_the_row_beyond_the_limit_is_refused_alone(limited: Put) -> None:
    answer = limited(
        "pairings", rows("B1,H1,2026-01-01,", "B1,H2,2026-01-01,", "B1,H3,2026-01-01,", "B2,H3,2026-01-01,")
    )
    (error,) = answer["errors"]
    assert (answer["accepted"], answer["rejected"]) == (3, 1)
    assert (error["row"], error["column"]) == (4, "超过户数上限的理由")
    assert "将有 3 户，当地上限 2 户" in error["why"]
    assert "加一列" in error["fix"]
    later = limited("pairings", rows("B1,H4,2026-01-01,"))  # what the register holds counts too
    assert (later["accepted"], later["rejected"]) == (0, 1)


def test_with_a_reason_it_enters_and_the_reason_stays_with_it(limited: Put, engine: Engine) -> None:
    head = f"{HEAD},超过户数上限的理由"
    file = rows("B1,H1,2026-01-01,,", "B1,H2,2026-01-01,,", "B1,H3,2026-01-01,,同村没有别的干部", head=head)
    assert limited("pairings", file)["accepted"] == 3
    with reading(engine) as session:
        kept = [e for e in session.scalars(select(Pairing.extensions).order_by(Pairing.id)) if e]
    assert kept == [{"超过户数上限的理由": "同村没有别的干部"}]
    again = limited("pairings", rows("B1,H3,2026-01-01,"))  # the same pairing, now without the column
    assert (again["rejected"], again["unchanged"]) == (0, 1)


def test_one_after_the_other_is_not_at_once(limited: Put) -> None:
    ended = rows("B1,H1,2025-01-01,2025-12-31", "B1,H2,2025-01-01,2025-12-31", "B1,H3,2026-01-01,", "B1,H4,2026-01-01,")
    assert limited("pairings", ended)["accepted"] == 4
    assert limited("pairings", rows("B1,H5,2026-02-01,"))["rejected"] == 1
    longer = limited("pairings", rows("B1,H1,2025-01-01,2026-06-30"))  # a lengthened one is held to the limit again
    assert (longer["updated"], longer["rejected"]) == (0, 1)
    assert limited("pairings", rows("B1,H3,2026-01-01,2026-03-31"))["updated"] == 1  # a shorter one is not
    assert limited("pairings", rows("B1,H5,2026-04-01,"))["accepted"] == 1


def test_without_a_limit_nobody_is_asked(county: Put, engine: Engine) -> None:
    county("households", HOMES)
    county("helpers", "帮扶人编号,姓名\nB1,王帮扶\n")
    assert county("pairings", rows(*(f"B1,H{n},2026-01-01," for n in range(1, 6))))["accepted"] == 5
    with reading(engine) as session:
        assert set(session.scalars(select(Pairing.started_on))) == {date(2026, 1, 1)}
