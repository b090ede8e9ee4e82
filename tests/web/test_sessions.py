"""The request's database session: reads only, one commit after success, nothing left open, and 503 when it is held."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from portal.accounts import queries
from portal.accounts.models import LoginSession, User
from portal.accounts.permissions import Permission, Role
from portal.kernel.database import reading, writing
from portal.kernel.errors import Busy, Refused
from portal.trail import actions as trail
from portal.trail.models import TrailSubject
from portal.web import sessions
from portal.web.access import check_scope, in_scope, public, requires, scopes
from portal.web.sessions import busy_or, database, require_principal, short_write, writes
from portal.web.witness import witness
from tests.factories.accounts import Browser, signed_in
from tests.factories.divisions import make_division

COUNTY, TOWN, OTHER = "320826000000", "320826103000", "320830000000"


def rename(name: str) -> None:
    session = database()
    user = queries.get_user_by_id(session, require_principal().user_id)
    user.display_name = name
    session.flush()
    trail.record(session, kind="account.renamed", actor="test", subjects=[("account", user.username)])


@pytest.fixture
def site(app: Flask) -> Flask:
    @app.post("/test/good")
    @requires(Permission.OWN_ACCOUNT, csrf=False)
    @writes
    def good() -> str:
        rename("改好了")
        return database().scalars(select(User.display_name).where(User.id == require_principal().user_id)).one()

    @app.post("/test/raises")
    @requires(Permission.OWN_ACCOUNT, csrf=False)
    @writes
    def raises() -> str:
        rename("不该留下")
        raise Refused("不行", fix="别这样")

    @app.post("/test/answers-422")
    @requires(Permission.OWN_ACCOUNT, csrf=False)
    @writes
    def answers() -> tuple[str, int]:
        rename("不该留下")
        return "表单有错", 422

    @app.post("/test/silent")
    @requires(Permission.OWN_ACCOUNT, csrf=False)
    @writes
    def silent() -> str:
        database().execute(update(User).values(display_name="没有留痕"))
        return "done"

    @app.get("/test/reads")
    @requires(Permission.OWN_ACCOUNT)
    def reads() -> str:
        database().execute(update(User).values(display_name="偷偷改"))
        database().commit()
        return "done"

    @app.get("/test/looks")
    @requires(Permission.OWN_ACCOUNT)
    def looks() -> str:
        witness("household.read", [("household", "3208260001")], why="核实", seen={"fields": 1})
        return "looked"

    @app.post("/test/looks-and-writes")
    @requires(Permission.OWN_ACCOUNT, csrf=False)
    @writes
    def looks_and_writes() -> str:
        rename("看了也改了")
        witness("household.read", [("household", "3208260002")])
        return "both"

    @app.get("/test/scope/<code>")
    @requires(Permission.VIEW_HOUSEHOLDS)
    def scope(code: str) -> str:
        check_scope(code, Permission.VIEW_HOUSEHOLDS)
        assert in_scope(require_principal(), code)
        return ",".join(scopes(Permission.VIEW_HOUSEHOLDS))

    @app.get("/test/breaks")
    @requires(Permission.OWN_ACCOUNT)
    def breaks() -> str:
        raise ValueError("cannot parse 32082619600101001X")

    @app.get("/test/public")
    @public
    def open_page() -> str:
        return str(database().scalar(text("SELECT 1")))

    return app


def post(browser: Browser, path: str) -> int:
    return browser.client.post(path, base_url=browser.base_url).status_code


def name_of(app: Flask, browser: Browser) -> str:
    with reading(app.extensions["portal.installation"].engine) as session:
        return queries.get_user(session, browser.username).display_name


def test_a_writing_view_commits_once_after_it_succeeded(site: Flask) -> None:
    browser = signed_in(site, Role.LEADER)
    assert post(browser, "/test/good") == 200
    assert name_of(site, browser) == "改好了"


@pytest.mark.parametrize(("path", "status"), [("/test/raises", 422), ("/test/answers-422", 422), ("/test/silent", 500)])
def test_a_view_that_fails_or_does_not_record_leaves_nothing(site: Flask, path: str, status: int) -> None:
    browser = signed_in(site, Role.LEADER)
    assert post(browser, path) == status
    assert name_of(site, browser) == "领导"


def test_a_reading_view_cannot_write(site: Flask) -> None:
    browser = signed_in(site, Role.LEADER)
    assert browser.get("/test/reads").status_code == 500
    assert name_of(site, browser) == "领导"


def test_looking_is_recorded_in_a_session_of_its_own(site: Flask) -> None:
    browser = signed_in(site, Role.LEADER)
    assert browser.get("/test/looks").status_code == 200
    assert post(browser, "/test/looks-and-writes") == 200
    with reading(site.extensions["portal.installation"].engine) as session:
        seen = session.execute(
            select(TrailSubject.no, TrailSubject.actor).where(TrailSubject.kind == "household")
        ).all()
    assert sorted(tuple(row) for row in seen) == [
        ("3208260001", f"user:{browser.username}"), ("3208260002", f"user:{browser.username}"),
    ]  # fmt: skip


def test_no_connection_is_left_open(site: Flask) -> None:
    browser = signed_in(site, Role.LEADER)
    for path in ("/test/reads", "/account", "/test/looks", "/test/public", "/no-such-page"):
        browser.get(path)
    for path in ("/test/good", "/test/raises", "/test/answers-422", "/test/silent"):
        post(browser, path)
    engine = site.extensions["portal.installation"].engine
    for each in (engine, engine.get_execution_options()["yangguang_readers"]):
        assert each.pool.checkedout() == 0


@pytest.fixture
def held(site: Flask) -> Iterator[None]:
    """Somebody merges a large file: the lock on the accounts is held until the test is over."""
    ready, done = threading.Event(), threading.Event()

    def hold() -> None:
        with writing(site.extensions["portal.installation"].engine) as session:
            postgresql = session.get_bind().dialect.name == "postgresql"
            session.execute(text("LOCK TABLE users IN ACCESS EXCLUSIVE MODE" if postgresql else "SELECT 1"))
            ready.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    ready.wait(10)
    yield
    done.set()
    thread.join()


def test_while_a_longer_merge_holds_the_lock_writers_get_503(
    site: Flask, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(site, Role.LEADER)
    monkeypatch.setattr(sessions, "LOCK_WAIT_MS", 200)
    monkeypatch.setattr("portal.web.sessions.queries.find_signed_in", _remembered(site, browser))
    monkeypatch.setattr("portal.kernel.database.BUSY_TIMEOUT_MS", 200)
    site.extensions["portal.installation"].engine.dispose()  # new connections, with the shorter patience
    request.getfixturevalue("held")
    answer = browser.client.post("/test/good", base_url=browser.base_url)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert browser.client.get("/test/public", base_url=browser.base_url).text == "1"


def _remembered(app: Flask, browser: Browser) -> object:
    """Who is signed in, read before the lock is taken (PostgreSQL's exclusive lock keeps readers out as well)."""
    with reading(app.extensions["portal.installation"].engine) as session:
        login = session.scalars(select(LoginSession)).one()
        signed = queries.find_signed_in(session, login.token_hash, datetime.now(UTC))
    return lambda *_args: signed


def test_other_troubles_of_the_database_are_not_called_busy(site: Flask) -> None:
    with site.test_request_context("/", base_url="http://127.0.0.1:8000"):
        with pytest.raises(DBAPIError) as told, short_write() as session:
            session.execute(text("SELECT * FROM no_such_table"))
        assert not isinstance(busy_or(told.value), Busy)


def test_what_lies_outside_the_scope_does_not_exist(site: Flask) -> None:
    browser = signed_in(site, Role.TOWNSHIP_CLERK, [TOWN])
    assert browser.get(f"/test/scope/{TOWN}").text == TOWN
    assert browser.get("/test/scope/320826103205").status_code == 200
    for code in (COUNTY, OTHER, "999999999999"):
        assert browser.get(f"/test/scope/{code}").status_code == 404


def test_scopes_follow_mergers(site: Flask) -> None:
    with writing(site.extensions["portal.installation"].engine) as session:
        make_division(session, "320000000000", "江苏省")
        make_division(session, "320800000000", "淮安市")
        make_division(session, "320813000000", "洪泽区")
        make_division(session, "320829000000", "洪泽县", successor_code="320813000000")
    new = signed_in(site, Role.DEPARTMENT_OFFICER, ["320813000000"])
    old = signed_in(site, Role.DEPARTMENT_OFFICER, ["320829000000"])
    assert new.get("/test/scope/320829000000").status_code == 200
    assert old.get("/test/scope/320813000000").status_code == 200
    assert old.get(f"/test/scope/{COUNTY}").status_code == 404


def test_errors_are_pages_for_people_and_problems_for_programs(site: Flask) -> None:
    browser = signed_in(site, Role.LEADER)
    page = browser.client.post("/test/raises", base_url=browser.base_url)
    assert "别这样" in page.text
    assert page.headers["X-Request-Id"] in page.text
    answer = browser.client.post("/test/raises", base_url=browser.base_url, headers={"Accept": "application/json"})
    problem = answer.get_json()
    assert (problem["status"], problem["code"], problem["title"], problem["detail"]) == (
        422,
        "refused",
        "不行",
        "别这样",
    )
    assert answer.mimetype == "application/problem+json"
    assert problem["request_id"] == answer.headers["X-Request-Id"]


def test_an_unexpected_error_shows_and_logs_no_values(site: Flask, caplog: pytest.LogCaptureFixture) -> None:
    browser = signed_in(site, Role.LEADER)
    answer = browser.get("/test/breaks")
    assert answer.status_code == 500
    assert "32082619600101001X" not in answer.text + caplog.text
    assert answer.headers["X-Request-Id"] in caplog.text


def test_reading_never_waits_for_the_clock(site: Flask) -> None:
    """An idle minute is noted once, not with every request."""
    browser = signed_in(site, Role.LEADER)
    engine = site.extensions["portal.installation"].engine
    seen = []
    for _ in range(3):
        browser.get("/account")
        with reading(engine) as session:
            seen.append(session.scalars(select(LoginSession.last_seen_at)).one())
        time.sleep(0.002)
    assert len(set(seen)) == 1
