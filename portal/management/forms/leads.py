"""Forms of a township's leads: a filled sheet with its pictures, and the word that takes it in."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l

from portal.kernel.photos.reading import MOST_BYTES
from portal.web.forms import Form
from portal.web.uploads import Uploads

MOST_PHOTOS = 30
UPLOADS = Uploads(MOST_BYTES, 1 + MOST_PHOTOS)


class SheetForm(Form):
    """A filled sheet."""

    file = wtforms.FileField(_l("填好的核查表（.xlsx）"), render_kw={"accept": ".xlsx", **UPLOADS.heed})
    photos = wtforms.MultipleFileField(
        _l("入户核实的照片"), render_kw={"accept": "image/jpeg,image/png,image/webp", **UPLOADS.heed},
        description=_l("文件名里写疑点编号的，用在那一条；其余的（如签了字的纸质表），用在没有自己照片的各条"),
    )  # fmt: skip


class TakeForm(Form):
    """录入."""
