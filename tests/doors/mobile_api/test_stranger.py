"""A stranger with nothing but the page of the interface: its client is run verbatim against a real server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pyotp
from flask import Flask

from portal.settings import PROJECT_ROOT, Settings
from tests.doors.mobile_api.conftest import on_one_database
from tests.factories.accounts import PASSWORD, SECRET
from tests.factories.phones import code_for
from tests.factories.server import served
from tests.factories.visits import picture

PAGE = PROJECT_ROOT / "docs" / "api.md"


def client_of_the_page() -> str:
    found = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(found) == 1
    return str(found[0])


@on_one_database
def test_the_client_of_the_page_enrols_signs_and_checks_in(world: Flask, settings: Settings, tmp_path: Path) -> None:
    client, photo = tmp_path / "client.py", tmp_path / "photo.jpg"
    client.write_text(client_of_the_page(), "utf-8")
    photo.write_bytes(picture(1))
    code = code_for(world, "B-1")
    with served(settings) as server:
        otp = pyotp.TOTP(SECRET).now()
        done = subprocess.run(
            [sys.executable, client, server.url, "wang", PASSWORD, otp, code, photo],
            capture_output=True, text=True, timeout=120, cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8"}, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["on_the_server"] == 1
    assert len(told["receipt"]["leaf_hash"]) == 64


def test_the_page_names_only_addresses_that_exist(app: Flask) -> None:
    rules = {re.sub(r"<[^>]*>", "<>", rule.rule) for rule in app.url_map.iter_rules()}
    named = {
        re.sub(r"<[^>]*>", "<>", path) for path in re.findall(r"`[A-Z]+ (/api/v1/[^`?]*)", PAGE.read_text("utf-8"))
    }
    assert len(named) >= 7
    assert named <= rules
