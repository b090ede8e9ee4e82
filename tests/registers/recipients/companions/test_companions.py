"""Two visitors are two persons: behind the second stands an account, or a unit and the sheet that he signed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.kernel.database import now_utc
from portal.kernel.errors import BadInput, NotFound, Refused
from portal.registers.recipients.companions.actions import keep_sheet
from portal.registers.recipients.companions.queries import known_companion, open_sheet
from portal.registers.recipients.companions.rules import Companion, companion_problem, companion_refusal

ME = "user:clerk"


@pytest.mark.parametrize(
    ("first", "second", "has_sheet", "words"),
    [
        ("王经办", Companion("李村干", account="li"), False, None),
        ("王经办", Companion("", account="li"), False, None),
        ("王经办", Companion("李村干", unit="村民委员会"), True, None),
        ("王经办", Companion("李村干", unit="村民委员会"), False, "缺他签字的走访单"),
        ("王经办", Companion("李村干"), True, "没有写单位"),
        ("王经办", Companion("李村干", account="clerk"), True, "不能是您自己"),
        ("王经办", Companion("王经办", unit="村民委员会"), True, "不同的人"),
        ("王经办", Companion(), True, "写两个人"),
        ("", Companion("李村干", account="li"), True, "写两个人"),
    ],
)
def test_who_is_a_second_visitor(first: str, second: Companion, has_sheet: bool, words: str | None) -> None:
    found = companion_problem(first, ME, second, has_sheet=has_sheet)
    assert (found is None) is (words is None)
    if words is not None and found is not None:
        assert words in found[0]
        with pytest.raises(Refused, match=words):
            companion_refusal(first, ME, second, has_sheet=has_sheet)


def test_an_account_is_one_that_is_in_use(session: Session) -> None:
    session.add(User(id=7, username="li", display_name="李村干", created_at=now_utc(), created_by="test"))
    session.flush()
    assert known_companion(session, Companion("", account="user:li")) == Companion("李村干", account="li")
    assert known_companion(session, Companion("乙")) == Companion("乙")
    session.execute(update(User).values(disabled_at=now_utc()))
    for account in ("li", "nobody"):
        with pytest.raises(Refused, match="没有这个账号"):
            known_companion(session, Companion("乙", account=account))
    session.rollback()  # accounts come by an act of their own


def test_a_sheet_is_kept_rebuilt_and_sealed(session: Session, tmp_path: Path) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (300, 400), "#ffffff").save(picture, "JPEG")
    tmp_path = tmp_path / "files"
    digest = keep_sheet(session, tmp_path, picture.getvalue())
    shown = open_sheet(session, tmp_path, digest)
    assert shown[:2] == b"\xff\xd8"
    [kept] = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert shown[:64] not in kept.read_bytes()
    with pytest.raises(BadInput):
        keep_sheet(session, tmp_path, b"no picture")
    with pytest.raises(NotFound):
        open_sheet(session, tmp_path, "f" * 64)
