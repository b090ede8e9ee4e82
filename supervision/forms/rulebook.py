"""Form of a rule that may run again."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l

from portal.web.forms import Form, needed, strip


class ResumeForm(Form):
    """Why a paused rule may run again."""

    why = wtforms.TextAreaField(
        _l("改了什么，为什么可以恢复"),
        [needed(_l("写明改了什么：参数、户坐标，还是核实的口径"))],
        filters=[strip],
        render_kw={"rows": 2},
    )
