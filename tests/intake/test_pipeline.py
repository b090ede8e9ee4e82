# ruff: noqa: E501  # rows of tables stand on one line each
"""From a file to the register: new, changed, same, refused; blank leaves, 清空 empties; twice changes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.intake.actions import Sender, new_batch
from portal.intake.files import Sources, stage_file
from portal.intake.importing import commit_staged, undo
from portal.intake.kinds import find_kind
from portal.intake.queries import get_batch, sheet_row
from portal.kernel.database import reading, writing
from portal.kernel.errors import Conflict, NotAllowed, Refused
from portal.kernel.keeping import versions
from portal.registers.divisions.parameters.models import Parameter
from portal.registers.funds.models import Allocation, Programme
from portal.registers.funds.payments.models import BankReturn, Payment
from portal.registers.helpers.models import Helper, Pairing
from portal.registers.projects.assets.models import Asset, AssetDistribution
from portal.registers.projects.models import Project
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.models import Household, Person, WeakVillage
from portal.registers.sealed import seal_name
from portal.trail.encoding import row_digest, row_values
from portal.trail.models import TrailBatch
from tests.intake.conftest import ALICE, HOUSEHOLDS, Put

Read = Callable[[], AbstractContextManager[Session]]
PAYMENTS = (
    "批次号,序号,拨付编号,户编号,收款人,收款人证件号码,银行账号,金额,发放日期,发放事由,所属期\n"
    f"FF1,1,B2,H1,张三,{ALICE},6222021234567890128,300.50,2026-04-02,低保金,2026年3月\n"
    "FF1,2,B2,,淮安某公司,91110000600037341L,,1.2万元,2026.4.2,工程款,\n"
)


def test_every_digest_in_the_trail_is_the_digest_of_the_row_as_stored(county: Put, read: Read) -> None:
    county("payments", PAYMENTS)
    county("households", HOUSEHOLDS.replace("低保户", "特困供养户"))
    with read() as session:
        for model in (Household, Person, Payment, Allocation, Programme):
            rows = session.scalars(select(model).execution_options(include_superseded=True)).all()
            heads = dict(
                session.execute(
                    text("SELECT pk, digest FROM trail_heads h JOIN trail_tables t ON t.id = h.table_id WHERE t.name = :name"),
                    {"name": model.__tablename__},
                ).all()
            )  # fmt: skip
            assert len(heads) == len(rows)
            for row in rows:
                assert row_digest(row_values(model, row)) == bytes(heads[row.id]).hex()


def test_a_household_file_makes_households_and_persons_and_seals_what_is_personal(
    county: Put, read: Read, sources: Sources
) -> None:
    with read() as session:
        head = session.scalars(select(Person).where(Person.name == "张三")).one()
        household = session.get_one(Household, head.household_id)
        assert (household.no, household.division_code, household.status) == ("H1", "320826100001", "在册")
        assert head.id_sealed is not None and ALICE.encode() not in head.id_sealed
        assert sources.keyring.open_(head.id_sealed, seal_name("persons", "id_sealed")) == ALICE
        assert (head.id_born_on.isoformat(), head.id_sex, head.id_prefix, head.id_check) == (
            "1949-12-31",
            "女",
            "110105",
            "ok",
        )  # type: ignore[union-attr]
        assert head.lives_together and head.batch_id is not None and head.batch_row is not None
        assert session.scalar(select(func.count()).select_from(Person).where(Person.id_check == "bad_check")) == 1


def test_the_same_file_twice_changes_nothing_and_says_when_and_by_whom(county: Put, read: Read) -> None:
    county("payments", PAYMENTS)
    with read() as session:
        before = session.scalar(select(func.count()).select_from(TrailBatch))
    again = county("payments", PAYMENTS)
    assert (again["accepted"], again["unchanged"], again["updated"], again["batch"]) == (0, 2, 0, None)
    assert again["already"]["by"] == "cli:test" and again["amount_fen"] == 1230050
    with read() as session:
        assert session.scalar(select(func.count()).select_from(TrailBatch)) == before
        assert session.scalar(select(func.count()).select_from(Payment)) == 2


def test_the_same_rows_in_another_file_are_unchanged(county: Put) -> None:
    answer = county("households", HOUSEHOLDS + "\n")
    assert (answer["accepted"], answer["unchanged"], answer["updated"]) == (0, 3, 0)


def test_a_blank_leaves_the_value_and_clear_empties_it(county: Put, read: Read) -> None:
    answer = county("households", f"户编号,姓名,证件号码,银行账号,对象类别\nH1,张三,{ALICE},清空,\n")
    assert answer["updated"] == 1 and answer["errors"] == []
    with read() as session:
        person = session.scalars(select(Person).where(Person.name == "张三")).one()
        assert person.account_sealed is None and person.account_index is None
        assert session.get_one(Household, person.household_id).category == "低保户"
        kept = versions(session, Person, person.id)
        assert [v.account_sealed is None for v in kept] == [False, True]
        assert kept[0].superseded_batch_id == person.batch_id


def test_what_is_required_cannot_be_cleared(county: Put) -> None:
    answer = county("programmes", "资金项目编码,名称\nZX-1,清空\n")
    assert [(e["column"], e["why"]) for e in answer["errors"]] == [("名称", "必填，不能清空")]


def test_a_bad_row_never_stops_the_good_ones(county: Put) -> None:
    rows = "批次号,序号,拨付编号,金额,发放日期\nFF1,1,B2,100,2026-04-02\nFF1,2,B9,100,2026-04-02\nFF1,3,B2,一百二,2026-04-02\nFF1,4,B2,100,2026.13.2\nFF1,1,B2,101,2026-04-02\nFF1,1,B2,100,2026-04-02\n"
    answer = county("payments", rows)
    assert (answer["read"], answer["accepted"], answer["unchanged"], answer["rejected"], answer["amount_fen"]) == (
        6,
        1,
        1,
        4,
        10000,
    )
    assert {(e["row"], e["column"]) for e in answer["errors"]} == {
        (3, "拨付编号"),
        (4, "金额"),
        (5, "发放日期"),
        (6, "批次号"),
    }
    assert all(e["why"] and e["fix"] for e in answer["errors"])


def test_lines_of_a_file_may_name_each_other_in_any_order_and_fall_together(county: Put, read: Read) -> None:
    rows = "拨付编号,上级拨付编号,资金项目编码,金额\nC3,C2,ZX-1,10\nC2,C1,ZX-1,20\nC1,B1,ZX-1,30\nD2,D1,ZX-1,5\nD1,B9,ZX-1,5\nE1,,ZX-1,-5\nF1,F1,ZX-1,5\n"
    answer = county("allocations", rows)
    assert answer["accepted"] == 3
    assert {e["row"]: e["why"] for e in answer["errors"]} == {
        6: "没有这个拨付", 5: "它指的那一行被退回了", 7: "金额是负数（收回、调减），没有写冲的是哪一笔", 8: "上级是这一笔自己",
    }  # fmt: skip
    with read() as session:
        ids = {row.no: row.id for row in session.scalars(select(Allocation))}
        assert session.scalars(select(Allocation.parent_id).where(Allocation.no == "C3")).one() == ids["C2"]


def test_every_kind_can_be_imported(county: Put, read: Read) -> None:
    files = {
        "parameters": "名称,区划代码,有效期自,值,单位,依据\npoverty_line,000000000000,2026-01-01,6000,元,测试\n",
        "weak_villages": "村区划代码,级别,认定年度,村集体年收入,达标线,状态,帮扶单位\n320826100001,省定,2020,12万元,18万元,在列,涟水县财政局\n",
        "projects": "项目编码,名称,项目类型,区划代码,主管部门,计划总投资,审批日期,形象进度\nXM1,桃园,产业,320826100001,CZ,73.5万元,2026-01-05,67.5\n",
        "assets": "资产编码,名称,项目编码,资产类型,原值,权属单位,状态,区划代码\nZC1,冷库,XM1,经营性,100000,HY,在用,320826100001\n",
        "asset_distributions": "资产编码,年度,分配日期,金额,受益户数\nZC1,2026,2026-06-01,5000,20\n",
        "helpers": f"帮扶人编号,姓名,证件号码,手机号,帮扶单位,类型\nBF1,赵六,{ALICE},13800000000,CZ,结对干部\n",
        "pairings": "帮扶人编号,户编号,村区划代码,项目编码,开始日期\nBF1,H1,,,2026-01-01\nBF1,,320826100001,,2026-01-01\nBF1,,,XM1,2026-01-01\nBF1,H1,320826100001,,2026-02-01\n",
        "payments": PAYMENTS,
        "bank_returns": "批次号,序号,结果,失败原因,到账日期\nFF1,1,成功,,2026-04-03\nFF1,9,成功,,\n",
        "incomes": f"户编号,证件号码,发生日期,年度,月份,收入类别,收入项目,金额\nH1,{ALICE},2026-03-01,,,工资性,务工工资,100\nH1,,,2025,,转移性,低保金,200\nH1,,,2025,,转移性,低保金,200\nH1,,,2025,13,转移性,低保金,200\nH1,,,2025,,工资性,低保金,1\n",
    }  # fmt: skip
    refused = {kind: county(kind, content)["rejected"] for kind, content in files.items()}
    assert {kind: n for kind, n in refused.items() if n} == {"pairings": 1, "bank_returns": 1, "incomes": 2}
    models = (Parameter, WeakVillage, Project, Asset, AssetDistribution, Helper, Pairing, Payment, BankReturn, Income)
    with read() as session:
        counts = [session.scalar(select(func.count()).select_from(m)) for m in models]
        assert counts == [1, 1, 1, 1, 1, 1, 3, 2, 1, 3]
        assert session.scalars(select(Project)).one().progress == 6750
        assert {p.payee_kind for p in session.scalars(select(Payment))} == {"个人", "单位"}
        assert session.scalars(select(Income.precision).where(Income.amount_fen == 20000)).all() == ["year", "year"]
    again = county("incomes", files["incomes"] + "\n")
    assert (again["accepted"], again["unchanged"]) == (0, 3)


def test_local_columns_are_kept_with_the_record_and_named(county: Put, read: Read) -> None:
    answer = county("programmes", "资金项目编码,名称,经办人,县里备注\nZX-2,二号,小王,\nZX-3,三号,,见附件\n")
    assert answer["extensions"] == ["经办人", "县里备注"]
    with read() as session:
        kept = dict(session.execute(select(Programme.code, Programme.extensions)).all())
        assert (kept["ZX-2"], kept["ZX-3"]) == ({"经办人": "小王"}, {"县里备注": "见附件"})


def test_a_dry_run_writes_nothing(county: Put, read: Read, sources: Sources) -> None:
    answer = county("payments", PAYMENTS, dry_run=True)
    assert (answer["accepted"], answer["batch"]) == (2, None)
    with read() as session:
        assert session.scalar(select(func.count()).select_from(Payment)) == 0
    assert [p for p in sources.staging_dir.glob("*.staged") if p.stat().st_size > 200_000] == []


def test_an_undo_withdraws_what_came_and_gives_back_what_was_changed(county: Put, read: Read, sources: Sources) -> None:
    changed = HOUSEHOLDS.replace("低保户", "特困供养户") + "H3,新来,,户主,320826100001,在册,低保户,\n"
    answer = county("households", changed)
    assert (answer["accepted"], answer["updated"]) == (1, 2)
    undo(sources, answer["batch"], actor="cli:test", why="导错了文件")
    with read() as session:
        assert {h.no: h.category for h in session.scalars(select(Household))} == {"H1": "低保户", "H2": "低保户"}
        assert session.scalar(select(func.count()).select_from(Person)) == 3
        gone = session.scalars(
            select(Person).where(Person.name == "新来").execution_options(include_superseded=True)
        ).one()
        assert gone.superseded_at is not None and gone.superseded_batch_id is not None
    assert county("households", changed)["accepted"] == 1
    with pytest.raises(Refused, match="没有可撤销"):
        undo(sources, answer["batch"], actor="cli:test", why="再来一次")


def test_an_undo_is_refused_and_names_what_rests_on_it(county: Put, sources: Sources, read: Read) -> None:
    lines = county("allocations", "拨付编号,上级拨付编号,资金项目编码,金额\nC1,B1,ZX-1,10\n")
    county("payments", "批次号,序号,拨付编号,金额,发放日期\nFF7,1,C1,10,2026-04-02\n")
    with pytest.raises(Refused) as refused:
        undo(sources, lines["batch"], actor="cli:test", why="撤销")
    assert "FF7" in refused.value.why
    with read() as session:
        assert session.scalar(select(func.count()).select_from(Allocation)) == 3


def test_an_undo_is_refused_when_its_rows_were_changed_later(county: Put, sources: Sources) -> None:
    first = county("programmes", "资金项目编码,名称\nZX-9,九号\n")
    county("programmes", "资金项目编码,名称\nZX-9,九号改\n")
    with pytest.raises(Refused) as refused:
        undo(sources, first["batch"], actor="cli:test", why="撤销")
    assert "ZX-9" in refused.value.why


def test_money_is_undone_by_another_account(county: Put, sources: Sources) -> None:
    answer = county("payments", PAYMENTS)
    with read_batch(sources, answer["batch"], maker="wang"), pytest.raises(NotAllowed):
        undo(sources, answer["batch"], actor="wang", why="撤销")


def read_batch(sources: Sources, no: str, maker: str) -> AbstractContextManager[Session]:
    """Give a batch another maker, as the wizard would."""
    with writing(sources.engine) as session:
        session.execute(text("UPDATE import_batches SET maker = :maker WHERE no = :no"), {"maker": maker, "no": no})
    return reading(sources.engine)


def preview(sources: Sources, path: Path, kind: str, content: str) -> str:
    """Stage a file as the wizard does; returns the number of the preview."""
    path.write_text(content)
    staged, found = stage_file(sources, find_kind(kind), path)
    with writing(sources.engine) as session:
        return new_batch(session, staged, found, None, Sender("wang")).no


MOVED = {
    "a row was changed": ("programmes", "资金项目编码,名称\nZX-1,甲\n", ("programmes", "资金项目编码,名称\nZX-1,乙\n")),
    "the key was taken": ("programmes", "资金项目编码,名称\nZX-8,甲\n", ("programmes", "资金项目编码,名称\nZX-8,乙\n")),
}


@pytest.mark.parametrize("case", MOVED)
def test_a_preview_that_the_register_has_overtaken_is_refused_whole(
    county: Put, sources: Sources, tmp_path: Path, case: str
) -> None:
    kind, content, other = MOVED[case]
    no = preview(sources, tmp_path / "一.csv", kind, content)
    county(*other)
    with pytest.raises(Conflict, match="预览之后"):
        commit_staged(sources, no, actor="wang", checker=None)
    with reading(sources.engine) as session:
        assert "甲" not in session.scalars(select(Programme.name)).all()


def test_a_preview_whose_references_were_undone_is_refused(county: Put, sources: Sources, tmp_path: Path) -> None:
    lines = county("allocations", "拨付编号,上级拨付编号,资金项目编码,金额\nC1,B1,ZX-1,10\n")
    no = preview(
        sources, tmp_path / "二.csv", "payments", "批次号,序号,拨付编号,金额,发放日期\nFF7,1,C1,10,2026-04-02\n"
    )
    undo(sources, lines["batch"], actor="cli:test", why="撤销")
    with pytest.raises(Conflict, match="撤销"):
        commit_staged(sources, no, actor="wang", checker="li")


def test_a_staging_file_that_was_touched_is_refused(county: Put, sources: Sources, tmp_path: Path) -> None:
    no = preview(sources, tmp_path / "三.csv", "programmes", "资金项目编码,名称\nZX-8,甲\n")
    (staged,) = [p for p in sources.staging_dir.glob("*.staged")]
    with sqlite3.connect(staged) as file:
        file.execute("UPDATE new_programmes SET name = '改过'")
    file.close()
    with pytest.raises(Refused, match="和预览时不一样"):
        commit_staged(sources, no, actor="wang", checker=None)


def test_no_number_stands_in_clear_in_a_staging_file_or_a_report(county: Put, sources: Sources, tmp_path: Path) -> None:
    content = HOUSEHOLDS.replace("H1", "H6").replace("6222021234567890128", "62220212345678901AA")
    no = preview(sources, tmp_path / "四.csv", "households", content)
    kept = b"".join(path.read_bytes() for path in sources.staging_dir.iterdir())
    with reading(sources.engine) as session:
        report = str(session.execute(text("SELECT report FROM import_batches WHERE no = :no"), {"no": no}).scalar_one())
    for number in (ALICE, "62220212345678901"):
        assert number.encode() not in kept and number not in report


def test_the_row_of_the_sheet_is_known_for_every_record(county: Put, sources: Sources, read: Read) -> None:
    rows = "批次号,序号,拨付编号,金额,发放日期\nFF1,1,B2,1,2026-04-02\nFF1,2,B9,1,2026-04-02\n\nFF1,3,B2,1,2026-04-02\n"
    county("payments", rows)
    with read() as session:
        found = {}
        for payment in session.scalars(select(Payment)):
            assert payment.batch_row is not None
            found[payment.seq] = sheet_row(get_batch(session, str(payment.batch_id)), "payments", payment.batch_row)
        assert found == {1: 2, 3: 5}


def test_an_id_that_comes_later_is_filled_in_and_a_blank_one_means_the_same_person(county: Put, read: Read) -> None:
    later = county("households", "户编号,姓名,证件号码,与户主关系\nH1,李四,110105200001010032,配偶\n")
    assert (later["accepted"], later["updated"], later["errors"]) == (0, 1, [])
    blank = county("households", "户编号,姓名,证件号码,健康状况\nH1,张三,,大病\n")
    assert (blank["accepted"], blank["updated"]) == (0, 1)
    with read() as session:
        people = {
            p.name: p
            for p in session.scalars(
                select(Person).join(Household, Household.id == Person.household_id).where(Household.no == "H1")
            )
        }
        assert set(people) == {"张三", "李四"} and people["李四"].id_check is not None
        assert (people["张三"].health, people["张三"].id_sealed is not None) == ("大病", True)


def test_a_unit_is_named_by_its_code_or_by_a_name_that_only_one_has(county: Put) -> None:
    county("units", "单位编码,单位名称,单位类型\nX1,农经站,其他\nX2,农经站,其他\n")
    rows = "拨付编号,资金项目编码,拨入单位,金额\nC1,ZX-1,农经站,10\nC2,ZX-1,X2,10\n"
    answer = county("allocations", rows)
    assert [(e["row"], e["why"]) for e in answer["errors"]] == [(2, "有几个单位都叫这个名字")]


def test_lines_that_go_round_in_a_circle_are_refused(county: Put) -> None:
    rows = "拨付编号,上级拨付编号,资金项目编码,金额\nC1,C3,ZX-1,10\nC2,C1,ZX-1,10\nC3,C2,ZX-1,10\nC4,C3,ZX-1,10\nC5,B1,ZX-1,10\n"
    answer = county("allocations", rows)
    assert (answer["accepted"], answer["rejected"]) == (1, 4)
    assert [e["row"] for e in answer["errors"] if "绕了一圈" in e["why"]] == [2, 3, 4]


def test_a_file_that_is_replayed_reordered_cut_or_changed_by_a_cent_is_taken_for_what_it_is(
    county: Put, read: Read
) -> None:
    head, first, second = PAYMENTS.splitlines()
    for _ in range(3):
        county("payments", PAYMENTS)
    swapped = "\n".join(",".join(reversed(line.split(","))) for line in (head, second, first))
    reordered = county("payments", swapped)
    assert (reordered["unchanged"], reordered["accepted"], reordered["updated"]) == (2, 0, 0)
    cut = county("payments", "\n".join((head, first, second[:6])))
    assert (cut["unchanged"], cut["updated"]) == (2, 0)
    cent = county("payments", PAYMENTS.replace("300.50", "300.51"))
    assert (cent["unchanged"], cent["updated"]) == (1, 1)
    with read() as session:
        assert (
            session.scalar(select(func.count()).select_from(TrailBatch).where(TrailBatch.kind == "import.payments"))
            == 2
        )
        assert session.scalars(select(Payment.amount_fen).where(Payment.seq == 1)).one() == 30051
