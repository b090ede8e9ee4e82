"""Forms of the import pages."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l
from wtforms import validators

from portal.web.forms import Form
from portal.web.uploads import Uploads

UPLOADS = Uploads(64 << 20)


class UploadForm(Form):
    """Choose the kind of table and the file."""

    kind = wtforms.SelectField(_l("什么表"))
    profile = wtforms.SelectField(_l("导入方案"), default="")
    file = wtforms.FileField(_l("文件（.xlsx、.csv 或 .parquet）"), render_kw=UPLOADS.heed)


class UndoForm(Form):
    """Why an import is undone."""

    why = wtforms.StringField(_l("原因"), [validators.Length(max=500)])
