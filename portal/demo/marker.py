"""The file that says "this home holds a demonstration": its plan, and which files are in already.

A run that was killed goes on where it stopped: the plan says again exactly what the missing files hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from portal.demo.arrays import DemoTable
from portal.demo.plan import Plan, make_plan
from portal.kernel.errors import CannotRun


@dataclass(frozen=True)
class Marker:
    """The plan a home was begun with, and the files that were merged."""

    path: Path
    plan: Plan
    done: frozenset[str]

    def needs(self, part: str) -> bool:
        """Whether a part that is no file is still to be made."""
        return part not in self.done

    def note(self, part: str) -> None:
        """A part or file is in."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{part}\n")

    def missing(self, tables: Iterator[DemoTable]) -> Iterator[DemoTable]:
        """The files that are not in yet; each is noted once the next one is asked for, that is, after its merge."""
        for table in tables:
            if table.name not in self.done:
                yield table
                self.note(table.name)


def begin(path: Path, plan: Plan) -> Marker:
    """Mark an empty home."""
    path.write_text(f"{plan.scale.name} {plan.seed} {plan.as_of.isoformat()}\n", "utf-8")
    return Marker(path, plan, frozenset())


def read_marker(path: Path) -> Marker:
    """The marker of a home; CannotRun when it is not one of ours."""
    lines = path.read_text("utf-8").splitlines()
    try:
        scale, seed, as_of = lines[0].split()
        plan = make_plan(scale, int(seed), date.fromisoformat(as_of))
    except (IndexError, KeyError, ValueError) as error:
        raise CannotRun(
            f"{path.name} 读不懂，不知道这里装的是哪一套演示数据", fix="换一个空的 YANGGUANG_HOME 再运行 yangguang demo"
        ) from error
    return Marker(path, plan, frozenset(lines[1:]))
