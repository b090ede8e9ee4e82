# ruff: noqa: E501  # rows of tables stand on one line each
"""Malformed cells, rows, headers, profiles and files, through the command line: each answered with file, row, column,
value, reason and cure, while the good rows of the same file enter."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from portal.commands.intake import import_command, templates
from portal.intake.files import Sources
from portal.kernel.database import reading
from portal.registers.funds.payments.models import Payment
from portal.registers.recipients.models import Person
from portal.settings import Settings
from tests.intake.conftest import ALICE, fill_county
from tests.kernel.sheets.test_malformed import MALFORMED

PEOPLE = "户编号,姓名,证件号码,与户主关系,是否共同生活,性别,出生日期,健康状况,区划代码,经度,纬度,坐标系,其他致贫原因,纳入日期,退出日期,银行账号,联系电话"
PAID = "批次号,序号,拨付编号,户编号,收款人,收款人证件号码,银行账号,金额,发放日期,所属期,重发原批次号,重发原序号"
LINES = "拨付编号,上级拨付编号,资金项目编码,拨出单位,区划代码,金额,拨付日期"
EARNED = "户编号,证件号码,发生日期,年度,月份,收入类别,收入项目,金额,成本支出"
WORKS = "项目编码,名称,项目类型,形象进度,受益户数,计划总投资,开工日期"


def person(**cells: str) -> str:
    return row(
        PEOPLE, {"户编号": "H1", "姓名": "张小", "证件号码": "110105200001010032", "区划代码": "320826100001"}, cells
    )


def paid(**cells: str) -> str:
    return row(PAID, {"批次号": "FF1", "序号": "1", "拨付编号": "B2", "金额": "10", "发放日期": "2026-04-02"}, cells)


def line(**cells: str) -> str:
    return row(LINES, {"拨付编号": "C1", "资金项目编码": "ZX-1", "金额": "10"}, cells)


def earned(**cells: str) -> str:
    given = {"户编号": "H1", "发生日期": "2026-03-01", "收入类别": "工资性", "收入项目": "务工工资", "金额": "10"}
    return row(EARNED, given, cells)


def work(**cells: str) -> str:
    return row(WORKS, {"项目编码": "XM1", "名称": "桃园"}, cells)


def row(header: str, given: dict[str, str], cells: dict[str, str]) -> str:
    values = {**given, **cells}
    assert set(values) <= set(header.split(","))
    return ",".join(f'"{values.get(name, "")}"' for name in header.split(","))


CELLS: list[tuple[str, str, str, str]] = [
    ("households", person(证件号码="3.2E+17"), "证件号码", "表格软件当成数字"),
    ("households", person(证件号码="1.10105E+17"), "证件号码", "表格软件当成数字"),
    ("households", person(证件号码="不详"), "证件号码", "不是号码"),
    ("households", person(证件号码="11010519491231"), "证件号码", "14 位"),
    ("households", person(证件号码="1101051949123100AB"), "证件号码", "不该有的字"),
    ("households", person(证件号码="110105********002X"), "证件号码", "星号"),
    ("households", person(证件号码="", 姓名=""), "证件号码", "认不出是谁"),
    ("households", person(姓名="清空"), "姓名", "不能清空"),
    ("households", person(户编号=""), "户编号", "必填"),
    ("households", person(户编号="H9", 区划代码=""), "区划代码", "没有写在哪个村"),
    ("households", person(区划代码="320826109999"), "区划代码", "没有这个区划"),
    ("households", person(区划代码="3.2082E+11"), "区划代码", "当成数字"),
    ("households", person(区划代码="甲村"), "区划代码", "只能是数字"),
    ("households", person(区划代码="32082"), "区划代码", "5 位"),
    ("households", person(性别="男性人"), "性别", "不在规定的选项里"),
    ("households", person(健康状况="一般"), "健康状况", "不在规定的选项里"),
    ("households", person(是否共同生活="大概"), "是否共同生活", "是”或“否"),
    ("households", person(出生日期="2020.13.2"), "出生日期", "13 月"),
    ("households", person(出生日期="02/03/20"), "出生日期", "年份没有写全"),
    ("households", person(出生日期="2020-02-30"), "出生日期", "日历上没有"),
    ("households", person(出生日期="明天"), "出生日期", "看不出是哪一天"),
    ("households", person(出生日期="3020-01-01"), "出生日期", "不像真的"),
    ("households", person(经度="东边"), "经度", "看不出"),
    ("households", person(经度="500"), "经度", "超过了 180"),
    ("households", person(坐标系="火星"), "坐标系", "不在规定的选项里"),
    ("households", person(其他致贫原因="因病、因残、因学"), "其他致贫原因", "最多两个"),
    ("households", person(其他致贫原因="运气不好"), "其他致贫原因", "官方十二类"),
    ("households", person(纳入日期="2020-01-01", 退出日期="2019-01-01"), "退出日期", "早于纳入日期"),
    ("households", person(银行账号="6.22202E+18"), "银行账号", "末尾几位已经丢了"),
    ("households", person(银行账号="在社保卡里"), "银行账号", "不像银行账号"),
    ("households", person(联系电话="123"), "", ""),
    ("households", person(联系电话="手机"), "联系电话", "不像电话"),
    ("households", person(姓名="长" * 90), "姓名", "最多 80 个"),
    ("households", person(姓名="#REF!"), "姓名", "公式出错"),
    ("payments", paid(金额=""), "金额", "必填"),
    ("payments", paid(金额="一百二"), "金额", "读不出金额"),
    ("payments", paid(金额="12.345"), "金额", "一分钱以下"),
    ("payments", paid(金额="1,23,4"), "金额", "逗号"),
    ("payments", paid(金额="约300"), "金额", "金额"),
    ("payments", paid(金额="300左右"), "金额", "不是一个确定的数"),
    ("payments", paid(金额="$300"), "金额", "币种"),
    ("payments", paid(金额="--5"), "金额", "正负号"),
    ("payments", paid(金额="9e30"), "金额", "大得不像真的"),
    ("payments", paid(金额="清空"), "金额", "不能清空"),
    ("payments", paid(序号=""), "序号", "必填"),
    ("payments", paid(序号="甲"), "序号", "整数"),
    ("payments", paid(序号="-3"), "序号", "负数"),
    ("payments", paid(拨付编号="B99"), "拨付编号", "没有这个拨付"),
    ("payments", paid(户编号="H99"), "户编号", "没有这个户"),
    ("payments", paid(所属期="2026.1"), "所属期", "1 月还是 10 月"),
    ("payments", paid(所属期="2026-13"), "所属期", "月"),
    ("payments", paid(收款人证件号码="12345"), "收款人证件号码", "5 位"),
    ("payments", paid(收款人证件号码="91110000600037341O"), "收款人证件号码", "不该有的字"),
    ("payments", paid(发放日期="2026.13.2"), "发放日期", "13 月"),
    ("payments", paid(重发原批次号="FF0"), "重发原序号", "同时写原批次号和原序号"),
    ("allocations", line(拨付编号=""), "拨付编号", "必填"),
    ("allocations", line(资金项目编码="ZX-99"), "资金项目编码", "没有这个资金项目"),
    ("allocations", line(资金项目编码=""), "资金项目编码", "必填"),
    ("allocations", line(拨出单位="某某局"), "拨出单位", "没有这个单位"),
    ("allocations", line(上级拨付编号="B99"), "上级拨付编号", "没有这个拨付"),
    ("allocations", line(金额="-10"), "上级拨付编号", "没有写冲的是哪一笔"),
    ("allocations", line(上级拨付编号="C1"), "上级拨付编号", "自己"),
    ("incomes", earned(收入项目="卖菜"), "收入项目", "不在目录里"),
    ("incomes", earned(收入项目="低保金"), "收入类别", "属于转移性"),
    ("incomes", earned(收入类别="其他"), "收入类别", "不在规定的选项里"),
    ("incomes", earned(发生日期=""), "发生日期", "没有年度"),
    ("incomes", earned(发生日期="", 年度="2026", 月份="13"), "月份", "没有 13 月"),
    ("incomes", earned(成本支出="5"), "成本支出", "只有经营性收入"),
    ("incomes", earned(证件号码="320826195203040019"), "证件号码", "这一户没有这个人"),
    ("projects", work(形象进度="167"), "形象进度", "超过了 100"),
    ("projects", work(受益户数="许多"), "受益户数", "整数"),
    ("projects", work(项目类型="旅游"), "项目类型", "不在规定的选项里"),
    ("projects", work(计划总投资="73.5wan"), "计划总投资", "看不懂的字"),
]
HEADERS = {"households": PEOPLE, "payments": PAID, "allocations": LINES, "incomes": EARNED, "projects": WORKS}
GOOD = {
    "households": person(户编号="H5", 姓名="好人", 证件号码="", 与户主关系="户主"),
    "payments": paid(批次号="好", 户编号="H1", 收款人证件号码=ALICE),
    "allocations": line(拨付编号="好", 上级拨付编号="B1"),
    "incomes": earned(证件号码=ALICE, 金额="1.5"),
    "projects": work(项目编码="好", 形象进度="66.5%"),
}
SENSITIVE = ("证件号码", "收款人证件号码", "银行账号", "联系电话")


@pytest.fixture
def run(settings: Settings, sources: Sources, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command on the test's own installation."""
    fill_county(sources)
    monkeypatch.setenv("YANGGUANG_HOME", str(settings.home))
    monkeypatch.setenv("YANGGUANG_DATABASE_URL", settings.database_url)
    return lambda *arguments: CliRunner().invoke(import_command, [*map(str, arguments), "--json"])


