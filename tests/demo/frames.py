"""Demonstration tables joined by kind, as numpy columns by header."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa

from portal.demo.arrays import DemoTable


class Frames:
    def __init__(self, tables: list[DemoTable]) -> None:
        self.tables = tables

    def whole(self, kind: str) -> pa.Table:
        return pa.concat_tables([t.columns for t in self.tables if t.kind == kind], promote_options="default")

    def column(self, kind: str, header: str) -> Any:
        return self.whole(kind).column(header).to_numpy()

    def list(self, kind: str, header: str) -> list[Any]:
        values: list[Any] = self.whole(kind).column(header).to_pylist()
        return values

    def rows(self, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.whole(kind).to_pylist()
        return found

    def sums(self, kind: str, by: str, what: str = "金额") -> Counter[str]:
        total: Counter[str] = Counter()
        for key, fen in zip(self.list(kind, by), self.list(kind, what), strict=True):
            total[key] += fen
        return total


class Balances:
    """Every allocation line with what it received, passed on and paid, by the rules' own readings."""

    def __init__(self, frames: Frames) -> None:
        rows = frames.rows("allocations")
        self.line = {r["拨付编号"]: r for r in rows}
        self.back: Counter[str] = Counter()  # taken back from a line
        self.returned_to: Counter[str] = Counter()
        self.passed: Counter[str] = Counter()
        for row in rows:
            parent = row["上级拨付编号"]
            if row["金额"] < 0:
                self.back[parent] -= row["金额"]
                above = self.line[parent]["上级拨付编号"]
                if above:
                    self.returned_to[above] -= row["金额"]
            elif parent:
                self.passed[parent] += row["金额"]
        good = {
            (b, s)
            for b, s, r in zip(
                frames.list("bank_returns", "批次号"),
                frames.list("bank_returns", "序号"),
                frames.list("bank_returns", "结果"),
                strict=True,
            )
            if r == "成功"
        }
        self.paid: Counter[str] = Counter()
        payments = zip(*(frames.list("payments", h) for h in ("批次号", "序号", "拨付编号", "金额")), strict=True)
        for batch, seq, line, fen in payments:
            if (batch, seq) in good:
                self.paid[line] += fen

    def positive(self) -> list[str]:
        return [no for no, row in self.line.items() if row["金额"] > 0]

    def held(self, no: str) -> int:
        received: int = self.line[no]["金额"] + self.returned_to[no]
        return received - self.passed[no] - self.paid[no] - self.back[no]


def days(values: Any) -> Any:
    return np.asarray(values, dtype="datetime64[D]")
