"""What a form of a report or a question refuses is said in the language of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.web.rates import rates
from tests.factories.accounts import cheap_hashes
from tests.factories.complaints import a_county

pytestmark = pytest.mark.begins_with(fill=a_county)
PLAIN = {"kind": "钱没到", "door": "confidential", "mode": "anonymous"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def reader(app: Flask) -> Iterator[FlaskClient]:
    app.testing = False
    rates(app).off = True
    with cheap_hashes():
        yield app.test_client()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"kind": ""}, "Choose the nearest one"),
        ({"mode": "named"}, "leave it and how to reach you"),
        ({"contact": "somebody"}, "Without a name there is no name"),
        ({"text": "x" * 20_001}, "At most 20000 characters"),
        ({"door": "public", "text": "x"}, "Write what you want to ask"),
    ],
)
def test_every_refused_field_is_told_in_english(reader: FlaskClient, wrong: dict[str, str], told: str) -> None:
    sent = reader.post("/en/report", data={**PLAIN, **wrong}, content_type="multipart/form-data")
    assert sent.status_code == 422, sent.text[:500]
    (problem,) = re.findall(r'<div class="problem".*?</div>', sent.text, re.DOTALL)
    assert told in problem
    assert not CHINESE.search(problem)
