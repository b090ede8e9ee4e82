"""Forms of the trail: on behalf of what it is opened, and what another organ says of a read without a case."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l

from portal.oversight.reads.queries import Basis, Verdict
from portal.web.forms import Form, choice, needed, strip

BASES = {Basis.CASE.value: _l("我在办的案件"), Basis.LEAD.value: _l("分派给我的疑点"), Basis.NONE.value: _l("无案件")}
VERDICTS = {
    Verdict.PROPER.value: _l("正当"), Verdict.EXPLAIN.value: _l("需要说明"), Verdict.IMPROPER.value: _l("不正当"),
}  # fmt: skip
VERDICT_TAGS = {Verdict.PROPER.value: "ok", Verdict.EXPLAIN.value: "warn", Verdict.IMPROPER.value: "bad"}


class BasisForm(Form):
    """凭什么查阅."""

    basis = choice(_l("凭什么查阅"), [("", _l("（选一个）")), *BASES.items()], needed(_l("选一项")))
    case_no = choice(_l("案件"), [], validate_choice=False)
    lead_no = choice(_l("疑点"), [], validate_choice=False)
    why = wtforms.TextAreaField(
        _l("为什么（无案件时必填）"), filters=[strip], render_kw={"rows": 2},
        description=_l("谁交办、查什么；这一条会列给另一个机关复查"),
    )  # fmt: skip


class VerdictForm(Form):
    """复查意见."""

    verdict = choice(_l("复查意见"), [("", _l("（选一个）")), *VERDICTS.items()], needed(_l("选一项")))
    why = wtforms.TextAreaField(
        _l("怎么核实的"), [needed(_l("用一句话写明怎么核实的"))], filters=[strip], render_kw={"rows": 2}
    )
