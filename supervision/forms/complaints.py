"""Forms of the case room: the passphrase, the steps, who has it, what is asked and answered."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l
from wtforms import validators
from wtforms.fields.choices import SelectChoice

from portal.web.forms import Form, choice, needed, strip, text
from supervision.complaint_words import EVIDENCE, RELATIVES


def _words(label: object, *more: object, hint: object = "", rows: int = 3) -> wtforms.TextAreaField:
    return wtforms.TextAreaField(label, list(more), filters=[strip], description=hint, render_kw={"rows": rows})


def _secret(label: object, *more: object, hint: object = "") -> wtforms.PasswordField:
    return wtforms.PasswordField(label, list(more), description=hint, render_kw={"autocomplete": "off"})


class UnlockForm(Form):
    """Open the case room."""

    passphrase = _secret(_l("案件口令"), needed(_l("填写案件口令")), hint=_l("不是登录密码；十五分钟不用就要重新填"))
    no = wtforms.HiddenField()


class PassphraseForm(Form):
    """One's own case passphrase, twice."""

    first = _secret(_l("新的案件口令"), needed(_l("填写口令")), hint=_l("至少十二个字；忘了只能由同事重新授给您钥匙"))
    second = _secret(_l("再填一遍"), needed(_l("再填一遍")))

    def validate_second(self, field: wtforms.Field) -> None:
        """Both must be the same."""
        if field.data != self.first.data:
            raise validators.ValidationError(_l("两次填的不一样"))


class StepForm(Form):
    """One step: which, what it needs, and the note."""

    step = wtforms.HiddenField()
    note = _words(_l("说明"), hint=_l("加密保存，只有本机关和上级机关打开得了"))
    answer = _words(_l("给反映人的答复"), hint=_l("写明结果和理由；反映人凭编号和查询码看到"))
    proposed = wtforms.HiddenField()
    studied_by = _words(_l("参加集体研究的人"), hint=_l("一行一个，不少于三人"))
    evidence = wtforms.SelectMultipleField(
        _l("材料来源"),
        choices=[SelectChoice(value, label) for value, label in EVIDENCE.items()],
        option_widget=wtforms.widgets.CheckboxInput(),
        widget=wtforms.widgets.ListWidget(prefix_label=False),
        validate_choice=False,
    )
    organ = wtforms.HiddenField()
    earlier = text(_l("并入哪一件（编号）"))


class AssignForm(Form):
    """Who works on it."""

    username = choice(_l("经办人"), [], needed(_l("选一个人")), validate_choice=False)


class LongerForm(Form):
    """An extension and its reason."""

    days = wtforms.IntegerField(_l("延长几天"), [needed(_l("填写天数"))], render_kw={"min": 1, "max": 30})
    why = text(_l("为什么"), needed(_l("写明为什么不能按期办结")))


class WhyForm(Form):
    """A reason, and nothing else."""

    why = text(_l("理由"), needed(_l("写明理由")))


class ReplyForm(Form):
    """Words to the writer."""

    words = _words(
        _l("写给反映人的话"), needed(_l("写下要告诉反映人的话")), hint=_l("反映人凭编号和查询码看到"), rows=4
    )


class AccusedForm(Form):
    """Somebody who turns out to be accused."""

    name = text(_l("姓名"))
    unit = text(_l("单位名称或编码"))


class RelativeForm(Form):
    """A relative of mine in public office."""

    name = text(_l("姓名"), needed(_l("填写姓名")))
    relation = choice(_l("关系"), list(RELATIVES.items()), needed())
    unit = text(_l("工作单位（名称或编码）"), hint=_l("不知道的不填；不填就按同名的都回避"))


class PostForm(Form):
    """Somebody's post."""

    username = text(_l("账号"), needed(_l("填写账号")))
    unit = text(_l("单位名称或编码"), needed(_l("填写单位")))
    duty = text(_l("职务"), needed(_l("填写职务")))
    superior = text(_l("直接上级的账号"), hint=_l("没有账号的不填"))
    is_head = wtforms.BooleanField(_l("是单位负责人"))
    since_on = wtforms.DateField(_l("从哪天起"), [needed(_l("填写日期"))])
