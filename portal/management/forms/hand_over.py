"""Form of a hand-over 交接: who takes over, from which day, why, and for each pairing to whom."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import wtforms
from flask_babel import lazy_gettext as _l

from portal.kernel.cells import CellError, CellKind, CellRule, read_cell
from portal.web.forms import Form, needed, strip, text
from portal.web.language import clauses

MOST_RECEIVERS = 20


class HandOverForm(Form):
    """The receivers by number, the first day, the reason, and where the limit asks for one, that reason too."""

    receivers = text(_l("接手人的编号"), needed(_l("写明由谁接手")), hint=_l("一个或几个帮扶人编号，用空格隔开"))
    first_day = text(
        _l("从哪一天起由接手人负责"), needed(_l("填写交接日期")), hint=_l("例如 2026-09-02；原帮扶人负责到前一天")
    )
    why = wtforms.TextAreaField(
        _l("交接的原因和依据"),
        [needed(_l("写明原因：每次交接都要说明，并写入留痕"))],
        filters=[strip],
        render_kw={"rows": 2},
    )
    beyond_why = text(_l("超过户数上限的理由"), hint=_l("帮扶户数超过当地规定时才填；会写入留痕"))
    step = wtforms.HiddenField(default="look")

    def validate_first_day(self, field: wtforms.Field) -> None:
        """A day, read as in a file."""
        try:
            read_cell(field.data, CellRule(CellKind.DATE))
        except CellError as error:
            raise wtforms.ValidationError(clauses(error.why, error.fix)) from None

    def validate_receivers(self, field: wtforms.Field) -> None:
        """Not more than one person can keep an eye on."""
        if len(self.numbers) > MOST_RECEIVERS:
            raise wtforms.ValidationError(_l("一次最多交给 20 个人"))

    @property
    def day(self) -> date:
        """The first day of the receivers."""
        day: date = read_cell(self.first_day.data, CellRule(CellKind.DATE)).value
        return day

    @property
    def numbers(self) -> Sequence[str]:
        """The receivers' numbers, each once, in the order in which they were typed."""
        typed = re.split(r"[\s,，、;；]+", self.receivers.data or "")
        return list(dict.fromkeys(no for no in typed if no))


def share_field(pairing_id: int) -> str:
    """The name of the choice of one pairing's receiver."""
    return f"to-{pairing_id}"
