"""Forms of the money console that are not fields of a record."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l

from portal.web.forms import Form, needed, strip


class CheckForm(Form):
    """The second person's confirmation of a line of money."""

    why = wtforms.TextAreaField(
        _l("核对了什么，依据什么"), [needed(_l("写明核对了什么"))], filters=[strip], render_kw={"rows": 2}
    )
    version = wtforms.HiddenField()
