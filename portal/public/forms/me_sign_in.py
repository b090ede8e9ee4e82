"""The one field that opens a household's page."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.web.forms import Form, text


class DigitsForm(Form):
    """The last four of an ID number. Never shown again, not even when they are wrong."""

    digits = text(
        _l("身份证最后四位"),
        hint=_l("户主或家里成年人的都行；最后一位是 X 的，照样填 X"),
        render_kw={
            "autocomplete": "off",
            "maxlength": "4",
            "inputmode": "text",
            "autocapitalize": "characters",
            "size": "6",
        },
    )
