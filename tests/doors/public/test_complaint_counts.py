"""Counts of reports: a closed quarter with enough of them is told, fewer look like none at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.kernel.database import raise_data_version, writing
from portal.oversight.complaints.counts.actions import correct_counts, publish_closed
from portal.registers.corrections import Act
from tests.factories.complaints import a_county, arrive

pytestmark = pytest.mark.begins_with(fill=a_county)
IN_MAY, IN_JULY = datetime(2026, 5, 12, 4, tzinfo=UTC), datetime(2026, 7, 2, 4, tzinfo=UTC)


def _come(app: Flask, number: int) -> None:
    with writing(app.extensions["portal.installation"].engine) as session:
        for _n in range(number):
            arrive(session, kind="钱没到", at=IN_MAY)
        publish_closed(session, "job:counts", IN_JULY)
        raise_data_version(session.connection())  # a report itself does not: a kept page cannot tell that one came


def _bodies(client: FlaskClient) -> Sequence[str]:
    answers = [client.get(f"/complaints{suffix}") for suffix in ("", ".csv", ".json")]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    return [answer.get_data(as_text=True) for answer in answers]


def test_four_reports_look_like_none_and_five_are_told(app: Flask, client: FlaskClient) -> None:
    none = _bodies(client)
    _come(app, 4)
    assert _bodies(client) == none
    _come(app, 1)
    page, sheet, _json = _bodies(client)
    assert "2026 年第 2 季度" in page
    assert "2026-01-01,2026-06-30" in sheet.replace('"', "")
    assert ",5,,,,,,," in sheet
    assert "公布 · “—”是不到 5 件" in page


def test_an_earlier_version_stays_readable_beside_the_corrected_one(app: Flask, client: FlaskClient) -> None:
    _come(app, 5)
    _come(app, 5)  # told already: the page stands still
    assert ",5,,,,,,," in _bodies(client)[1]
    with writing(app.extensions["portal.installation"].engine) as session:
        correct_counts(session, date(2026, 1, 1), Act("user:a", "漏计了来信"), IN_JULY)
    page, sheet, _json = _bodies(client)
    assert "第 2 版，更正：漏计了来信" in page
    assert "以前公布的第 1 版" in page
    assert ",10,,,,,,," in sheet
    assert ",5,,,,,,," in sheet


def test_the_page_is_linked_from_where_people_report(client: FlaskClient) -> None:
    for path in ("/report", "/exposure", "/sitemap"):
        assert "/complaints" in client.get(path).get_data(as_text=True)
