"""The page cache: warm pages never reach the application, a write shows on the next request."""

import gc
import gzip
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask, Response, request
from sqlalchemy import Engine
from werkzeug.test import Client

from portal.kernel.database import WRITING, raise_data_version
from portal.settings import Settings
from portal.web import elder, language
from portal.web.page_cache import PageCache, VersionReader, keep


class Site:
    def __init__(self) -> None:
        self.version: int | None = 1
        self.renders = 0
        app = Flask(__name__)
        language.install(app)
        elder.install(app)

        @app.get("/page")
        def page() -> str:
            self.renders += 1
            return f"{language.current_language()} {elder.current_mode().elder} {request.args.get('q')} {self.version}"

        @app.get("/console")
        def console() -> str:
            self.renders += 1
            return "private"

        @app.after_request
        def mark(response: Response) -> Response:
            response.headers["X-Request-Id"] = f"r{self.renders}"
            return keep(response) if request.path == "/page" else response

        self.cache = PageCache(app.wsgi_app, lambda: self.version)
        self.client = Client(self.cache, use_cookies=False)

    def text(self, path: str, **headers: str) -> str:
        return self.client.get(path, headers=headers).get_data(as_text=True)


@pytest.fixture
def site() -> Site:
    return Site()


def test_a_warm_page_is_not_rendered_again(site: Site) -> None:
    assert site.text("/page") == site.text("/page") == "zh False None 1"
    assert site.renders == 1


def test_a_write_shows_on_the_next_request(site: Site) -> None:
    site.text("/page")
    site.version = 2
    assert site.text("/page").endswith("2")


def test_language_query_and_mode_are_part_of_the_address(site: Site) -> None:
    pages = {site.text(p) for p in ("/page", "/en/page", "/page?q=1", "/page?elder=1")}
    assert len(pages) == 4
    assert site.text("/page", Cookie="elder=1") == "zh True None 1"
    assert site.text("/page") == "zh False None 1"


def test_only_marked_pages_are_kept(site: Site) -> None:
    site.text("/console")
    site.text("/console")
    assert site.renders == 2


def test_the_etag_answers_304_and_changes_with_the_page(site: Site) -> None:
    first = site.client.get("/page")
    again = site.client.get("/page", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    site.version = 2
    assert site.client.get("/page", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_a_page_is_compressed_once_and_never_carries_anothers_request_number(site: Site) -> None:
    for _ in range(2):
        packed = site.client.get("/page", headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(packed.get_data()).decode() == site.text("/page")
    assert "X-Request-Id" not in packed.headers
    assert packed.headers["Vary"] == "Accept-Encoding, Cookie"


def test_a_head_request_gives_no_body(site: Site) -> None:
    assert site.client.head("/page").get_data() == b""
    site.text("/page")
    head = site.client.head("/page")
    assert (head.get_data(), head.headers["Content-Length"]) == (b"", str(len("zh False None 1")))


def test_the_store_is_bounded_in_bytes(site: Site) -> None:
    site.cache.limit = 4000
    for q in range(50):
        site.text(f"/page?q={q}")
    assert site.cache.held <= 4000
    assert site.cache.pages


def test_a_silent_database_means_no_cache_but_a_page(site: Site) -> None:
    site.version = None
    assert site.text("/page") == "zh False None None"


@pytest.fixture
def reader(settings: Settings, engine: Engine) -> Iterator[Callable[[], int | None]]:
    reader = VersionReader(settings.database_url)
    yield reader
    reader.close()


def test_the_version_is_read_on_a_kept_connection(reader: Callable[[], int | None], engine: Engine) -> None:
    before = reader()
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        raise_data_version(connection)
    assert reader() == (before or 0) + 1


def test_a_database_that_is_not_there_gives_no_version(tmp_path) -> None:
    assert VersionReader(f"sqlite:///{tmp_path}/none.sqlite3")() is None


def test_a_reader_of_an_ended_thread_may_be_closed_by_another(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaints: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    reader = VersionReader(settings.database_url)
    left = []

    def serve() -> None:
        assert reader() is not None
        left.append(reader.kept.connection)

    thread = threading.Thread(target=serve)
    thread.start()
    thread.join()
    left.clear()  # the last who held it is this thread
    gc.collect()
    assert complaints == []
