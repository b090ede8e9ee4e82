"""Forms of a household's income page."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l

from portal.registers.recipients.incomes.confirming.queries import Entered
from portal.web.forms import Form, needed, strip


class ConfirmForm(Form):
    """The second person's confirmation of one entry as it stands."""

    why = wtforms.StringField(_l("对照了什么凭证"), [needed(_l("写明对照了什么凭证"))], filters=[strip])
    kind = wtforms.HiddenField()
    row = wtforms.HiddenField()
    version = wtforms.HiddenField()
    on = wtforms.HiddenField()

    @property
    def entered(self) -> Entered | None:
        """What kind of entry it is; None for none that is known."""
        return Entered(self.kind.data) if self.kind.data in set(Entered) else None

    @property
    def row_id(self) -> int:
        """The stable id of the entry; 0 for none."""
        text = self.row.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
