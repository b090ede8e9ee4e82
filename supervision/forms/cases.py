"""Forms of cases: opening, links, team, notes, study and decision."""

from __future__ import annotations

from collections.abc import Iterable

import wtforms
from flask_babel import lazy_gettext as _l
from wtforms import validators

from portal.oversight.cases.queries import CaseRow
from portal.web.forms import Form, choice, needed, strip, text
from supervision import case_words as words


def long_text(label: object, hint: object = "", rows: int = 4, *more: object) -> wtforms.TextAreaField:
    """Several lines of text."""
    return wtforms.TextAreaField(label, list(more), filters=[strip], description=hint, render_kw={"rows": rows})


class CaseForm(Form):
    """立卷."""

    title = text(_l("案由"), needed(_l("用一句话写明反映的是什么事")), hint=_l("加密保存，只有办案组和负责人看得到"))
    division_code = text(_l("事情发生地（区划代码）"), needed())
    accused = text(
        _l("被反映的单位或账号"), hint=_l("填编码或用户名，多个用顿号隔开；本人、本单位和他管的人从此看不到这个案件")
    )
    team = text(_l("办案组的其他人（用户名）"), hint=_l("多个用顿号隔开；您自己自动在内"))
    why = text(_l("立卷依据"), needed(_l("写明依据")))


class AddForm(Form):
    """并入在办的案件."""

    case_no = choice(_l("并入哪个案件"), [], needed(_l("选一个在办的案件")))

    def fill(self, rows: Iterable[CaseRow]) -> None:
        """What may be chosen: the open cases of whoever looks."""
        self.case_no.choices = [("", _l("（选一个）")), *((row.no, f"{row.no} {row.title}") for row in rows)]


class LinkForm(Form):
    """关联."""

    kind = choice(_l("关联什么"), [("", _l("（选一个）")), *words.LINKS.items()], needed(_l("选一种")))
    no = text(_l("编号"), needed(_l("填写编号")))
    is_accused = wtforms.BooleanField(_l("这是被反映对象（账号、帮扶人、户、单位）"))


class MemberForm(Form):
    """办案组."""

    username = text(_l("用户名"), needed(_l("填写用户名")))


class NoteForm(Form):
    """办案记录."""

    text = long_text(_l("办案记录"), _l("时间、找了谁、看了什么；加密保存，写下以后不改"), 4, needed(_l("写一条记录")))


class StudyForm(Form):
    """集体研究和处置意见."""

    disposition = choice(
        _l("处置意见"), [("", _l("（选一个）")), *words.DISPOSITIONS.items()], needed(_l("选一种处置方式"))
    )
    studied_on = wtforms.DateField(_l("研究日期"), [needed(_l("填写日期"))])
    present = text(_l("参加研究的人"), needed(_l("写明参加的人")), hint=_l("姓名用顿号隔开"))
    opinions = long_text(_l("各人的意见和结论"), "", 4, needed(_l("写明意见")))


class DecideForm(Form):
    """审批."""

    decision = choice(
        _l("审批"), [("", _l("（选一个）")), ("批准", _l("批准")), ("退回", _l("退回"))], needed(_l("选批准或退回"))
    )
    why = text(_l("审批意见"), needed(_l("写明意见")))


class ReasonForm(Form):
    """Why."""

    why = text(_l("说明"), needed(_l("写明原因")))


class ProblemForm(Form):
    """查明的问题."""

    kind = choice(_l("问题类别"), [("", _l("（选一个）")), *words.PROBLEMS.items()], needed(_l("选一类")))
    division_code = text(_l("发生地（区划代码）"), needed())
    found_on = wtforms.DateField(_l("查明日期"), [needed(_l("填写日期"))])
    text = long_text(_l("查明的问题"), _l("加密保存"), 4, needed(_l("写明查明了什么")))
    corrects = wtforms.IntegerField(_l("更正第几条（编号）"), [validators.Optional()])


class SanctionForm(Form):
    """处理结果."""

    person = text(_l("受处理的人"), needed(_l("填写姓名")), hint=_l("加密保存；公开时遮盖"))
    division_code = text(_l("所在地（区划代码）"), needed())
    standing = choice(_l("身份"), [("", _l("（选一个）")), *words.STANDINGS.items()], needed(_l("选身份")))
    is_member = wtforms.BooleanField(_l("中共党员"))
    party = choice(_l("党纪处分"), [("", _l("没有")), *words.PARTIES.items()])
    admin = choice(_l("政务处分"), [("", _l("没有")), *words.ADMINS.items()])
    measure = choice(_l("组织处理和其他"), [("", _l("没有")), *words.MEASURES.items()])
    organ = text(_l("决定机关"), needed(_l("填写机关")))
    document_no = text(_l("决定文号"), needed(_l("填写文号")))
    imposed_on = wtforms.DateField(_l("决定日期"), [needed(_l("填写日期"))])
    corrects = wtforms.IntegerField(_l("更正第几条（编号）"), [validators.Optional()])


class RecoveryForm(Form):
    """追缴."""

    payment_no = text(_l("发放编号"), needed(_l("填写编号")), hint=_l("批次号-序号，例如 PC-2026-001-15"))
    amount = text(_l("追回金额（元）"), needed(_l("填写金额")))
    recovered_on = wtforms.DateField(_l("追回日期"), [needed(_l("填写日期"))])
    into_account = text(_l("退到哪个公家账户"), needed(), hint=_l("写名称，不写账号，例如：县财政专户"))
    document_no = text(_l("缴款凭证"), needed(_l("填写凭证号")))
    corrects = wtforms.IntegerField(_l("更正第几条（编号）"), [validators.Optional()])