def told(result: Result) -> dict[str, Any]:
    assert result.stdout, (result.exit_code, result.stderr, result.exception)
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_there_are_enough_cases() -> None:
    assert len([case for case in CELLS if case[2]]) >= 60 and len(MALFORMED) >= 20


def test_each_bad_cell_is_answered_and_the_good_row_of_its_file_enters(
    run: Callable[..., Result], sources: Sources, tmp_path: Path
) -> None:
    by_kind: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for kind, cells, column, why in CELLS:
        by_kind[kind].append((cells, column, why))
    for kind, cases in by_kind.items():
        path = tmp_path / f"{kind}.csv"
        path.write_text("\n".join([HEADERS[kind], *(cells for cells, _, _ in cases), GOOD[kind]]))
        result = run(kind, path)
        answer = told(result)
        bad = [number for number, (_, column, _) in enumerate(cases, 2) if column]
        found = {number: [e for e in answer["errors"] if e["row"] == number] for number in bad}
        for number in bad:
            cells, column, why = cases[number - 2]
            said = [e for e in found[number] if e["column"] == column and why in e["why"]]
            assert said, (kind, cells, column, why, found[number])
            assert said[0]["file"] == path.name and said[0]["fix"] and said[0]["value"]
        assert result.exit_code == 1 and answer["rejected"] == len(bad)
        assert answer["accepted"] == len(cases) - len(bad) + 1
        assert {e["row"] for e in answer["errors"]} == set(bad)
        for error in answer["errors"]:
            if error["column"] in SENSITIVE:
                assert not any(part in error["value"] for part in ("11010519491231002X", "6222021234567890128"))
    with reading(sources.engine) as session:
        assert session.scalar(select(func.count()).select_from(Payment)) == 1
        assert session.scalar(select(func.count()).select_from(Person).where(Person.name == "好人")) == 1


