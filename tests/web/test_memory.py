"""Large uploads of reports: few at once, refused before a byte is read, never at the expense of reports without files."""

from __future__ import annotations

import io
import time

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.web import memory
from portal.web.memory import LARGE, LARGE_AT_ONCE, TimedInput, room
from portal.web.rates import rates
from portal.web.uploads import BODY
from tests.factories.accounts import cheap_hashes
from tests.factories.complaints import a_county

pytestmark = pytest.mark.begins_with(fill=a_county)
FIELDS = {"kind": "钱没到", "door": "confidential", "mode": "anonymous"}


class Unread(io.RawIOBase):
    """A body that nobody may read."""

    def read(self, size: int = -1) -> bytes:
        """Say that somebody did."""
        raise AssertionError("the body was read")


@pytest.fixture
def quick(app: Flask) -> Flask:
    app.testing = False
    rates(app).off = True
    return app


def send(app: Flask, size: int, path: str = "/report") -> TestResponse:
    parts = [f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in FIELDS.items()]
    voice = b'--x\r\nContent-Disposition: form-data; name="files"; filename="v"\r\n\r\nOggS' + bytes(size) + b"\r\n"
    body = "".join(parts).encode() + (voice if size else b"") + b"--x--\r\n"
    with cheap_hashes():
        return app.test_client().post(path, data=body, content_type="multipart/form-data; boundary=x")


def unread(app: Flask, path: str, kind: str, said: dict[str, str]) -> TestResponse:
    """The answer to a body of which nothing may be read."""
    said = {"wsgi.input": Unread(), "CONTENT_TYPE": kind, **said}  # type: ignore[dict-item]  # the body is no text
    return app.test_client().post(path, environ_overrides=said)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("length", [{"CONTENT_LENGTH": str(LARGE + 1)}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
@pytest.mark.parametrize("path", ["/report", "/en/report", "/report/ABCD0123", "/api/v1/reports"])
def test_one_large_upload_too_many_is_told_to_wait_before_a_byte_of_it_is_read(
    quick: Flask, path: str, length: dict[str, str]
) -> None:
    for _ in range(LARGE_AT_ONCE):
        assert room(quick).take()
    told = unread(quick, path, "multipart/form-data; boundary=x", length)
    assert (told.status_code, told.headers["Retry-After"]) == (429, "20")
    assert room(quick).held == LARGE_AT_ONCE
    if path == "/report":
        assert send(quick, 0).status_code == 201, "a report without files is taken all the same"


def test_room_is_given_back_whatever_came_of_the_upload(quick: Flask) -> None:
    assert [send(quick, LARGE).status_code for _ in range(LARGE_AT_ONCE + 1)] == [201] * (LARGE_AT_ONCE + 1)
    heavy = send(quick, 60 << 20)
    tile = heavy.text.split('value="钱没到"')[0].rsplit("<", 1)[1]
    assert heavy.status_code == 422 and "一个文件最多 10 MB" in heavy.text
    assert "checked" in tile + heavy.text.split('value="钱没到"')[1].split(">")[0]
    told = send(quick, 11 << 20, "/api/v1/reports")
    assert (told.status_code, told.get_json()["code"]) == (422, "bad_input")
    assert send(quick, LARGE, "/report/ABCD0123").status_code == 404
    assert room(quick).held == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("path", "kind"), [("/report", "multipart/form-data; boundary=x"), ("/report", "application/json")]
)
def test_what_is_larger_than_a_report_may_be_is_refused_before_a_byte_of_it_is_read(
    quick: Flask, path: str, kind: str
) -> None:
    assert unread(quick, path, kind, {"CONTENT_LENGTH": str(BODY + 1)}).status_code == 413
    assert room(quick).held == 0


def test_a_sender_who_is_too_slow_is_cut_off() -> None:
    assert TimedInput(io.BytesIO(b"one\ntwo"), 60).readline() == b"one\n"
    assert list(TimedInput(io.BytesIO(b"one\ntwo"), 60)) == [b"one\n", b"two"]
    late = TimedInput(io.BytesIO(b"words"), -1)
    with pytest.raises(TimeoutError):
        late.read()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_upload_that_comes_too_slowly_holds_no_thread_and_no_room(
    quick: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "LARGE_SECONDS", -1.0)
    begun = time.monotonic()
    assert send(quick, LARGE).status_code == 400
    assert room(quick).held == 0 and time.monotonic() - begun < 60
