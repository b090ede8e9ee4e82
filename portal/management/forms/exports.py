"""Forms of exports with whole names."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l

from portal.web.forms import Form, choice, needed, text

FORMS = (("xlsx", "Excel"), ("csv", "CSV"), ("json", "JSON"))


class AskForm(Form):
    """What for, and in which form."""

    why = text(_l("用在哪里，为什么要完整姓名"), needed(), hint=_l("例如：发放回访，文号，交给谁，用完怎样销毁"))
    suffix = choice(_l("文件格式"), FORMS)


class DecideForm(Form):
    """The decision of the second person; a refusal needs a reason."""

    verdict = wtforms.HiddenField()
    why = text(_l("意见（不批准时要填）"))
