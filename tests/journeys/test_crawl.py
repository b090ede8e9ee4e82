"""A stranger follows every link: all of it opens, none of it names anybody, and every file adds up to its page."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from decimal import Decimal
from html import unescape
from urllib.parse import urlsplit

import orjson
import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from portal.commands.demo import fill
from portal.factory import create_app
from portal.kernel.clock import today_cn
from portal.kernel.database import reading
from portal.publishing.containers import scan
from portal.registers.divisions.models import Division, Unit
from portal.registers.funds.models import Programme
from portal.registers.helpers.models import Helper
from portal.registers.projects.models import Project
from portal.registers.recipients.models import Person
from portal.settings import Settings, read_settings
from portal.trail.connect import connect
from tests.conftest import fresh_postgres
from tests.factories.demo_homes import copy_village
from tests.journeys.crawler import Answer, Crawl, fetch

SOAK = os.environ.get("YANGGUANG_SOAK") == "1"
ROW = '<tr><th scope="row">'
LOG_FILES = ("application/octet-stream", "application/x-tar")
MODE_COOKIE = re.compile(r"(elder|contrast|unit)=")
FORM_COOKIE = re.compile(r"(__Host-)?(yg_form|elder|contrast|unit)=")  # a form carries its token
HAN = re.compile(r"[\u4e00-\u9fff]+")
MARKUP = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*\blang=\"zh[^>]*>[^<]*<|<[^>]+>", re.DOTALL)
DATA = re.compile(
    r"[\u4e00-\u9fff]{1,2}\*+[\u4e00-\u9fff]?|[\u4e00-\u9fff]+〔[0-9]{4}〕[0-9]+号"
)  # masked names, documents
SHOWN = re.compile(r"""\s(?:title|alt|aria-label|placeholder|data-label)="([^"]*)\"""")


class Site:
    """The demonstration, crawled once, and every name that its registers hold; `most` addresses of each shape."""

    def __init__(self, settings: Settings, most: int) -> None:
        engine = connect(settings)
        with reading(engine) as session:
            people = set(session.scalars(select(Person.name))) | set(session.scalars(select(Helper.name)))
            self.people = {name for name in people if name and len(name) > 1}
            public = [Division.name, Unit.name, Project.name, Programme.name, Programme.policy_basis]
            self.public = {name for column in public for name in session.scalars(select(column)) if name}
        engine.dispose()
        self.app = create_app(settings)
        self.client = self.app.test_client(use_cookies=False)
        self.most = most
        self.crawl = Crawl(self.client, most=most, modes=most > 1)
        self.crawl.run("/", "/sitemap")
        self.answers = self.crawl.answers

    def pages(self) -> Iterator[Answer]:
        """Every page for people."""
        return (answer for answer in self.answers.values() if answer.is_page)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """On SQLite two addresses of each shape, and every mode; on PostgreSQL one, but in the long programme as on SQLite."""
    sqlite = request.param == "sqlite"
    database = nullcontext(None) if sqlite else fresh_postgres(request.getfixturevalue("postgres_server"))
    with database as url:
        home = tmp_path_factory.mktemp("crawl") / "home"
        settings = read_settings({"YANGGUANG_HOME": str(home), "YANGGUANG_DATABASE_URL": url or ""})
        if sqlite:
            copy_village(tmp_path_factory, home)
        else:
            fill(settings, "village", 2017, today_cn())
        site = Site(settings, most=2 if sqlite or SOAK else 1)
        yield site
        site.app.extensions["portal.installation"].engine.dispose()
        wrapper = site.app.wsgi_app
        while not hasattr(wrapper, "version"):  # the page cache holds a connection of its own
            wrapper = wrapper.inner  # type: ignore[attr-defined]  # our wrappers all have it
        wrapper.version.close()


def test_every_link_opens(site: Site) -> None:
    assert len(site.answers) > (200 if site.most > 1 else 100)
    broken = {a.path: (a.status, site.crawl.linked_from.get(a.path)) for a in site.answers.values() if a.status != 200}
    assert broken == {}


def test_the_gate_finds_nothing_in_any_byte(site: Site) -> None:
    kinds = {a.path: "text/plain" if a.kind in LOG_FILES else a.kind for a in site.answers.values()}
    found = {a.path: scan(a.body, kinds[a.path]) for a in site.answers.values()}
    assert {path: findings for path, findings in found.items() if findings} == {}
    heads = {a.path: scan(str(a.headers).encode(), "text/plain") for a in site.answers.values()}
    assert {path: findings for path, findings in heads.items() if findings} == {}


def test_no_person_of_the_registers_is_named(site: Site) -> None:
    assert len(site.people) > 100
    known = re.compile("|".join(sorted(map(re.escape, site.people), key=len, reverse=True)))
    public = re.compile("|".join(sorted(map(re.escape, site.public), key=len, reverse=True)))
    named = {}
    for answer in site.answers.values():
        text = _sheet_text(answer.body) if "sheet" in answer.kind else answer.text
        hits = {hit for hit in known.findall(public.sub("", text)) if not answer.path.startswith("/static/")}
        if hits:
            named[answer.path] = hits
    assert named == {}


def _sheet_text(body: bytes) -> str:
    rows = load_workbook(io.BytesIO(body), read_only=True).active.iter_rows(values_only=True)
    return "\n".join(str(cell) for row in rows for cell in row)


def test_only_a_reading_mode_is_remembered_and_every_answer_is_guarded(site: Site) -> None:
    for answer in site.answers.values():
        allowed = FORM_COOKIE if re.match(r"(/en)?/(login|need-help)", answer.path) else MODE_COOKIE
        assert all(allowed.match(cookie) for cookie in answer.cookies), (answer.path, answer.cookies)
        if not answer.path.startswith("/static/"):
            assert "default-src 'none'" in answer.headers["content-security-policy"], answer.path
        assert answer.headers["x-content-type-options"] == "nosniff", answer.path
        assert answer.headers["x-frame-options"] == "DENY", answer.path
        told = "no-referrer" if re.match(r"(/en)?/report", answer.path) else "same-origin"
        assert answer.headers["referrer-policy"] == told, answer.path
        assert not set(answer.headers) & {"server", "x-powered-by"}, answer.path


def test_every_list_has_three_files_that_add_up_to_one_another(site: Site) -> None:
    seen = 0
    for address, page in {sheet: one for one in site.pages() for sheet in one.sheets}.items():
        files = {suffix: fetch(site.client, address.format(suffix)) for suffix in ("json", "csv", "xlsx")}
        assert [f.status for f in files.values()] == [200, 200, 200], address
        assert address.format("json") in unescape(page.text) and address.format("xlsx") in unescape(page.text), (
            page.path
        )
        data = orjson.loads(files["json"].body)
        if "rows" not in data:
            continue  # the picture: below
        seen += 1
        money = [column["code"] for column in data["columns"] if column["kind"] == "fen"]
        sums = [sum(row[code] or 0 for row in data["rows"]) for code in money]
        places = [at for at, column in enumerate(data["columns"]) if column["kind"] == "fen"]
        table = list(csv.reader(io.StringIO(files["csv"].body.decode("utf-8-sig"))))[1:]
        cells = list(load_workbook(io.BytesIO(files["xlsx"].body)).active.iter_rows(min_row=2, values_only=True))
        if re.match(r"(/en)?/(funds|areas)(\?|$)", page.path):
            assert page.text.count(ROW) == len(data["rows"]), page.path
        assert len(table) == len(cells) == len(data["rows"]), page.path
        assert [_fen(row[at] for row in table) for at in places] == sums, page.path
        assert [_fen(row[at] for row in cells) for at in places] == sums, page.path
    assert seen > 10


def _fen(values: Iterable[object]) -> int:
    return sum(round(Decimal(str(value)) * 100) for value in values if value not in (None, ""))


def test_the_list_of_programmes_shows_the_sum_of_its_file(site: Site) -> None:
    for page in (a for a in site.pages() if re.fullmatch(r"(/en)?/funds(\?year=\d+)?", a.path)):
        data = orjson.loads(fetch(site.client, page.path.replace("/funds", "/funds.json")).body)
        received = sum(row["received_fen"] for row in data["rows"] if row["currency"] == "CNY")
        assert f"{received // 100:,}.{received % 100:02d}" in page.text, page.path


def test_every_picture_balances_to_the_fen(site: Site) -> None:
    pictures = [a for a in site.answers.values() if urlsplit(a.path).path.endswith("/flow.json")]
    assert pictures
    for answer in pictures:
        data = orjson.loads(answer.body)
        came: dict[str, int] = {}
        went: dict[str, int] = {}
        for link in data["links"]:
            came[link["to"]] = came.get(link["to"], 0) + link["fen"]
            went[link["from"]] = went.get(link["from"], 0) + link["fen"]
        for n in data["nodes"]:
            assert n["in_fen"] == n["out_fen"] + n["paid_fen"] + n["held_fen"] + n["returned_fen"], (answer.path, n)
            assert went.get(n["id"], 0) == n["out_fen"], (answer.path, n)
            assert came.get(n["id"], n["in_fen"]) <= n["in_fen"], (answer.path, n)


def test_no_cell_of_fewer_than_five_households_is_shown(site: Site) -> None:
    cells = 0
    for answer in site.answers.values():
        if answer.kind.startswith("application/json") and b'"households"' in answer.body:
            for row in orjson.loads(answer.body).get("rows", []):
                cells += "households" in row
                assert row.get("households") is None or row["households"] >= 5, (answer.path, row)
    assert cells


def test_english_pages_are_english_but_for_names(site: Site) -> None:
    chinese: dict[str, str] = {}
    data = "\n".join(_texts(site))
    for page in (a for a in site.pages() if a.is_english):
        words = MARKUP.sub(" ", page.text) + " ".join(SHOWN.findall(page.text))
        for shown in HAN.findall(DATA.sub(" ", words)):
            if shown not in data:
                chinese.setdefault(shown, page.path)
    assert chinese == {}


def _texts(site: Site) -> Iterator[str]:
    """What stands in the registers in Chinese: the cells of every file, the names, the site's own names."""
    yield from site.public
    for answer in site.answers.values():
        if "csv" in answer.kind and answer.is_english:
            yield from answer.text.split("\n")[1:]
    settings = site.app.extensions["portal.installation"].settings
    yield from (settings.site_name, settings.organiser, settings.contractor, "中文")
