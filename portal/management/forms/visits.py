"""Forms of visits: a person's judgement, opening an original photo, a visit on paper and its countersignature."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import wtforms
from flask_babel import lazy_gettext as _l
from wtforms import widgets
from wtforms.fields.choices import SelectChoice

from portal.kernel.cells import CellError, CellKind, CellRule, read_cell
from portal.management import visit_words as words
from portal.web.forms import Form, choice, needed, strip, text
from portal.web.language import clauses


class JudgeForm(Form):
    """Whether a visit counts, and why."""

    verdict = choice(_l("判定"), (("counted", _l("有效：计入走访")), ("not_counted", _l("不计：不算走访"))))
    why = wtforms.TextAreaField(
        _l("理由"), [needed(_l("写明理由：看了什么，凭什么这样判"))], filters=[strip], render_kw={"rows": 2}
    )


class OriginalForm(Form):
    """Why an original is opened; beyond the day's quota also a fresh code."""

    why = text(_l("为什么要看（会留痕）"))
    code = text(_l("动态码"), render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "7"})


def _several(label: Any, choices: dict[str, Any]) -> wtforms.SelectMultipleField:
    return wtforms.SelectMultipleField(
        label,
        choices=[SelectChoice(value, name) for value, name in choices.items()],
        widget=widgets.ListWidget(prefix_label=False),
        option_widget=widgets.CheckboxInput(),
    )


def _need(row: int) -> wtforms.SelectField:
    label = _l("要帮着办的事") if row == 1 else _l("还有一件要办的事")
    return choice(label, [("", _l("（没有）")), *words.NEEDS.items()], validate_choice=False)


NEED_ROWS = (1, 2, 3, 4)


class PaperFields(Form):
    """What a form on paper says about the visit itself."""

    visited_on = text(_l("走访日期"), needed(_l("填写走访日期")), hint=_l("例如 2026-09-02"))
    visit = choice(_l("走访到了没有"), list(words.VISITS.items()))
    not_possible_reason = choice(
        _l("无法走访的原因"), [("", _l("（走访到了，不填）")), *words.REASONS.items()], validate_choice=False
    )
    activities = _several(_l("做了什么"), words.ACTIVITIES)
    findings = _several(_l("看到的问题"), words.NEEDS)
    need_kind, need_text = _need(1), text(_l("具体要办什么"))
    need_kind_2, need_text_2 = _need(2), text(_l("具体要办什么"))
    need_kind_3, need_text_3 = _need(3), text(_l("具体要办什么"))
    need_kind_4, need_text_4 = _need(4), text(_l("具体要办什么"))
    note = wtforms.TextAreaField(_l("备注"), filters=[strip], render_kw={"rows": 2})
    why = text(
        _l("登记依据"), needed(_l("写明依据：纸质表的编号，谁交来的")), hint=_l("例如：11 月走访表第 7 张，王帮扶交来")
    )

    def validate_visited_on(self, field: wtforms.Field) -> None:
        """A day, read as in a file."""
        try:
            read_cell(field.data, CellRule(CellKind.DATE))
        except CellError as error:
            raise wtforms.ValidationError(clauses(error.why, error.fix)) from None

    @property
    def need_rows(self) -> list[tuple[wtforms.Field, wtforms.Field]]:
        """Kind and text of each need, in their order."""
        ends = ["" if row == 1 else f"_{row}" for row in NEED_ROWS]
        return [(self[f"need_kind{end}"], self[f"need_text{end}"]) for end in ends]

    @property
    def values(self) -> dict[str, Any]:
        """What the action takes."""
        day: date = read_cell(self.visited_on.data, CellRule(CellKind.DATE)).value
        needs = [{"kind": kind.data, "text": said.data or ""} for kind, said in self.need_rows]
        return {
            "visited_on": day,
            "visit": self.visit.data,
            "not_possible_reason": self.not_possible_reason.data or None,
            "activities": self.activities.data or [],
            "findings": self.findings.data or [],
            "needs": [need for need in needs if need["kind"]],
            "note": self.note.data or None,
        }


class PaperForm(PaperFields):
    """A visit as a form on paper says it."""

    helper_no = text(_l("帮扶人编号"), needed(_l("填写帮扶人编号")))
    household_no = text(_l("户编号"), needed(_l("填写户编号")))


class CorrectPaperForm(PaperFields):
    """The same form once more, with what was copied wrongly put right."""

    why = text(_l("改了哪里，为什么"), needed(_l("写明改了哪里，为什么")), hint=_l("例如：漏录了第二件要办的事"))
    version = wtforms.HiddenField()

    @classmethod
    def of(cls, values: Mapping[str, Any], version: str) -> CorrectPaperForm:
        """The form with what the register has of it; what was sent instead, where something was."""
        needs: dict[str, str] = {}
        for row, need in zip(NEED_ROWS, values["needs"], strict=False):
            end = "" if row == 1 else f"_{row}"
            needs |= {f"need_kind{end}": need["kind"], f"need_text{end}": need.get("text", "")}
        plain = {name: values[name] for name in ("visit", "not_possible_reason", "activities", "findings", "note")}
        return cls.from_request(**plain, **needs, visited_on=values["visited_on"].isoformat(), version=version)


class SignForm(Form):
    """The second person's decision on a form."""

    verdict = choice(_l("处理"), (("sign", _l("会签：和纸质表一致")), ("return", _l("退回：写明哪里不对"))))
    why = text(_l("看了什么"), needed(_l("写明看了什么：每次会签和退回都要说明，并写入留痕")))
