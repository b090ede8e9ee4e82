"""Forms of random inspections: a seed promised, a draw, what two inspectors found, third parties, the year's review."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l

from portal.kernel.photos.reading import MOST_BYTES
from portal.oversight.inspections.actions import MOST_PHOTOS
from portal.oversight.inspections.queries import ANSWERS, QUESTIONS
from portal.web.forms import Form, choice, needed, strip, text
from portal.web.uploads import Uploads

UPLOADS = Uploads(MOST_BYTES, MOST_PHOTOS)


def _words(label: object, *more: object, rows: int = 2) -> wtforms.TextAreaField:
    return wtforms.TextAreaField(label, list(more), filters=[strip], render_kw={"rows": rows})


class CommitForm(Form):
    """承诺种子."""

    division = choice(_l("在哪里抽"), [], needed(_l("选一个区划")), validate_choice=False)
    why = text(_l("依据的计划"), needed(_l("写明按哪个计划抽")), hint=_l("例如 2026 年第四季度随机抽查计划"))


class DrawForm(Form):
    """抽取."""

    why = text(_l("说明"), hint=_l("可不填"))


class SupervisorForm(Form):
    """第三方监督员."""

    username = text(_l("监督员的账号"), needed(_l("填写账号")))
    organisation = text(_l("代表哪个单位"), needed(_l("写明单位")), hint=_l("例如县人大代表、会计师事务所"))
    division = text(_l("跟到哪里（12 位区划代码）"), needed(_l("填写区划代码")))
    why = text(_l("为什么请"), needed(_l("用一句话写明")))


class ReviewForm(Form):
    """年度评估."""

    division = choice(_l("区划"), [], needed(_l("选一个区划")), validate_choice=False)
    year = wtforms.IntegerField(_l("年份"), [needed(_l("填写年份"))])
    why = _words(_l("评估结论"), needed(_l("写清查出了什么、为什么、怎么改")), rows=3)


class OnSiteForm(Form):
    """入户记录: one question a fieldset, a note beside each; a household signs nothing."""

    visited_on = wtforms.DateField(_l("入户日期"), [needed(_l("填写日期"))])
    second_inspector = text(_l("另一名核查人的账号"), needed(_l("入户要两个人")))
    met = choice(_l("见到人了吗"), [("yes", _l("见到了")), ("no", _l("没有见到"))])
    note = _words(_l("其他情况"))
    photos = wtforms.MultipleFileField(_l("照片"), render_kw=UPLOADS.heed)
    once = wtforms.HiddenField()
    point = wtforms.HiddenField()


for _code, _question in QUESTIONS.items():
    setattr(
        OnSiteForm, f"answer_{_code}", choice(_l(_question), [("", _l("（选一个）")), *((a, _l(a)) for a in ANSWERS)])
    )
    setattr(OnSiteForm, f"note_{_code}", text(_l("说明"), hint=""))
