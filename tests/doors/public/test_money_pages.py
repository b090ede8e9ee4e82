"""The money pages on a small county: one number everywhere, nobody's name anywhere, constant statements."""

import csv
import gzip
import io
import re
from itertools import product
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import Engine, event

from portal.kernel.database import writing
from portal.public.pages.funds import LINES_SHOWN
from tests.factories.divisions import COUNTY, GAOGOU, OTHER_VILLAGE, VILLAGE, make_county, make_merger
from tests.factories.funds import make_line, make_programme, pay
from tests.factories.money_village import SECRET_NAME, WAN, make_money_village
from tests.factories.recipients import make_household

PAGES = [
    "/",
    "/flow",
    f"/flow?focus=area:{VILLAGE}",
    f"/flow?focus=area:{GAOGOU}&year=2026",
    "/flow?focus=kind:扶贫资金",
    "/flow?focus=unit:U-NY",
    "/flow?focus=project:XM-2026-01",
    "/flow/table",
    "/funds",
    "/funds?year=2025",
    "/funds/ZX-2026-01",
    "/funds/JZ-2026-01",
    "/areas",
    f"/areas?in={GAOGOU}",
    f"/areas/{COUNTY}",
    f"/areas/{VILLAGE}",
    f"/areas/{OTHER_VILLAGE}",
    "/projects",
    "/projects/XM-2026-01",
    "/projects/XM-2026-02",
    "/search?q=gg",
    "/search?q=冷链",
]


@pytest.mark.begins_with(fill=make_money_village)
def test_every_page_opens_is_light_and_names_nobody(client: FlaskClient) -> None:
    for path in [*PAGES, *("/en" + path for path in PAGES)]:
        answer = client.get(path)
        text = answer.get_data(as_text=True)
        assert answer.status_code == 200, path
        assert text.count("<h1") == 1, path
        assert len(gzip.compress(text.encode())) <= 45_000, path
        assert SECRET_NAME not in text and "许文强" not in text, path
        assert not re.search(r"\bNaN\b|undefined|>None<", text), path
        assert answer.headers.get("ETag"), path


@pytest.mark.begins_with(fill=make_money_village)
def test_sentence_picture_table_and_download_say_the_same_sum(client: FlaskClient) -> None:
    data = client.get(f"/flow.json?year=2026&focus=area:{VILLAGE}").get_json()
    assert (data["year"], data["focus"]) == (2026, f"area:{VILLAGE}")
    for n in data["nodes"]:
        assert n["in_fen"] == n["out_fen"] + n["paid_fen"] + n["held_fen"] + n["returned_fen"]
    received = sum(n["in_fen"] for n in data["nodes"] if n["tier"] == 1)
    held = sum(n["held_fen"] for n in data["nodes"])
    paid = sum(n["paid_fen"] for n in data["nodes"])
    assert (received, paid, held) == (87 * WAN, 59 * WAN + 21, 28 * WAN - 21)
    page = client.get(f"/flow?year=2026&focus=area:{VILLAGE}").get_data(as_text=True)
    assert 'title="870,000.00 元">87 万元' in page
    rows = list(
        csv.DictReader(
            io.StringIO(client.get(f"/flow.csv?year=2026&focus=area:{VILLAGE}").get_data().decode("utf-8-sig"))
        )
    )
    cents = {
        kind: sum(round(float(r["金额（元）"]) * 100) for r in rows if r["性质"] == kind) for kind in ("held", "paid")
    }
    assert cents == {"held": held, "paid": paid}
    svg = client.get(f"/flow.svg?year=2026&focus=area:{VILLAGE}")
    assert svg.headers["Content-Type"].startswith("image/svg+xml")
    ElementTree.fromstring(svg.get_data())


@pytest.mark.begins_with(fill=make_money_village)
def test_every_node_of_the_picture_leads_to_a_page_that_opens(client: FlaskClient) -> None:
    for language in ("", "/en"):
        data = client.get(f"{language}/flow.json").get_json()
        for href in {n["href"] for n in data["nodes"]}:
            assert href.startswith(language + "/")
            assert client.get(href).status_code == 200, href


LISTS = ("/flow", "/funds", "/funds/JZ-2026-01", "/areas", f"/areas/{GAOGOU}", "/projects", "/projects/XM-2026-01")


@pytest.mark.begins_with(fill=make_money_village)
def test_every_list_can_be_taken_away(client: FlaskClient) -> None:
    for path, suffix in product(LISTS, ("json", "csv", "xlsx")):
        answer = client.get(f"{path}.{suffix}")
        body = answer.get_data()
        assert answer.status_code == 200, path
        assert SECRET_NAME.encode() not in body
        if suffix == "xlsx":
            assert load_workbook(io.BytesIO(body)).active.max_row > 1
        elif suffix == "csv":
            assert len(body.decode("utf-8-sig").splitlines()) > 1
        else:
            whole = answer.get_json()
            assert whole.get("rows") or whole["nodes"], path


