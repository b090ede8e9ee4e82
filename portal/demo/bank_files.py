"""Payments and bank returns as files: runs of some months together, columns taken by index, never row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from portal.demo.arrays import DemoTable, Ints, Words, table, words
from portal.demo.numbers import bank_cards
from portal.demo.payouts import FAILURES, OPEN, RESULTS, Run
from portal.demo.people import People
from portal.demo.places import Places, builders


@dataclass(frozen=True)
class Payees:
    """Everybody who can be paid: persons first, then builders; as Arrow columns to take from."""

    name: pa.Array
    number: pa.Array
    account: pa.Array
    household_no: pa.Array
    persons: int


def make_payees(places: Places, people: People) -> Payees:
    """Lookup columns of all payees."""
    members, firms = people.members, builders(places)
    codes, names = words([c for c, _ in firms]), words([n for _, n in firms])
    accounts = bank_cards(np.arange(len(firms)))
    return Payees(
        pa.array(np.concatenate([members.name, names])),
        pa.array(np.concatenate([members.id_number, codes])),
        pa.array(np.concatenate([members.account, accounts])),
        pa.array(people.households.no),
        people.count,
    )


def bank_tables(runs: Sequence[Run], payees: Payees, numbers: Words, rows_a_file: int) -> Iterator[DemoTable]:
    """资金发放 and 银行回单, a pair of files for as many whole months as fit into one."""
    ordered = sorted(runs, key=lambda run: (run.day, run.batch_no))
    lines = pa.array(numbers)
    for name, chosen in _files(ordered, rows_a_file):
        yield _payments(name, chosen, payees, lines)
        yield _returns(name, chosen)


def _files(runs: list[Run], rows_a_file: int) -> Iterator[tuple[str, list[Run]]]:
    months: dict[str, list[Run]] = {}
    for run in runs:
        months.setdefault(str(run.day)[:7], []).append(run)
    file: list[Run] = []
    first = last = ""
    for month, more in months.items():
        if file and (sum(r.count for r in file + more) > rows_a_file or month[:4] != first[:4]):
            yield _span(first, last), file
            file = []
        first = first if file else month
        last = month
        file = file + more
    if file:
        yield _span(first, last), file


def _span(first: str, last: str) -> str:
    if first.endswith("01") and last.endswith("12"):
        return first[:4]
    return first if first == last else f"{first}-{last[5:]}"


def _seq(runs: list[Run]) -> Ints:
    return np.concatenate([np.arange(1, run.count + 1) for run in runs])


def _each(runs: list[Run], values: list[str], blank: str | None = None) -> pa.Array:
    index = np.repeat(np.arange(len(runs)), [run.count for run in runs])
    made = pa.array([None if value == blank else value for value in values], type=pa.string())
    return made.take(pa.array(index))


def _payments(name: str, runs: list[Run], payees: Payees, lines: pa.Array) -> DemoTable:
    none = np.array([-1])
    person = np.concatenate([run.payee for run in runs])
    company = np.concatenate([none if run.company is None and run.payee[0] < 0 else _company(run) for run in runs])
    payee = pa.array(np.where(company >= 0, payees.persons + company, person))
    household = np.concatenate([run.household for run in runs])
    again = np.concatenate(
        [np.zeros(run.count, dtype=np.int64) if run.resend_seq is None else run.resend_seq for run in runs]
    )
    return table(
        "payments",
        f"payments-{name}",
        {
            "批次号": _each(runs, [run.batch_no for run in runs]),
            "序号": _seq(runs),
            "拨付编号": lines.take(pa.array(np.concatenate([run.line for run in runs]))),
            "户编号": payees.household_no.take(pa.array(household, mask=household < 0)),
            "收款人": payees.name.take(payee),
            "收款人证件号码": payees.number.take(payee),
            "银行账号": payees.account.take(payee),
            "金额": np.concatenate([run.fen for run in runs]),
            "发放日期": np.repeat(np.array([run.day for run in runs]), [run.count for run in runs]),
            "发放事由": _each(runs, [run.reason for run in runs]),
            "所属期": _each(runs, [run.period for run in runs], ""),
            "重发原批次号": _each(runs, [run.resend_batch for run in runs], ""),
            "重发原序号": pa.array(again, mask=again == 0),
        },
    )


def _company(run: Run) -> Ints:
    return np.full(run.count, -1) if run.company is None else run.company


def _returns(name: str, runs: list[Run]) -> DemoTable:
    result = np.concatenate([run.result for run in runs])
    failure = np.concatenate([run.failure for run in runs])
    known = pa.array(result != OPEN)
    good = failure < 0
    columns = {
        "批次号": _each(runs, [run.batch_no for run in runs]),
        "序号": pa.array(_seq(runs)),
        "结果": pa.array(RESULTS).take(pa.array(result)),
        "失败原因": pa.array(FAILURES).take(pa.array(np.where(good, 0, failure), mask=good)),
        "到账日期": pa.array(np.concatenate([run.settled for run in runs]).astype("datetime64[D]")),
    }
    return table("bank_returns", f"bank-returns-{name}", {h: c.filter(known) for h, c in columns.items()})
