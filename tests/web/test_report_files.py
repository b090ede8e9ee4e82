"""What a report takes as a file, told by its first bytes."""

from __future__ import annotations

import io

import pytest
from werkzeug.datastructures import FileStorage

from portal.kernel.errors import BadInput
from portal.web.report_files import read_files


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"%PDF-1.7 whatever", "application/pdf"), (b"PK\x03\x04 a workbook", "application/vnd.openxmlformats"),
        (b"\xd0\xcf\x11\xe0 an old document", "application/x-ole-storage"),
    ],
)  # fmt: skip
def test_a_paper_is_taken_unopened(data: bytes, media_type: str) -> None:
    (file,) = read_files([FileStorage(io.BytesIO(data))], False)
    assert (file.media_type, file.data) == (media_type, data)


def test_what_is_neither_picture_nor_recording_nor_paper_is_refused_with_what_to_do_instead() -> None:
    with pytest.raises(BadInput, match="这个附件收不了") as refused:
        read_files([FileStorage(io.BytesIO(b"MZ a program"))], False)
    assert "JPEG" in str(refused.value.fix)
