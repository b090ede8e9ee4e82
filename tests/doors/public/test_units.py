"""Money in 元, 万元 or 亿元: turned by a link, remembered by a cookie, never in what machines read."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories.divisions import VILLAGE
from tests.factories.money_village import make_money_village

FLOW = f"/flow?year=2026&focus=area:{VILLAGE}"
PAGES = ("/flow", "/flow/table", "/funds", "/funds/ZX-2026-01", "/areas", f"/areas/{VILLAGE}", "/projects", "/")

pytestmark = pytest.mark.begins_with(fill=make_money_village)


def current_unit(page: str) -> set[str]:
    return set(re.findall(r'unit=(\w+)" rel="nofollow" aria-current="true"', page))


@pytest.mark.parametrize("path", PAGES)
def test_the_unit_turns_on_every_page_of_money(client: FlaskClient, path: str) -> None:
    for unit in ("yuan", "wan", "yi"):
        assert current_unit(client.get(f"{path}?unit={unit}").get_data(as_text=True)) == {unit}, path
    assert current_unit(client.get(f"{path}?unit=dollars").get_data(as_text=True)) <= {"yuan", "wan", "yi"}


def test_the_figures_follow_and_the_exact_sum_stays(client: FlaskClient) -> None:
    wan = client.get(FLOW + "&unit=wan").get_data(as_text=True)
    yuan = client.get(FLOW + "&unit=yuan").get_data(as_text=True)
    figure = re.compile(r'<span class="money" title="([\d,.]+) 元">([\d,.]+)</span>')
    assert [exact for exact, _shown in figure.findall(wan)] == [exact for exact, _shown in figure.findall(yuan)]
    assert all(exact == shown for exact, shown in figure.findall(yuan))
    assert any(exact != shown for exact, shown in figure.findall(wan))


def test_a_choice_is_remembered_and_can_be_turned_back(app: Flask) -> None:
    reader = app.test_client()
    reader.get("/funds?unit=yi")
    assert current_unit(reader.get("/areas").get_data(as_text=True)) == {"yi"}
    reader.get("/funds?unit=wan")
    assert current_unit(reader.get("/areas").get_data(as_text=True)) == {"wan"}
    reader.get("/funds?unit=auto")
    assert reader.get_cookie("unit") is None


def test_files_are_exact_whatever_the_reader_chose(app: Flask) -> None:
    stranger, reader = app.test_client(use_cookies=False), app.test_client()
    reader.get("/funds?unit=yi&elder=1")
    for path in ("/flow.json", "/flow.csv", "/flow.svg", "/funds.csv", "/areas.json"):
        assert reader.get(path).get_data() == stranger.get(path).get_data(), path
    assert "set-cookie" not in {name.lower() for name, _ in reader.get("/funds.csv?unit=yi").headers}


def test_a_drawn_file_takes_the_unit_from_its_address(app: Flask) -> None:
    reader = app.test_client()
    assert reader.get("/flow.svg?unit=yuan").get_data() != reader.get("/flow.svg").get_data()
    page = reader.get("/flow?unit=yuan").get_data(as_text=True)
    assert "/flow.svg?year=2026&amp;unit=yuan" in page and "/flow.png?year=2026&amp;unit=yuan" in page
    assert "/flow.csv?year=2026&amp;unit" not in page
