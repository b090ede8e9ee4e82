"""Who may be the second visitor. A name that anybody can type is nobody: behind it stands an account or a signed sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.kernel.errors import Refused


@dataclass(frozen=True)
class Companion:
    """同去的人: his name, and his account; where he has none his unit, and the SHA-256 of the sheet with his signature."""

    name: str = ""
    account: str = ""  # the name of his account, without more
    unit: str = ""
    sheet: str = ""

    @property
    def held(self) -> dict[str, Any]:
        """What is kept of him beside his name."""
        kept = {"second_account": self.account.strip(), "second_unit": self.unit.strip(), "second_sheet": self.sheet}
        return {name: value for name, value in kept.items() if value}


def companion_problem(first: str, recorded_by: str, second: Companion, *, has_sheet: bool) -> tuple[str, str] | None:
    """What is wrong with two visitors, and what to do; None when nothing is. `recorded_by`: as the trail names him.

    Who records the visit was there as the first; the same account is no second visitor.
    """
    if not first.strip() or not (second.name.strip() or second.account.strip()):
        return "入户要写两个人", "填写同去的另一个人"
    if first.strip() == second.name.strip():
        return "入户要有两个不同的人", "写明两名入户人"
    if second.account.strip():
        if f"user:{second.account.strip()}" == recorded_by:
            return "同去的人不能是您自己的账号", "填写同去的另一个人的账号"
        return None
    if not second.unit.strip():
        return "同去的人没有账号，也没有写单位", "填写他的账号；没有账号的，写明单位，并上传他签字的走访单"
    if not has_sheet:
        return "同去的人没有账号，缺他签字的走访单照片", "上传两人签字的走访单"
    return None


def companion_refusal(first: str, recorded_by: str, second: Companion, *, has_sheet: bool) -> None:
    """As `companion_problem`; raises Refused."""
    found = companion_problem(first, recorded_by, second, has_sheet=has_sheet)
    if found is not None:
        raise Refused(found[0], why="一个人说了不算", fix=found[1], code="two_visitors")