def test_malformed_files_are_answered_and_the_next_file_still_enters(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    paths = []
    for number, (_, name, content, _) in enumerate(MALFORMED[::6]):
        path = tmp_path / f"{number}-{name}"
        path.write_bytes(content() if callable(content) else content)
        paths.append(path)
    good = tmp_path / "好.csv"
    good.write_text(f"{PAID}\n{GOOD['payments']}\n")
    result = run("payments", *paths, good)
    answer = told(result)
    assert result.exit_code == 1 and answer["accepted"] == 1
    assert [e["file"] for e in answer["errors"]] == [p.name for p in paths]
    assert all(e["why"] and e["fix"] for e in answer["errors"])


HEADER_CASES = [
    ("甲,乙\n1,2\n", "表头对不上"),
    ("批次号,批次号\n1,2\n", ""),
    ("序号,金额\n1,2\n", "缺：批次号"),
    ("批次号,序号,发放批次号,拨付编号,金额,发放日期\n1,1,1,B2,1,2026-01-01\n", ""),
]


@pytest.mark.parametrize(("content", "said"), HEADER_CASES)
def test_a_header_that_does_not_fit_is_told_in_one_line(
    run: Callable[..., Result], tmp_path: Path, content: str, said: str
) -> None:
    path = tmp_path / "表.csv"
    path.write_text(content)
    result = run("payments", path)
    if said:
        assert result.exit_code == 2 and said in result.stderr and len(result.stderr.strip().splitlines()) == 1
    else:
        assert "Traceback" not in result.stderr


BAD_PROFILES = [
    ("kind: [", "YAML"),
    ("", "是空的"),
    ("kind: paymints\n", "没有“paymints”这种表"),
    ("kind: payments\ncolums: {甲: 金额}\n", "不认识的项"),
    ("kind: payments\ncolumns: {甲: 钱数}\n", "没有“钱数”这一列"),
    ("kind: payments\nunit: 美元\n", "单位"),
    ("kind: payments\nround: up\n", "half_even"),
    ("kind: payments\ncurrency: yuan\n", "ISO 4217"),
    ("kind: payments\nheader_row: 0\n", "header_row"),
    ("kind: payments\ntotals: [合计]\n", "totals"),
    ("kind: payments\nbalances: [{whole: 甲}]\n", "balances"),
    ("kind: allocations\n", "是给“allocations”的"),
    ("kind: payments\ncolumns: {没有的列: 金额}\n", "没有导入方案要的列"),
    ("kind: payments\nwhere: {没有的列: 1}\n", "没有导入方案要的列"),
]


@pytest.mark.parametrize(("profile", "said"), BAD_PROFILES)
def test_a_bad_profile_is_told_in_one_line_before_any_row_is_read(
    run: Callable[..., Result], tmp_path: Path, profile: str, said: str
) -> None:
    path, kept = tmp_path / "表.csv", tmp_path / "方案.yaml"
    path.write_text(f"{PAID}\n{GOOD['payments']}\n")
    kept.write_text(profile)
    result = run("payments", path, "--profile", kept)
    assert result.exit_code == 2 and said in result.stderr, result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_an_unknown_kind_or_file_is_told_in_one_line(run: Callable[..., Result], tmp_path: Path) -> None:
    for arguments, said in (
        (("paymints", tmp_path), "没有“paymints”这种表"),
        (("payments", tmp_path / "无.csv"), "找不到文件"),
    ):
        result = run(*arguments)
        assert result.exit_code == 2 and said in result.stderr


def test_messy_but_clear_forms_are_tidied_and_counted(
    run: Callable[..., Result], tmp_path: Path, sources: Sources
) -> None:
    path = tmp_path / "乱.csv"
    rows = [
        paid(序号="１", 金额="１００", 收款人证件号码=ALICE.lower(), 户编号="H1"),
        paid(序号="2.0", 金额="￥1,234.5", 发放日期="2020年9月2日", 所属期="2026年5月"),
        paid(序号=" 3 ", 金额="1.2万元", 发放日期="20200902", 户编号="－"),
        paid(序号="4", 发放日期="44076", 收款人证件号码="110105491231002", 户编号="无"),
        paid(序号="5", 发放日期="2020.9.2", 户编号="/"),
    ]
    path.write_bytes("\r\n".join([PAID.replace("收款人证件号码", "收款人 证件号码"), *rows]).encode("gb18030"))
    answer = told(run("payments", path))
    assert (answer["accepted"], answer["errors"], answer["extensions"]) == (5, [], [])
    assert answer["amount_fen"] == 10_000 + 123_450 + 1_200_000 + 1_000 + 1_000
    assert answer["tidied"]["total"] >= 12 and not any(ALICE[:10] in str(s) for s in answer["tidied"]["samples"])
    with reading(sources.engine) as session:
        days = session.scalars(select(Payment.paid_on).order_by(Payment.seq)).all()
        assert [d.isoformat() for d in days[1:]] == ["2020-09-02"] * 4
        same = session.scalars(select(Payment.payee_id_index).where(Payment.payee_id_index.is_not(None))).all()
        assert len(same) == 2


def test_rejects_come_as_a_workbook_and_templates_cover_every_kind(run: Callable[..., Result], tmp_path: Path) -> None:
    path, rejects = tmp_path / "表.csv", tmp_path / "退回.xlsx"
    path.write_text(f"{PAID}\n{GOOD['payments']}\n{paid(金额='一百二')}\n")
    assert told(run("payments", path, "--rejects", rejects))["rejected"] == 1
    answer = told(run("payments", rejects))
    assert (answer["read"], answer["rejected"], answer["extensions"]) == (1, 1, [])
    made = CliRunner().invoke(templates, ["--to", str(tmp_path / "模板"), "--json"])
    assert len(json.loads(made.stdout)["files"]) == 15
