"""A number that slipped into a public field is stopped on every way out, loudly, and is told to nobody."""

import logging
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.kernel.database import writing
from tests.apps import app
from tests.factories.divisions import COUNTY, GAOGOU, OTHER_VILLAGE, VILLAGE, make_county, make_division
from tests.factories.funds import make_holders, make_line, make_programme
from tests.factories.money_village import WAN, make_project
from tests.publishing.numbers import CARD, ID, PHONE

__all__ = ["app"]

LEAKY_VILLAGE = "320826104299"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    app.testing = False  # a reader sees the error page
    return app.test_client(use_cookies=False)


@pytest.fixture
def leaky(engine: Engine) -> Iterator[None]:
    """An ID in a village's name, a telephone in a project's, a card in the purpose of an allocation."""
    with writing(engine) as session:
        _plant(session)
    yield


def _plant(session: Session) -> None:
    make_county(session)
    units = make_holders(session)
    make_division(session, LEAKY_VILLAGE, f"柳荫村{ID}")
    make_project(session, "XM-9", f"通组道路（联系 {PHONE}）")
    works = make_programme(session, department_id=units["department"].id)
    first = make_line(session, works, 120 * WAN, to_unit_id=units["department"].id, division_code=COUNTY)
    make_line(session, works, 9 * WAN, first, no="BF-9", to_unit_id=units["town"].id, division_code=GAOGOU,
              purpose=f"退到 {CARD}")  # fmt: skip
    make_line(session, works, 7 * WAN, first, no="BF-8", to_unit_id=units["village"].id, division_code=VILLAGE)


LEAKS = [
    *(f"/areas{suffix}?in={GAOGOU}" for suffix in ("", ".json", ".csv", ".xlsx")),
    *(f"/projects{suffix}" for suffix in ("", ".json", ".csv", ".xlsx")),
    *(f"/allocations/BF-9{suffix}" for suffix in ("", ".json", ".csv", ".xlsx")),
    f"/areas/{LEAKY_VILLAGE}",
    "/projects/XM-9",
    "/search?q=柳荫",
]


@pytest.mark.usefixtures("leaky")
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_every_page_and_file_with_a_planted_number_is_stopped(
    client: FlaskClient, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    for path in LEAKS:
        caplog.clear()
        answer = client.get(prefix + path)
        text = answer.get_data(as_text=True)
        assert answer.status_code == 500, path
        assert not any(value in text for value in (ID, PHONE, CARD)), path
        (line,) = [r for r in caplog.records if r.levelno == logging.CRITICAL]
        assert answer.headers["X-Request-Id"] in line.getMessage() and "GATE STOPPED public." in line.getMessage()
        assert answer.headers["X-Request-Id"] in text
        assert not any(value in caplog.text for value in (ID, PHONE, CARD)), path
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Content-Disposition" not in answer.headers


@pytest.mark.usefixtures("leaky")
def test_nothing_stopped_is_kept_and_clean_pages_still_go_out(client: FlaskClient) -> None:
    assert client.get("/projects").status_code == client.get("/projects").status_code == 500
    for path in ("/funds", "/funds.csv", "/funds.xlsx", "/funds.json", "/allocations/BF-8", f"/areas/{OTHER_VILLAGE}"):
        first, again = client.get(path), client.get(path)
        assert (first.status_code, again.status_code) == (200, 200), path
        assert first.get_data() == again.get_data(), path
        assert again.headers["ETag"], path
    assert "funds-2026.csv" in client.get("/funds.csv").headers["Content-Disposition"]


@pytest.mark.usefixtures("leaky")
def test_a_reader_who_types_a_number_is_told_not_to(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    answer = client.get("/search", query_string={"q": "13912345678"})
    assert answer.status_code == 400
    assert "地址里有证件号码、手机号码或银行账号" in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    assert caplog.records == []
