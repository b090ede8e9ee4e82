"""The page and the command for queue files: who may hand one in, what is shown, and what a mistake is told."""

import json
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import Engine, select

from portal.accounts.permissions import Role
from portal.cli import main
from portal.kernel.database import reading, writing
from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.sealed import keyring_of
from tests.factories.accounts import Browser, signed_in
from tests.factories.divisions import COUNTY, GAOGOU, HONGYAO, make_unit
from tests.factories.queues import queue_file, queued
from tests.factories.visits import make_walk

AT = "/console/queue-files"


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


@pytest.fixture
def file(app: Flask) -> bytes:
    """One visit of B-1, who helps in Gaogou."""
    with writing(engine_of(app)) as session:
        walk = make_walk(session, app.extensions["portal.installation"].settings.files_dir)
        make_unit(session)
        return queue_file(keyring_of(session), queued(walk.claim("HH-1")))


def hand_in(browser: Browser, content: bytes | None, step: str = "take") -> tuple[int, str]:
    data = {"step": step, **({"file": (BytesIO(content), "待上传.ygq")} if content is not None else {})}
    answer = browser.post(AT, data, content_type="multipart/form-data")
    return answer.status_code, answer.text


def visits(app: Flask) -> list[str]:
    with reading(engine_of(app)) as session:
        return list(session.scalars(select(CheckIn.claim_id)))


def test_a_clerk_looks_and_then_takes_it_in(app: Flask, file: bytes) -> None:
    clerk = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU], username="clerk")
    assert AT in clerk.get("/console/helpers/B-1/phone").text
    assert "导出成文件" in clerk.get(AT).text
    status, page = hand_in(clerk, file, "look")
    assert (status, visits(app)) == (200, [])
    assert "文件里有 1 条，还没有收" in page
    assert "HH-1" in page
    status, page = hand_in(clerk, file)
    (claim_id,) = visits(app)
    assert "1 条里收下 1 条" in page
    assert f"/console/visits/{claim_id}" in page
    assert "早已收到" in hand_in(clerk, file)[1]
    assert visits(app) == [claim_id]


def test_mistakes_are_told(app: Flask, file: bytes) -> None:
    clerk = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU])
    status, page = hand_in(clerk, None)
    assert status in (400, 422)
    assert "没有选文件" in page
    assert "这不是手机导出的待上传文件" in hand_in(clerk, b"PK\x03\x04")[1]
    assert "待上传文件打不开" in hand_in(clerk, file[:-1] + bytes([file[-1] ^ 1]))[1]


def test_a_helper_of_elsewhere_is_nobodys(app: Flask, file: bytes) -> None:
    there = signed_in(app, Role.TOWNSHIP_CLERK, [HONGYAO])
    assert hand_in(there, file)[0] == 404
    assert visits(app) == []


@pytest.mark.parametrize("role", [Role.VILLAGE_CLERK, Role.LEADER, Role.INSPECTOR, Role.HELPER, Role.SYSTEM_ADMIN])
def test_who_does_not_handle_phones_hands_in_nothing(app: Flask, file: bytes, role: Role) -> None:
    browser = signed_in(app, role, [COUNTY])
    assert browser.get(AT).status_code == 403
    assert hand_in(browser, file)[0] == 403


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_command_shows_and_takes(app: Flask, file: bytes, tmp_path: Path) -> None:
    settings = app.extensions["portal.installation"].settings
    home = {"YANGGUANG_HOME": str(settings.home), "YANGGUANG_DATABASE_URL": settings.database_url}
    (tmp_path / "a.ygq").write_bytes(file)

    def run(*words: str) -> tuple[int, dict[str, object]]:
        done = CliRunner().invoke(main, ["queue", *words, "--json"], env=home)
        return done.exit_code, json.loads(done.stdout) if done.stdout else {}

    code, told = run("show", str(tmp_path / "a.ygq"))
    assert (code, told["waiting"], visits(app)) == (0, 1, [])
    code, told = run("take", str(tmp_path / "a.ygq"))
    assert (code, told["recorded"], told["helper_no"]) == (0, 1, "B-1")
    assert run("take", str(tmp_path / "a.ygq"))[1]["known"] == 1
    (tmp_path / "b.ygq").write_bytes(b"PK")
    assert run("take", str(tmp_path / "b.ygq"))[0] == 2
