"""The traps of the trade that this register has to see through: T01 to T04 and T08, each by its name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from portal.kernel.errors import Refused
from portal.publishing.notice_gate import GateRefused, NoticeFinding, Private
from portal.publishing.notices.actions import conclude_notice
from portal.publishing.notices.disclosure import SourceRow
from portal.publishing.notices.drafts.actions import draft_notice, submit_notice
from portal.publishing.notices.finishing import findings_of
from portal.publishing.notices.queries import get_notice
from portal.registers.recipients.actions import add_person
from portal.registers.recipients.incomes.computing.queries import computation_of
from portal.registers.recipients.procedures.models import End, StepKey
from portal.registers.recipients.procedures.models import ProcedureKind as K
from portal.registers.recipients.rules import is_income_capped
from tests.factories import notices as n
from tests.factories import procedures as p
from tests.factories.divisions import VILLAGE
from tests.factories.recipients import make_id


@pytest.mark.begins_with(fill=p.make_lines)
@pytest.mark.parametrize("stated", [None, True], ids=["left to the table", "stated as income in a file"])
def test_t01_a_medical_reimbursement_of_12_000_takes_nobody_off_the_list(session: Session, stated: bool | None) -> None:
    home = p.make_listed(session)
    p.earn(session, home, 5_000)
    entry = p.make_income(session, home, 12_000_00, category="转移性", item="医疗报销")
    entry.counts = stated
    session.flush()
    p.confirm_entry(session, p.Entered.INCOME, entry.id, home.id, p.act(p.OTHER), None, p.AT)
    it = computation_of(session, home.id, p.DAY)
    assert [item.counts for item in it.items if item.values["item"] == "医疗报销"] == [False]
    assert (it.total_fen, it.is_under_line, it.is_under_line_for_exit) == (5_000_00, True, True)
    row = p.walk(session, p.begin(session, K.EXIT, home), StepKey.VERIFY)
    with pytest.raises(Refused, match="没有超过收入线"):
        p.step_on(session, row)
    assert (row.state, home.status) == (StepKey.VERIFY, "在册")


@pytest.mark.begins_with(fill=p.make_lines)
def test_t02_a_sudden_hardship_over_the_line_is_accepted(session: Session) -> None:
    values = {"no": "HH-5", "division_code": VILLAGE, "category": "突发严重困难户", "main_cause": "因灾"}
    home = p.register_household(session, values, [{"name": "陈玉梅", "relation": "户主"}], p.act("user:set-up"), p.DAY)
    p.earn(session, home, 90_000)
    assert computation_of(session, home.id, p.DAY, purpose="monitor").is_under_line is False
    assert not is_income_capped("突发严重困难户") and is_income_capped("边缘易致贫户")
    row = p.walk(session, p.begin(session, K.MONITOR, home))
    assert (row.state, home.status) == (End.DONE, "在册")


@pytest.mark.begins_with(fill=p.make_lines)
def test_t03_numbers_of_18_20_and_22_digits_are_kept_and_only_the_wrong_one_is_flagged(session: Session) -> None:
    home = p.make_listed(session)
    right = [make_id(11), make_id(12) + "44", make_id(13) + "4402"]
    sound = make_id(14)
    wrong = sound[:17] + ("0" if sound[17] != "0" else "1") + "44"
    checks = [
        add_person(session, home.id, {"name": f"成员{at}", "id_number": number}, p.act()).id_check
        for at, number in enumerate([*right, wrong])
    ]
    assert checks == ["ok", "ok", "ok", "bad_check"]


@pytest.mark.begins_with(fill=p.make_lines)
@pytest.mark.parametrize("prefix", ["320802", "320811", "320829"])
def test_t04_a_number_of_an_abolished_county_is_right(session: Session, prefix: str) -> None:
    home = p.make_listed(session)
    body = prefix + make_id(21)[6:17]
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    number = body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]
    person = add_person(session, home.id, {"name": "老户口", "id_number": number}, p.act())
    assert (person.id_check, person.id_prefix) == ("ok", prefix)


@pytest.mark.begins_with(fill=n.make_village)
def test_t08_a_notice_of_ten_days_is_not_concluded_on_the_seventh(session: Session, tmp_path: Path) -> None:
    paid = SourceRow({"name": "张建国", "amount_fen": 120_00}, "HH-1")
    row = n.posted(session, tmp_path, pattern="subsidy", rows=(paid,))
    assert row.days == 10
    with pytest.raises(Refused, match="公示期没有满") as refused:
        conclude_notice(session, row.no, n.act(n.CHECKER), n.later(7))
    assert refused.value.code == "early_end"


@pytest.mark.begins_with(fill=n.make_village)
@pytest.mark.parametrize(
    ("words", "what"), [(f"{n.CHILD}之父", Private.MINOR), ("患肺癌", Private.ILLNESS)], ids=["a child", "an illness"]
)
def test_t08_a_list_with_a_child_or_an_illness_is_refused_naming_field_and_line(
    session: Session, words: str, what: Private
) -> None:
    first, *others = n.listed()
    rows = (replace(first, cells={**first.cells, "opinion": words}), *others)
    row = draft_notice(session, n.draft_of(rows=rows), n.act(), n.AT)
    done = n.finish_as(session, get_notice(session, row.no))
    assert NoticeFinding(what, "初步意见", 1) in findings_of(session, get_notice(session, row.no), done, n.AT)
    with pytest.raises(GateRefused):
        submit_notice(session, row.no, done, n.act(), n.AT)
