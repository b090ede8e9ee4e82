"""Forms of a unit's tasks of supervision orders."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l

from portal.oversight.orders.replies.rules import MOST_BYTES
from portal.web.forms import Form, needed, strip
from portal.web.uploads import Uploads

UPLOADS = Uploads(MOST_BYTES)


class TakeForm(Form):
    """签收."""


class AnswerForm(Form):
    """反馈: what was done, with one file at most."""

    text = wtforms.TextAreaField(
        _l("办理情况"), [needed(_l("写明做了什么、结果是什么"))], filters=[strip], render_kw={"rows": 5},
        description=_l("加密保存，只有督办的人看得到"),
    )  # fmt: skip
    file = wtforms.FileField(
        _l("依据材料"), description=_l("照片或 PDF，一份，最多 8 MB；照片里的位置会去掉"), render_kw=UPLOADS.heed
    )
