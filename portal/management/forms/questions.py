"""Forms of public questions in the office."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l

from portal.publishing.questions.queries import Proposal
from portal.web.forms import Form, choice, needed, strip, text


class AnswerForm(Form):
    """What is proposed for a question."""

    proposal = choice(
        _l("怎么办"),
        [
            ("", _l("（选一个）")),
            (Proposal.PUBLISH.value, _l("公开答复")),
            (Proposal.DECLINE.value, _l("不公开")),
            (Proposal.MERGE.value, _l("并入已有的提问")),
        ],
        needed(_l("选一个")),
    )
    question = wtforms.TextAreaField(
        _l("公开的提问"),
        filters=[strip],
        description=_l("去掉姓名、号码和病情，改写成大家都能看的一段话"),
        render_kw={"rows": 3},
    )
    answer = wtforms.TextAreaField(
        _l("答复"), filters=[strip], description=_l("不公开的，写明理由；提问的人看得到"), render_kw={"rows": 5}
    )
    unit = text(_l("答复单位"), needed(_l("写上由哪个单位答复")))
    merged_into = text(_l("并入哪一条"), hint=_l("已公开的提问编号，例如 WD-2026-000012"))


class WhyForm(Form):
    """A reason."""

    why = text(_l("说明"), hint=_l("退回和撤下要写原因"))
