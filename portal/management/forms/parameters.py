"""The form of the second person who decides on a proposed parameter."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l

from portal.web.forms import Form, choice, needed, strip


class DecideForm(Form):
    """What the second person decides, and why."""

    verdict = choice(_l("处理"), (("approve", _l("复核通过：照此生效")), ("return", _l("退回"))))
    why = wtforms.TextAreaField(_l("理由"), [needed(_l("写明理由"))], filters=[strip], render_kw={"rows": 2})
