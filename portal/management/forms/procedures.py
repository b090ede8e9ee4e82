"""Forms of procedures: opening one, a step, a document, an objection, the county's visit, a draw."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import wtforms
from flask_babel import lazy_gettext as _l
from wtforms.fields.choices import SelectChoice

from portal.kernel.cells import CellError, CellKind, CellRule, read_cell
from portal.management import procedure_words as words
from portal.registers.recipients.procedures.cycles.rules import Need, Step
from portal.registers.recipients.procedures.files.rules import MOST_BYTES
from portal.registers.recipients.procedures.requirements.rules import GUARANTEES, Facts
from portal.registers.recipients.queries import Category, Cause
from portal.web.forms import Form, choice, needed, strip, text
from portal.web.language import clauses
from portal.web.uploads import Uploads

UPLOADS = Uploads(MOST_BYTES)

DAY, MONEY = CellRule(CellKind.DATE), CellRule(CellKind.MONEY)


def _read(field: wtforms.Field, rule: CellRule) -> Any:
    return read_cell(field.data, rule).value if field.data else None


def _check(field: wtforms.Field, rule: CellRule) -> None:
    try:
        read_cell(field.data, rule)
    except CellError as error:
        raise wtforms.ValidationError(clauses(error.why, error.fix)) from None


def _number(label: Any) -> wtforms.IntegerField:
    limits = [wtforms.validators.Optional(), wtforms.validators.NumberRange(0, 9999, _l("填 0 到 9999 的整数"))]
    return wtforms.IntegerField(label, limits, render_kw={"inputmode": "numeric"})


def _words(label: Any, hint: Any = "", *more: Any) -> wtforms.TextAreaField:
    return wtforms.TextAreaField(label, list(more), filters=[strip], description=hint, render_kw={"rows": 2})


class OpenForm(Form):
    """Which procedure, why, from where it came; a category where one is proposed."""

    kind = choice(_l("办什么程序"), list(words.KINDS.items()))
    source = choice(_l("从哪里来"), list(words.SOURCES.items()))
    category = choice(
        _l("认定为哪一类"), [("", _l("（照现在登记的）")), *((c.value, _l(c.value)) for c in Category)],
        hint=_l("类别调整必填；别的程序只在类别要变的时候填"),
    )  # fmt: skip
    main_cause = choice(_l("主要致贫原因"), [("", _l("（照现在登记的）")), *((c.value, _l(c.value)) for c in Cause)])
    why = text(_l("理由"), needed(_l("写明理由：谁提出的，凭什么")))

    def offer(self, kinds: Iterable[str]) -> None:
        """Only what this household's 状态 allows."""
        self.kind.choices = [SelectChoice(kind, words.KINDS[kind]) for kind in kinds]

    @property
    def proposal(self) -> dict[str, str]:
        """What is proposed besides."""
        return {name: self[name].data for name in ("category", "main_cause") if self[name].data}


