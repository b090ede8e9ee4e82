"""Files that weigh too much, or are too many, are refused whole, beside the words; none is handed on in part."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import Flask, request
from werkzeug.datastructures import FileStorage

from portal.kernel.errors import BadInput
from portal.web.access import public
from portal.web.uploads import BODY, Arrivals, TooHeavy, TooMany, Upload, Uploads

MOST = 1000


def arrived(*files: bytes, most_files: int = 2, in_memory: bool = True) -> list[Upload]:
    """Files of one form, each in pieces of 300 bytes."""
    arrivals, found = Arrivals(Uploads(MOST, most_files), in_memory=in_memory), []
    for data in files:
        upload = arrivals.new()
        for at in range(0, max(len(data), 1), 300):
            upload.write(data[at : at + 300])
        upload.seek(0)
        found.append(upload)
    return found


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_file_of_the_most_it_may_weigh_is_kept_and_one_byte_more_refuses_it(in_memory: bool) -> None:
    fits, heavy = arrived(b"a" * MOST, b"b" * (MOST + 1), in_memory=in_memory)
    assert fits.read() == b"a" * MOST
    with pytest.raises(TooHeavy):
        heavy.read()
    fits.close()
    heavy.close()


READERS: list[Callable[[FileStorage], object]] = [
    lambda file: file.read(), lambda file: file.stream.read(1), lambda file: file.readline(), list,
    lambda file: file.save(io.BytesIO()), lambda file: file.readlines(),
]  # fmt: skip


@pytest.mark.parametrize("read", READERS)
def test_whoever_reads_a_cut_file_in_any_way_is_told_so(read: Callable[[FileStorage], object]) -> None:
    (heavy,) = arrived(b"x" * 5000)
    with pytest.raises(TooHeavy):
        read(FileStorage(heavy))  # type: ignore[arg-type]  # a stream for whoever reads it
    assert heavy._kept.seek(0, io.SEEK_END) == 0, "nothing of it is held any more"


def test_empty_fields_do_not_count_and_one_file_too_many_is_told_by_number() -> None:
    empty, first, nothing, second, third = arrived(b"", b"1", b"", b"2", b"3")
    assert [one.read() for one in (empty, first, nothing, second)] == [b"", b"1", b"", b"2"]
    with pytest.raises(TooMany, match="太多") as refused:
        third.read()
    assert "最多 2 个" in refused.value.why


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_words_come_through_however_heavy_the_file_and_in_whichever_order(app: Flask) -> None:
    @app.post("/heavy")
    @public(csrf=False, files=Uploads(MOST))
    def heavy() -> str:
        try:
            return f"{request.form['words']} {len(request.files['file'].read())}"
        except BadInput as error:
            return f"{request.form['words']} {error.code}"

    client = app.test_client()
    words = '--x\r\nContent-Disposition: form-data; name="words"\r\n\r\n一\r\n'.encode()
    said = []
    for weight in (MOST, 5 << 20):
        file = b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n' + bytes(weight) + b"\r\n"
        for parts in (words + file, file + words):
            sent = client.post("/heavy", data=parts + b"--x--\r\n", content_type="multipart/form-data; boundary=x")
            said.append(sent.text)
    assert said == ["一 1000", "一 1000", "一 bad_input", "一 bad_input"]
    over = {"CONTENT_LENGTH": str(BODY + 1)}
    assert (
        client.post("/heavy", content_type="multipart/form-data; boundary=x", environ_overrides=over).status_code == 413
    )
