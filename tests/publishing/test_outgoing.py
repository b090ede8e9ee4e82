"""Files that come in pieces: small ones become plain bytes, large ones a clean stream; a hit in the last row stops all."""

from collections.abc import Iterator

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from portal.web import language, outgoing
from tests.publishing.numbers import PHONE

ROW = "高沟镇,道路,1200.00\r\n".encode()


@pytest.fixture
def client() -> FlaskClient:
    app = Flask("portal", template_folder="web/templates")
    language.install(app)
    closed: list[bool] = []

    @app.get("/file/<int:rows>.<end>.json")
    def file(rows: int, end: str) -> Response:
        def pieces() -> Iterator[bytes]:
            try:
                yield "镇,用途,金额（元）\r\n".encode()
                for _ in range(rows):
                    yield ROW
                yield f"高沟镇,{PHONE if end == 'bad' else ''},1.00\r\n".encode()
            finally:
                closed.append(True)

        return Response(pieces(), content_type="text/csv; charset=utf-8")

    app.after_request(outgoing.checked)
    app.config["closed"] = closed
    return app.test_client()


@pytest.mark.parametrize("rows", [3, 60_000])
def test_a_clean_file_arrives_whole(client: FlaskClient, rows: int) -> None:
    answer = client.get(f"/file/{rows}.good.json")
    assert answer.get_data().count(ROW) == rows
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) == len(answer.get_data())
    assert client.application.config["closed"] == [True]


@pytest.mark.parametrize("rows", [3, 60_000])
def test_a_hit_in_the_last_row_stops_all_of_it(client: FlaskClient, rows: int) -> None:
    answer = client.get(f"/file/{rows}.bad.json")
    assert answer.status_code == 500
    assert ROW not in answer.get_data()
    assert client.application.config["closed"] == [True]
