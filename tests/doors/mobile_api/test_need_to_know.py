"""S4 for the phone's interface: for each caller and operation, what is answered and which fields come out. Every cell is asserted."""

from __future__ import annotations

import csv
import os

import pytest
from flask import Flask

from mobile_api.docs import sections
from mobile_api.openapi import routes
from portal.accounts.permissions import Role
from tests.doors.mobile_api.conftest import on_one_database
from tests.doors.mobile_api.need_to_know import HEAD, NOBODY, OTHER, OWN, SECRETS, TABLE, Asking, as_csv, furnish, rows

OPEN_TO_ALL = ("open_session", "post_report")
PROBLEM = {
    "type",
    "status",
    "code",
    "title",
    "detail",
    "request_id",
    "errors[].field",
    "errors[].code",
    "errors[].message",
}


@pytest.fixture
def asking(world: Flask) -> Asking:
    return furnish(world)


@on_one_database
def test_the_table_in_the_repository_is_what_everybody_is_told(asking: Asking) -> None:
    told = as_csv(rows(asking))
    if os.environ.get("YANGGUANG_WRITE_TABLES"):
        TABLE.write_text(told, "utf-8")
    assert TABLE.read_text("utf-8") == told, "set YANGGUANG_WRITE_TABLES=1 once and read the difference"
    for who, name, text in asking.answers:
        assert [secret for secret in SECRETS if secret in text] == [], (who, name)
        assert who == OTHER or "HH-9" not in text, (who, name)
        assert who in (OWN, NOBODY) or "HH-1" not in text, (who, name)


def table() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@on_one_database
def test_the_table_has_every_operation_and_every_caller(app: Flask) -> None:
    asked = {route.operation.name for route in routes(app) if route.operation.bearer}
    everybody = {NOBODY, OTHER, OWN, *(role.value for role in Role if role not in (Role.HELPER, Role.CITIZEN))}
    assert list(table()[0]) == HEAD
    assert {(row["operation"], row["caller"]) for row in table()} == {
        *((name, who) for name in asked for who in everybody),
        *((name, NOBODY) for name in OPEN_TO_ALL),
    }


def test_who_is_no_helper_and_who_is_another_s_gets_no_field_of_a_household() -> None:
    for row in table():
        if row["caller"] == OWN or row["operation"] in OPEN_TO_ALL:
            continue
        if row["caller"] == NOBODY:
            assert (row["status"], row["code"]) == ("401", "sign_in_needed")
        elif row["caller"] != OTHER:
            assert (row["status"], row["code"]) == ("403", "not_allowed")
        elif row["operation"] in ("household", "show_check_in", "put_explanation", "put_income"):
            assert (row["status"], row["code"]) == ("404", "not_found")  # as if there were none
        elif row["operation"] in ("put_check_in", "enrol_device"):
            assert row["code"] in ("unknown_device", "bad_enrolment_code")
        if row["status"] >= "400":
            assert set(row["fields"].split()) <= PROBLEM


@on_one_database
def test_no_field_comes_out_that_the_document_does_not_declare(app: Flask) -> None:
    declared = {
        operation.name: {line.path for line in operation.answered}
        for operations in sections(app).values()
        for operation in operations
    }
    successes = [row for row in table() if row["status"] < "400"]
    assert len(successes) > 12
    for row in successes:
        told = {name.removesuffix("[]") for name in row["fields"].split()}
        assert told <= declared[row["operation"]], row["operation"]
