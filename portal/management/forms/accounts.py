"""Forms of signing in, of one's own account, and of the administrators' pages about people."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l
from wtforms import validators

from portal.accounts.permissions import ROLE_NAMES, Permission, Role
from portal.web.forms import Form, choice, needed, text

_OTP = {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "7"}
_HALF = {"autocomplete": "off", "maxlength": "12", "spellcheck": "false"}


def _password(label: object, *more: object, fresh: bool = False) -> wtforms.PasswordField:
    kind = "new-password" if fresh else "current-password"
    return wtforms.PasswordField(label, [needed(), *more], render_kw={"autocomplete": kind})


def _otp(label: object) -> wtforms.StringField:
    return text(label, needed(), render_kw=_OTP, hint=_l("手机验证器上的 6 位数字，每个只能用一次"))


class LoginForm(Form):
    """Name, password, code: asked together, so that no answer tells which one was wrong."""

    username = text(_l("用户名"), needed(), render_kw={"autocomplete": "username", "autocapitalize": "none"})
    password = _password(_l("密码"))
    code = _otp(_l("动态码"))
    next = wtforms.HiddenField()


class CodeForm(Form):
    """A one-time code in its two halves."""

    username = text(_l("用户名"), needed(), render_kw={"autocomplete": "username", "autocapitalize": "none"})
    first = text(_l("码的前一半"), needed(), hint=_l("开具的管理员给您的 8 位"), render_kw=_HALF)
    second = text(_l("码的后一半"), needed(), hint=_l("放行的管理员给您的 8 位"), render_kw=_HALF)


class _NewPassword(Form):
    new_password = _password(_l("新密码"), fresh=True)
    again = wtforms.PasswordField(
        _l("再填一次新密码"),
        [validators.EqualTo("new_password", _l("两次填的不一样"))],
        render_kw={"autocomplete": "new-password"},
    )


class TakeForm(_NewPassword):
    """A new password and the proof of the new second factor; the ticket carries what was shown."""

    ticket = wtforms.HiddenField()
    code = _otp(_l("新的动态码"))


class PasswordForm(_NewPassword):
    """Changing one's own password."""

    password = _password(_l("现在的密码"))
    code = _otp(_l("动态码"))


class FactorForm(Form):
    """Changing one's own second factor: proof of the present one and of the new one."""

    ticket = wtforms.HiddenField()
    password = _password(_l("现在的密码"))
    code = _otp(_l("现在的动态码"))
    new_code = _otp(_l("新的动态码"))


class EndSessionsForm(Form):
    """Sign out one session, or all others."""

    which = wtforms.HiddenField()


class PersonForm(Form):
    """A new account."""

    username = text(_l("用户名"), needed(), hint=_l("小写字母开头，2 到 40 个字符；以后不能改"))
    display_name = text(_l("姓名"), needed())
    unit_code = text(_l("单位编码"))

    def values(self) -> dict[str, str]:
        """What was typed, without the token."""
        return {name: getattr(self, name).data for name in ("username", "display_name", "unit_code")}


class GrantForm(Form):
    """A proposal: role, divisions, reason."""

    role = choice(_l("角色"), [(r.value, _l(ROLE_NAMES[r])) for r in Role if r is not Role.CITIZEN])
    scopes = text(_l("范围（区划代码）"), needed(), hint=_l("12 位区划代码，几个之间用空格隔开"))
    why = text(_l("原因"), needed(), hint=_l("例如任命文件的文号"))


class WhyForm(Form):
    """A reason for an act that takes something away."""

    why = text(_l("原因"), needed())


class ActForm(Form):
    """A button."""


class ExplainForm(Form):
    """Who, what, where: the question of /admin/why. Sent by GET, so that the answer has an address."""

    class Meta(Form.Meta):
        """A question changes nothing."""

        csrf = False

    username = text(_l("用户名"), needed())
    permission = choice(_l("要做什么"), [(p.name, _l(p.value)) for p in Permission])
    subject = text(_l("对什么"), hint=_l("区划代码或名称、户编号、帮扶人编号、项目编码；不填表示“在任何地方”"))
