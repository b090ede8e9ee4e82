"""Form of a queue file that a helper hands in."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l

from portal.web.forms import Form, choice
from portal.web.uploads import Uploads

UPLOADS = Uploads(64 << 20)


class QueueForm(Form):
    """The file, and whether to look only."""

    file = wtforms.FileField(_l("手机导出的待上传文件"), render_kw=UPLOADS.heed)
    step = choice(_l("要做什么"), [("take", _l("收下里面签过名的走访")), ("look", _l("只看里面有什么"))])
