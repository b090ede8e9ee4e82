"""A demonstration village behind a real server, and a browser to look at it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser
from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

from portal.cli import main
from portal.factory import create_app
from portal.settings import read_settings
from tests.browser.chromium import chromium
from tests.factories.demo_homes import copy_village

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

VILLAGE_NAME, VILLAGE_INITIALS = "柳荫村", "lyc"


@dataclass(frozen=True)
class Village:
    """Where the site is and which pages to look at."""

    url: str
    paths: tuple[str, ...]
    village_code: str
    village_name: str = VILLAGE_NAME
    village_initials: str = VILLAGE_INITIALS

    @property
    def main(self) -> tuple[str, ...]:
        """One page of each kind."""
        return self.paths[:12:2] + self.paths[1:2] + (f"/areas/{self.village_code}", "/no-such-page")


@pytest.fixture(scope="session")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    """The demonstration at its smallest scale, served on a free port."""
    home = tmp_path_factory.mktemp("village") / "home"
    with served_demo(home, copy_village(tmp_path_factory, home)) as village:
        yield village


def answered_whole(application: WSGIApplication) -> WSGIApplication:
    """The same application, its answers read and closed before they are sent.

    The development server forgets to close an answer whose reader went away (a browser that leaves a page does): the
    file would stay open until the collector finds it, in whichever test runs then.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with closing(ClosingIterator(application(environ, start_response))) as parts:
            return list(parts)

    return answer


class served_demo:  # reads as a verb where it is used
    """Serve a home with the demonstration while the block lasts; one that was not filled yet is filled first."""

    def __init__(self, home: Path, answer: dict[str, Any] | None = None) -> None:
        self.home, self.answer = home, answer

    def __enter__(self) -> Village:
        environ = {"YANGGUANG_HOME": str(self.home), "YANGGUANG_DATABASE_URL": ""}
        if self.answer is None:
            done = CliRunner().invoke(main, ["demo", "--scale", "village", "--no-serve", "--json"], env=environ)
            if done.exit_code:
                raise RuntimeError(f"the demonstration did not build: {done.output[-2000:]} {done.exception!r}")
            self.answer = json.loads(done.stdout)
        self.accounts = {each["username"]: each for each in self.answer["accounts"]}
        self.app = create_app(read_settings(environ))
        self.server = make_server("127.0.0.1", 0, answered_whole(self.app), threaded=True)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self._look_around(f"http://127.0.0.1:{self.server.server_port}")

    def __exit__(self, *_error: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        self.app.extensions["portal.installation"].engine.dispose()

    def _look_around(self, url: str) -> Village:
        client = self.app.test_client(use_cookies=False)

        def first(page: str, pattern: str) -> str:
            found = re.search(rf'href="({pattern})"', client.get(page).get_data(as_text=True))
            if found is None:
                raise RuntimeError(f"{page} leads to no {pattern}")
            return found.group(1)

        place = first(f"/search?q={VILLAGE_INITIALS}", r"/areas/\d{12}")
        programme = first("/funds", r"/funds/[^\"/?]+")
        paths = (
            "/",
            "/flow",
            f"/flow?focus=area:{place.rpartition('/')[2]}",
            "/flow/table",
            "/funds",
            programme,
            first(programme, r"/allocations/[^\"/?]+"),
            "/areas",
            place,
            "/projects",
            first("/projects", r"/projects/[^\"/?]+"),
            first(place, r"/projects/[^\"/?]+"),
            f"/search?q={VILLAGE_INITIALS}",
            "/search?q=nothing-at-all",
            "/policies",
            "/policies/dibao-edge",
            "/entitlements",
            "/need-help",
            f"/need-help?at={place.rpartition('/')[2]}",
            "/need-help/ABCD1234",
            "/data",
            "/data/flow",
            "/about",
            "/about/accessibility",
            "/about/privacy",
            "/about/method",
            "/sitemap",
            "/log/",
            "/login",
            "/flow?year=1999",
            "/no-such-page",
        )
        return Village(url, paths, place.rpartition("/")[2])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The installed Chromium."""
    with chromium() as browser:
        yield browser