class StepForm(Form):
    """Everything that a step can ask; a page shows what its step needs."""

    verdict = choice(_l("结果"), ())
    happened_on = text(_l("日期"), needed(_l("填写日期")), hint=_l("这一步在哪一天办的，例如 2026-11-20"))
    visitor_1 = text(_l("入户人一"), hint=_l("登记这一步的人算第一个人"))
    visitor_account = text(_l("入户人二的账号"), hint=_l("有账号的填账号，不能填自己"))
    visitor_2 = text(_l("入户人二的姓名"), hint=_l("没有账号的，填姓名和单位，并在材料里传签字走访单"))
    visitor_unit = text(_l("入户人二的单位"))
    members = _number(_l("应到人数"))
    present = _number(_l("实到人数"))
    agreed = _number(_l("同意人数"))
    left = text(_l("回避的人"), hint=_l("和这一户有利害关系、离开会场的人，用顿号隔开；没有就不填"))
    authorised_on = text(_l("授权书日期"), hint=_l("例如 2026-11-20"))
    all_signed = wtforms.BooleanField(_l("全体成员都已签字"))
    document = text(_l("决定文号"), hint=_l("县级批准文件的文号"))
    amount = text(_l("月补助金额（元）"), render_kw={"inputmode": "decimal"})
    note = _words(_l("情况说明"), _l("看到的情况、意见和理由；会加密保存"))
    # most steps do not ask them: what was not on the page does not come back
    guarantee_0 = choice(words.GUARANTEED[GUARANTEES[0]], (), validate_choice=False)
    guarantee_1 = choice(words.GUARANTEED[GUARANTEES[1]], (), validate_choice=False)
    guarantee_2 = choice(words.GUARANTEED[GUARANTEES[2]], (), validate_choice=False)
    guarantee_3 = choice(words.GUARANTEED[GUARANTEES[3]], (), validate_choice=False)
    guarantee_4 = choice(words.GUARANTEED[GUARANTEES[4]], (), validate_choice=False)
    guarantee_5 = choice(words.GUARANTEED[GUARANTEES[5]], (), validate_choice=False)

    def offer(self, step: Step) -> None:
        """The results that the step knows."""
        self.verdict.choices = [SelectChoice(v, words.VERDICTS[v]) for v in step.leads]
        for n in range(len(GUARANTEES)):
            asked = [("", _l("（还没有看）")), ("yes", _l("有保障")), ("no", _l("没有保障"))]
            self[f"guarantee_{n}"].choices = [SelectChoice(value, label) for value, label in asked]

    def shown(self, step: Step) -> list[wtforms.Field]:
        """The fields that this step asks for, in the form's order."""
        wanted = {"verdict", "happened_on", "note"} | {f for need in step.needs for f in words.FIELDS_OF.get(need, ())}
        if Need.DOCUMENT in step.needs and len(step.leads) > 3:
            wanted.add("amount")
        return [field for field in self if field.name in wanted]

    def validate_happened_on(self, field: wtforms.Field) -> None:
        """A day, read as in a file."""
        _check(field, DAY)

    def validate_authorised_on(self, field: wtforms.Field) -> None:
        """A day, where there is one."""
        if field.data:
            _check(field, DAY)

    def validate_amount(self, field: wtforms.Field) -> None:
        """A sum in yuan, where there is one."""
        if field.data:
            _check(field, MONEY)

    @property
    def facts(self) -> Facts:
        """What the action takes."""
        looked = {name: self[f"guarantee_{n}"].data for n, name in enumerate(GUARANTEES)}
        return Facts(
            happened_on=_read(self.happened_on, DAY),
            note=self.note.data or "",
            visitors=(self.visitor_1.data or "", self.visitor_2.data or ""),
            second_account=self.visitor_account.data or "",
            second_unit=self.visitor_unit.data or "",
            members=self.members.data,
            present=self.present.data,
            agreed=self.agreed.data,
            left=tuple(name for name in (self.left.data or "").split("、") if name.strip()),
            guarantees={name: said == "yes" for name, said in looked.items() if said},
            authorised_on=_read(self.authorised_on, DAY),
            all_signed=bool(self.all_signed.data),
            document=self.document.data or "",
            amount_fen=_read(self.amount, MONEY),
        )


class FileForm(Form):
    """One document."""

    kind = choice(_l("什么材料"), list(words.FILES.items()))
    file = wtforms.FileField(_l("照片或 PDF（一份最多 8 MB）"), render_kw=UPLOADS.heed)


class ObjectionForm(Form):
    """An objection as it came in."""

    objector = choice(_l("谁提出的"), list(words.OBJECTORS.items()))
    received_on = text(_l("哪天收到的"), needed(_l("填写日期")))
    words = _words(_l("说了什么"), _l("会加密保存；不要写提出人的姓名"), needed(_l("写清楚说了什么")))

    def validate_received_on(self, field: wtforms.Field) -> None:
        """A day, read as in a file."""
        _check(field, DAY)

    @property
    def day(self) -> date:
        """When it came in."""
        found: date = _read(self.received_on, DAY)
        return found


class AnswerForm(Form):
    """The answer to an objection."""

    upheld = choice(_l("查下来"), (("no", _l("异议不成立")), ("yes", _l("异议成立"))))
    words = _words(_l("答复"), _l("查了什么，凭什么这样答复"), needed(_l("写明答复")))


class AttachForm(Form):
    """Which household of the register a self-report is about."""

    household_no = text(_l("户编号"), needed(_l("填写户编号")))
    why = text(_l("依据"), needed(_l("写明依据")))


class DrawForm(Form):
    """A draw of a county."""

    division = choice(_l("县（市、区）"), (), validate_choice=False)
