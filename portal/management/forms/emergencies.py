"""Forms of break-glass and of its reviews."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms.fields.choices import SelectChoice

from portal.accounts.emergencies.queries import Verdict
from portal.accounts.permissions import ROLE_NAMES, Role
from portal.web.forms import Form, choice, needed, text


class EmergencyForm(Form):
    """Which role, where, why, and a fresh code."""

    role = choice(_l("要用的角色"), [(r.value, ROLE_NAMES[r]) for r in Role if r is not Role.CITIZEN])
    scopes = text(_l("范围（区划代码）"), needed(), hint=_l("12 位区划代码，几个之间用空格隔开"))
    why = text(_l("什么事，为什么等不到批准"), needed(), hint=_l("两位管理员事后按这句话复核"))
    code = text(
        _l("动态码"),
        needed(),
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "7"},
        hint=_l("手机验证器上的 6 位数字，每个只能用一次"),
    )

    def offer(self, roles: Sequence[Role]) -> None:
        """Only the roles that this person may take."""
        self.role.choices = [SelectChoice(role.value, _l(ROLE_NAMES[role])) for role in roles]


class ReviewForm(Form):
    """What one of the two reviewers found."""

    verdict = choice(_l("意见"), [(v.value, _l(v.value)) for v in Verdict])
    note = text(_l("看了什么，为什么"), needed())
