"""A demonstration village behind a real server, and a browser to look at it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from portal.cli import main
from portal.factory import create_app
from portal.settings import read_settings
from tests.browser.chromium import chromium

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
    with served_demo(home) as village:
        yield village


class served_demo:  # reads as a verb where it is used
    """Fill a home with the demonstration village and serve it while the block lasts."""

    def __init__(self, home: Path, scale: str = "village") -> None:
        self.home, self.scale = home, scale

    def __enter__(self) -> Village:
        environ = {"YANGGUANG_HOME": str(self.home), "YANGGUANG_DATABASE_URL": ""}
        done = CliRunner().invoke(main, ["demo", "--scale", self.scale, "--no-serve"], env=environ)
        if done.exit_code:
            raise RuntimeError(f"the demonstration did not build: {done.output[-2000:]} {done.exception!r}")
        self.app = create_app(read_settings(environ))
        self.server = make_server("127.0.0.1", 0, self.app, threaded=True)
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