@pytest.mark.begins_with(fill=make_money_village)
def test_a_download_has_the_filters_and_the_merged_rows_of_its_page(client: FlaskClient) -> None:
    rows = client.get("/funds/JZ-2026-01.json").get_json()["rows"]
    assert [(r["division"], r["households"], r["paid_fen"]) for r in rows] == [
        ("扎新村", 7, 14 * WAN + 21),
        ("高沟镇其他", 6, 6 * WAN),
    ]
    page = client.get("/funds/JZ-2026-01").get_data(as_text=True)
    assert "高沟镇其他" in page and "长乐村" not in page and "果园村" not in page
    assert [r["code"] for r in client.get("/funds.json?year=2025").get_json()["rows"]] == ["ZX-2025-01"]
    assert [r["code"] for r in client.get("/projects.json?stage=竣工").get_json()["rows"]] == ["XM-2026-02"]


@pytest.mark.begins_with(fill=make_money_village)
def test_an_allocation_shows_its_chain_and_its_balance(client: FlaskClient) -> None:
    rows = client.get("/flow.json").get_json()
    page = client.get("/funds/ZX-2026-01").get_data(as_text=True)
    numbers = re.findall(r"/allocations/(BF-\d+)\"", page)
    assert rows["nodes"] and len(set(numbers)) == 4
    town = client.get(f"/allocations/{sorted(set(numbers))[1]}").get_data(as_text=True)
    assert "高沟镇人民政府收到" in town and "330,000.00 元" in town
    chain = client.get(f"/allocations/{sorted(set(numbers))[1]}.json").get_json()["rows"]
    assert [r["relation"] for r in chain] == ["above", "this", "below", "below"]


@pytest.mark.begins_with(fill=make_money_village)
def test_a_write_shows_on_the_next_request(client: FlaskClient, engine: Engine) -> None:
    assert "55 万元" in client.get("/flow?year=2025").get_data(as_text=True)
    with writing(engine) as session:
        make_line(session, make_programme(session, "ZX-2025-02", year=2025), 45 * WAN)
    assert "100 万元" in client.get("/flow?year=2025").get_data(as_text=True)


def statements(engine: Engine, client: FlaskClient, path: str) -> int:
    seen: list[str] = []

    def note(_c: object, _u: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    assert client.get(path).status_code == 200
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)


@pytest.mark.begins_with(fill=make_money_village)
def test_the_number_of_statements_does_not_grow_with_the_data(app: Flask, client: FlaskClient, engine: Engine) -> None:
    own = app.extensions["portal.installation"].engine
    paths = [p for p in PAGES if "search" not in p]
    before = {p: statements(own, client, p) for p in paths}
    with writing(engine) as session:
        for i in range(4):
            programme = make_programme(session, f"NEW-{i}", name=f"新项目{i}")
            line = make_line(session, programme, 9 * WAN, division_code=VILLAGE)
            pay(session, line, [(make_household(session, f"N{i}-{k}").id, WAN) for k in range(6)])
    after = {p: statements(own, client, p) for p in paths}
    assert {p: n for p, n in after.items() if n > before[p] + 1} == {}  # one more name to look up, never one a row
    assert max(after.values()) <= 28


def test_all_lines_of_a_programme_are_reached_page_by_page(client: FlaskClient, engine: Engine) -> None:
    with writing(engine) as session:
        programme = make_programme(session, "ZX-LONG", name="很长的项目")
        made = {make_line(session, programme, WAN, division_code=VILLAGE).no for _n in range(LINES_SHOWN + 3)}
    assert 'href="/funds/ZX-LONG/lines"' in client.get("/funds/ZX-LONG").text
    seen: list[str] = []
    path = "/funds/ZX-LONG/lines"
    while path:
        page = client.get(path)
        assert page.status_code == 200
        seen += re.findall(r'href="/allocations/([^"]+)"', page.text)
        following = re.search(r'href="([^"]+)" rel="next"', page.text)
        path = following.group(1) if following else ""
    assert (len(seen), set(seen)) == (len(made), made)
    assert client.get("/en/funds/ZX-LONG/lines").status_code == 200


REFUSED = {
    "/flow?year=26": 422,
    "/flow?focus=nonsense": 422,
    "/flow?focus=area:999999999999": 404,
    "/funds/NOTHING": 404,
    "/funds/NOTHING/lines": 404,
    "/funds/ZX-2026-01/lines?after=broken": 422,
    "/allocations/NOTHING": 404,
    "/areas/123": 404,
    "/areas/999999999999": 404,
    "/projects/NOTHING": 404,
    "/projects?after=broken": 422,
    "/flow?year=1999": 200,
    "/search?q=" + "长" * 500: 200,
    "/search?q=%00%01": 422,
    "/funds/%00": 422,
    "/areas?in=abc": 200,
    "/areas?in=99": 200,
    "/areas/abc": 404,
    "/projects?in=nowhere&kind=nothing": 200,
}


@pytest.mark.begins_with(fill=make_money_village)
def test_what_cannot_be_answered_is_explained(client: FlaskClient) -> None:
    answers = {path: client.get(path) for path in REFUSED}
    assert {path: answer.status_code for path, answer in answers.items()} == REFUSED
    assert all("<h1" in answer.get_data(as_text=True) for answer in answers.values())


def test_a_merged_place_leads_to_what_it_became(client: FlaskClient, engine: Engine) -> None:
    with writing(engine) as session:
        make_county(session)
        make_merger(session)
    answer = client.get("/en/areas/320802000000")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/en/areas/320812000000")


def test_an_empty_installation_says_what_is_missing(client: FlaskClient) -> None:
    for path in ("/", "/flow", "/funds", "/areas", "/projects", "/search?q=a", "/flow.svg", "/flow/table"):
        assert client.get(path).status_code == 200, path
