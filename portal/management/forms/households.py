"""Forms of the recipients' console pages that are not fields of a record."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import wtforms
from flask_babel import lazy_gettext as _l

from portal.kernel.cells import CellError, CellKind, CellRule, read_cell
from portal.web.forms import Form, choice, needed, strip, text


class StatusForm(Form):
    """The county's decision about a household's 状态, or a cancellation."""

    status = choice(_l("改成"), ())
    decided_on = text(_l("决定日期"), needed(_l("填写决定日期")), hint=_l("例如 2026-09-02"))
    document = text(_l("决定文号"), needed(_l("填写决定的文号")), hint=_l("县级批准文件，或注销的依据"))
    why = wtforms.TextAreaField(_l("原因"), [needed(_l("写明原因"))], filters=[strip], render_kw={"rows": 2})
    version = wtforms.HiddenField()

    def offer(self, statuses: Collection[str]) -> None:
        """Only what the table of transitions allows from here can be chosen."""
        self.status.choices = [wtforms.fields.choices.SelectChoice(s, _l(s)) for s in sorted(statuses)]

    def validate_decided_on(self, field: wtforms.Field) -> None:
        """A day, read as in a file."""
        try:
            read_cell(field.data, CellRule(CellKind.DATE))
        except CellError as error:
            raise wtforms.ValidationError(f"{error.why}；{error.fix}") from None

    @property
    def day(self) -> date:
        """The day of the decision."""
        day: date = read_cell(self.decided_on.data, CellRule(CellKind.DATE)).value
        return day
