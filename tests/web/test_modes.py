"""A reader's modes are his own: no file, no permanent link and no error page carries them or repeats what he typed."""

import csv
import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories.divisions import GAOGOU
from tests.factories.money_village import make_money_village

MODES = "elder=1&contrast=1&unit=yuan"
LINK = re.compile(r'href="([^"]+)"')
FILE = re.compile(r"\.(csv|xlsx|json)(\?|$)")


@pytest.mark.begins_with(fill=make_money_village)
@pytest.mark.parametrize(
    "path", ["/funds?year=2026&q=产业", f"/areas?in={GAOGOU}", "/projects?kind=产业", "/flow?year=2026"]
)
def test_no_mode_leaks_into_files_or_the_permanent_link(client: FlaskClient, path: str) -> None:
    page = client.get(f"{path}&{MODES}").get_data(as_text=True)
    links = [link for link in LINK.findall(page) if FILE.search(link)]
    assert links and all(name not in link for link in links for name in ("elder", "contrast", "unit"))
    canonical = re.search(r'rel="canonical" href="([^"]+)"', page)
    assert canonical is not None and "elder" not in canonical[1] and "unit" not in canonical[1]
    assert canonical[1].startswith("http://localhost/")


@pytest.mark.begins_with(fill=make_money_village)
def test_filters_stay_in_the_links_of_files(client: FlaskClient) -> None:
    page = client.get("/funds?year=2026&q=&class=扶贫资金&elder=1").get_data(as_text=True)
    asked = next(link for link in LINK.findall(page) if ".csv" in link)
    assert "year=2026" in asked and "class=" in asked and "q=" not in asked


@pytest.mark.begins_with(fill=make_money_village)
def test_the_permanent_link_names_the_other_language(client: FlaskClient) -> None:
    page = client.get("/en/funds?year=2026").get_data(as_text=True)
    assert 'rel="canonical" href="http://localhost/en/funds?year=2026"' in page
    assert 'hreflang="zh-Hans" href="http://localhost/funds?year=2026"' in page


def test_a_configured_host_is_the_one_of_permanent_links(app: Flask, client: FlaskClient) -> None:
    installation = app.extensions["portal.installation"]
    object.__setattr__(installation.settings, "site_host", "sun.example.cn")
    assert 'rel="canonical" href="https://sun.example.cn/about"' in client.get("/about").get_data(as_text=True)


def test_the_staff_pages_have_no_permanent_link(client: FlaskClient) -> None:
    assert 'rel="canonical"' not in client.get("/login?next=/console/").get_data(as_text=True)


def test_an_error_page_repeats_no_query(app: Flask) -> None:
    app.testing = False
    page = app.test_client().get("/no-such-page?q=secret-words&elder=1").get_data(as_text=True)
    assert "secret-words" not in page
    assert 'href="/en/no-such-page"' in page and 'href="/no-such-page?elder=0"' in page
    assert 'rel="canonical"' not in page


def test_an_address_with_a_number_is_not_even_repeated_as_a_path(app: Flask) -> None:
    app.testing = False
    page = app.test_client().get("/search?q=11010519491231002X").get_data(as_text=True)
    assert "11010519491231002X" not in page
    assert 'href="/en/"' in page and 'href="/?elder=1"' in page


@pytest.mark.begins_with(fill=make_money_village)
def test_heads_of_files_name_the_unit_in_the_language_of_the_page(client: FlaskClient) -> None:
    def heads(path: str) -> str:
        text = client.get(path).get_data().decode("utf-8-sig")
        return " ".join(next(csv.reader(io.StringIO(text))))

    assert "（元）" in heads("/funds.csv")
    english = heads("/en/funds.csv")
    assert "(yuan)" in english and not re.search(r"[\u4e00-\u9fff（）]", english)


@pytest.mark.parametrize("path", ["/en/no-such-page", "/en/areas/999999999999", "/en/funds/none", "/en/flow?focus=x:1"])
def test_an_english_error_page_is_english_to_its_last_sign(app: Flask, path: str) -> None:
    app.testing = False
    page = app.test_client().get(path).get_data(as_text=True)
    main = re.sub(r"<[^>]+>", " ", page[page.index("<main") : page.index("</main>")])
    assert not re.search(r"[\u4e00-\u9fff：。、；，]", main), main
