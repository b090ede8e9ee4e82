"""Incomes from a phone: in fen, one effect each, under the register's own rules."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.kernel.clock import today_cn
from portal.kernel.database import reading, writing
from portal.registers.corrections import Act
from portal.registers.recipients.incomes.actions import correct_income, withdraw_income
from portal.registers.recipients.incomes.models import Income
from tests.doors.mobile_api.conftest import on_one_database
from tests.factories.phones import Caller, engine_of

ENTRY = {
    "household_no": "HH-1", "occurred_on": "2026-05-01", "category": "工资性", "item": "务工工资",
    "amount_fen": 3_200_00, "evidence_no": "工资条 5 月", "note": "在镇上服装厂",
}  # fmt: skip
ACT = Act("user:clerk", "核对凭证")


def put(caller: Caller, entry_id: str, **change: Any) -> tuple[int, Any]:
    answer = caller("PUT", f"/incomes/{entry_id}", json={**ENTRY, **change})
    return answer.status_code, answer.json


def test_an_income_is_entered_in_the_helpers_name(world: Flask, wang: Caller) -> None:
    entry = str(uuid.uuid4())
    status, told = put(wang, entry)
    assert (status, told["id"], len(told["leaf_hash"])) == (201, entry, 64)
    with reading(engine_of(world)) as session:
        row = session.scalars(select(Income)).one()
        assert (row.amount_fen, row.voucher_no, row.entered_by) == (3_200_00, "工资条 5 月", "王帮扶")
    assert wang("GET", "/households/HH-1").json["incomes"][0]["item"] == "务工工资"


def test_sent_again_it_is_the_same_and_another_content_is_a_conflict(world: Flask, wang: Caller, li: Caller) -> None:
    entry = str(uuid.uuid4())
    first = put(wang, entry)
    assert [put(wang, entry) for _ in range(3)] == [(200, first[1])] * 3
    for change in ({"amount_fen": 1}, {"note": None}, {"occurred_on": "2026-05-02"}, {"household_no": "HH-2"}):
        status, told = put(wang, entry, **change)
        assert (status, told["code"]) == (409, "conflict")
    assert put(li, entry, household_no="HH-9")[0] == 409
    with reading(engine_of(world)) as session:
        assert len(session.scalars(select(Income)).all()) == 1


def test_a_correction_or_withdrawal_meanwhile_changes_no_answer(world: Flask, wang: Caller) -> None:
    kept, gone = str(uuid.uuid4()), str(uuid.uuid4())
    first = [put(wang, kept)[1], put(wang, gone, amount_fen=5)[1]]
    with writing(engine_of(world)) as session:
        ids = {row.amount_fen: row.id for row in session.scalars(select(Income))}
        correct_income(session, ids[3_200_00], {"amount_fen": 3_000_00}, ACT, None, today=today_cn())
        withdraw_income(session, ids[5], ACT, None)
    assert put(wang, kept) == (200, first[0])
    assert put(wang, gone, amount_fen=5) == (200, first[1])
    with reading(engine_of(world)) as session:
        assert [row.amount_fen for row in session.scalars(select(Income))] == [3_000_00]


@on_one_database
@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"amount_fen": 12.5}, "amount_fen", "not_an_integer"),
        ({"amount_fen": "100"}, "amount_fen", "not_an_integer"),
        ({"amount_fen": True}, "amount_fen", "not_an_integer"),
        ({"amount_fen": 0}, "amount_fen", "out_of_range"),
        ({"amount_fen": 10**13}, "amount_fen", "out_of_range"),
        ({"category": "横财"}, "category", "not_a_choice"),
        ({"category": []}, "category", "not_a_choice"),
        ({"occurred_on": "2026-02-30"}, "occurred_on", "not_a_day"),
        ({"occurred_on": 20260501}, "occurred_on", "not_a_day"),
        ({"note": "x" * 501}, "note", "too_long"),
        ({"note": "a\u0000b"}, "note", "bad_character"),
        ({"note": "\ud83d"}, "note", "bad_character"),
        ({"counts": True}, "counts", "unknown"),
        ({"household_no": ""}, "household_no", "too_short"),
    ],
)
def test_a_wrong_field_is_named(wang: Caller, change: dict[str, Any], field: str, code: str) -> None:
    status, told = put(wang, str(uuid.uuid4()), **change)
    assert (status, told["code"]) == (422, "bad_fields")
    assert [(e["field"], e["code"]) for e in told["errors"]] == [(field, code)]


@on_one_database
@pytest.mark.parametrize(
    "change",
    [
        {"item": "医疗报销"},  # belongs to 转移性
        {"cost_fen": 5},  # only business income has a cost
        {"occurred_on": "2999-01-01"},
    ],
)
def test_the_registers_own_rules_refuse(wang: Caller, change: dict[str, Any]) -> None:
    status, told = put(wang, str(uuid.uuid4()), **change)
    assert (status, told["code"]) == (422, "refused")


def test_medical_reimbursement_may_be_entered_and_never_counts(wang: Caller) -> None:
    assert put(wang, str(uuid.uuid4()), category="转移性", item="医疗报销")[0] == 201
    entry = wang("GET", "/households/HH-1").json["incomes"][0]
    assert entry["counts"] is False


def test_only_for_ones_own_households(wang: Caller) -> None:
    for no in ("HH-9", "HH-404"):
        assert put(wang, str(uuid.uuid4()), household_no=no)[0] == 404


@on_one_database
def test_what_is_no_json_is_told_apart_from_wrong_fields(wang: Caller) -> None:
    path = f"/incomes/{uuid.uuid4()}"
    for body in (b" ", b"{", b"\xff", b"[" * 100_00, b'{"note": 1, "note": 2}', b'{"amount_fen": NaN}', b"9" * 9000):
        answer = wang("PUT", path, data=body, content_type="application/json")
        assert (answer.status_code, answer.json["code"]) == (400, "bad_json"), body[:20]
    for body in (b"[]", b"1", b"null"):
        assert wang("PUT", path, data=body, content_type="application/json").json["code"] == "bad_fields"
    assert wang("PUT", path, data=b"a=1", content_type="application/x-www-form-urlencoded").status_code == 415
    assert wang("PUT", path, data=b" " * 70_000, content_type="application/json").status_code == 413
