"""Forms of a lead: the visit on site, the conclusion, the review, the decision, an exception."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l

from portal.kernel.photos.reading import MOST_BYTES
from portal.oversight.leads.rounds.queries import Speaker
from portal.web.forms import Form, choice, needed, strip, text
from portal.web.lead_words import DISPOSITIONS, FINDINGS
from portal.web.uploads import Uploads

UPLOADS = Uploads(MOST_BYTES)

_ANY = ("", _l("（选一个）"))
SPEAKERS = {
    Speaker.HOUSEHOLD.value: _l("本户"),
    Speaker.HELPER.value: _l("帮扶人"),
    Speaker.NOBODY.value: _l("找不到人"),
}


class FindingForm(Form):
    """结论 and its reason."""

    finding = choice(_l("结论"), [_ANY, *FINDINGS.items()], needed(_l("选一个结论")))
    why = wtforms.TextAreaField(
        _l("看了什么，凭什么这样认定"),
        [needed(_l("写明看了什么、问了谁，凭什么这样认定"))],
        filters=[strip],
        render_kw={"rows": 3},
    )


class VisitForm(Form):
    """入户核实: two names, first what the household or its helper says, then what was seen, and a photo."""

    visited_on = wtforms.DateField(_l("入户日期"), [wtforms.validators.Optional()])
    first = text(_l("入户人"))
    second = text(_l("同去的人"))
    speaker = choice(_l("先听了谁说"), [_ANY, *SPEAKERS.items()])
    said = wtforms.TextAreaField(_l("本户或帮扶人怎么说"), filters=[strip], render_kw={"rows": 2})
    found = wtforms.TextAreaField(_l("入户看到了什么"), filters=[strip], render_kw={"rows": 3})
    photo = wtforms.FileField(_l("核实照片"), render_kw={"accept": "image/jpeg,image/png,image/webp", **UPLOADS.heed})


class ReviewForm(Form):
    """县级复核."""

    agrees = choice(_l("复核意见"), [_ANY, ("yes", _l("同意")), ("no", _l("退回重查"))], needed(_l("选同意或退回")))
    review_why = wtforms.TextAreaField(
        _l("复核理由"), [needed(_l("写明复核了什么"))], filters=[strip], render_kw={"rows": 2}
    )


class DecideForm(Form):
    """处置."""

    disposition = choice(_l("处置"), [_ANY, *DISPOSITIONS.items()], needed(_l("选一种处置")))
    decide_why = wtforms.TextAreaField(_l("处置理由"), [needed(_l("写明依据"))], filters=[strip], render_kw={"rows": 2})


class ExceptionForm(Form):
    """例外, proposed or confirmed."""

    exception_why = wtforms.TextAreaField(
        _l("为什么是例外"), [needed(_l("写明依据"))], filters=[strip], render_kw={"rows": 2}
    )
