"""Form of a lost phone."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.web.forms import Form, needed, text


class RevokeForm(Form):
    """Why a phone is revoked."""

    why = text(_l("撤销的原因"), needed(), hint=_l("例如：手机丢失、换了手机、调离"))
