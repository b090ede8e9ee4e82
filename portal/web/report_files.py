"""Files that come with a report: pictures are rebuilt in the jail, the rest is sealed as it is. Nothing touches the disk.

A picture keeps nothing of its camera unless its sender asks for the original to be kept as evidence as well. Voice notes
and papers (PDF, Office) are told apart by their first bytes, never opened here, and shown to nobody but the handlers: a
PDF as pictures of its pages, an Office file as a download behind a warning, since nothing here draws it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from werkzeug.datastructures import FileStorage

from portal.kernel.errors import BadInput
from portal.kernel.photos.jail import PhotoJail
from portal.kernel.photos.limits import PhotoLimits
from portal.kernel.photos.reading import MEDIA_TYPES, read_photo
from portal.oversight.complaints.rules import FILES_MOST, Attachment
from portal.web.uploads import Uploads

MOST_BYTES: Final = 10 << 20
UPLOADS: Final = Uploads(MOST_BYTES, FILES_MOST)
JAIL: Final = PhotoJail(PhotoLimits(derivative_side=1600, derivative_quality=85))
"""A jail of its own: a paper that was photographed must stay readable, so its pictures are rebuilt larger."""
_PICTURES: Final = ((0, b"\xff\xd8\xff"), (0, b"\x89PNG\r\n\x1a\n"), (8, b"WEBP"))
_SEALED: Final = (
    ("audio/webm", 0, b"\x1a\x45\xdf\xa3"),
    ("audio/ogg", 0, b"OggS"),
    ("audio/wav", 8, b"WAVE"),
    ("audio/mp4", 4, b"ftyp"),
    ("audio/mpeg", 0, b"ID3"),
    ("application/pdf", 0, b"%PDF-"),
    ("application/vnd.openxmlformats", 0, b"PK\x03\x04"),
    ("application/x-ole-storage", 0, b"\xd0\xcf\x11\xe0"),
)


def read_files(sent: Sequence[FileStorage], keep_originals: bool) -> list[Attachment]:
    """Every file that holds anything, ready to be sealed. Raises BadInput for one too many, too large (UPLOADS) or unknown."""
    filled = [data for one in sent if (data := one.stream.read())]
    return [attachment for data in filled for attachment in _attachments(data, keep_originals)]


def _attachments(data: bytes, keep_original: bool) -> Iterable[Attachment]:
    if _is_picture(data):
        yield Attachment(read_photo(data, JAIL, MOST_BYTES).derivative, MEDIA_TYPES[0])
        if keep_original:
            yield Attachment(data, "image/original", is_original=True)
        return
    for media_type, at, magic in _SEALED:
        if data[at : at + len(magic)] == magic:
            yield Attachment(data, media_type)
            return
    raise BadInput(
        "这个附件收不了", why="收照片、录音、PDF 和 Office 文件", fix="照片用 JPEG、PNG、WebP；录音用手机自带的录音"
    )


def _is_picture(data: bytes) -> bool:
    return any(data[at : at + len(magic)] == magic for at, magic in _PICTURES)
