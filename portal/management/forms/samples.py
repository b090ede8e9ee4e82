"""Forms of draws, of what a call or a visit found, and of a household's answer on the telephone."""

from __future__ import annotations

from datetime import date

import wtforms
from flask_babel import lazy_gettext as _l

from portal.management import visit_words as words
from portal.web.forms import Form, choice, needed, strip, text

SAID_BY = text(_l("谁说的"), hint=_l("户主，或家里的哪一位；没有联系上的不填"))


def _note(label: object) -> wtforms.TextAreaField:
    return wtforms.TextAreaField(label, filters=[strip], render_kw={"rows": 2})


class AnswerForm(Form):
    """What the household says about a visit."""

    answer = choice(_l("本户怎么说"), [("", _l("（选一个）")), *words.RECOLLECTIONS.items()], needed(_l("选一个回应")))
    channel = choice(_l("怎么问的"), [("电话回访", _l("电话回访")), ("当面", _l("当面"))])
    said_by = text(_l("谁说的"), needed(_l("写是谁说的：户主，或家里的哪一位")))
    note = _note(_l("原话和情况"))


class DrawForm(Form):
    """Which sample of which month is drawn."""

    kind = choice(_l("抽什么"), list(words.DRAWS.items()))
    division = choice(_l("区划"), [], needed(_l("选一个区划")), validate_choice=False)
    month = text(_l("哪个月"), needed(_l("填写月份")), hint=_l("例如 2026-10；这个月要已经过完"))

    def validate_month(self, field: wtforms.Field) -> None:
        """A month as `2026-10`."""
        try:
            date.fromisoformat(f"{field.data}-01")
        except ValueError:
            raise wtforms.ValidationError(_l("看不懂这个月份，写成 2026-10 这样")) from None

    @property
    def first_day(self) -> date:
        """The first day of the month."""
        return date.fromisoformat(f"{self.month.data}-01")


class ReportForm(Form):
    """What the call or the visit found."""

    outcome = choice(_l("查到什么"), [("", _l("（选一个）")), *words.OUTCOMES.items()], needed(_l("选一个结果")))
    said_by = SAID_BY
    why = _note(_l("原话和情况"))
