"""Forms of household changes, of reconfirmations and of what is concluded about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import wtforms
from flask_babel import lazy_gettext as _l
from wtforms.fields.choices import SelectChoice

from portal.kernel.cells import CellError, CellKind, CellRule, read_cell
from portal.management import procedure_words as words
from portal.registers.recipients.procedures.changes.queries import ChangeKind
from portal.registers.recipients.queries import Health, Labour
from portal.web.forms import Form, choice, needed, strip, text
from portal.web.language import clauses

DAY = CellRule(CellKind.DATE)
RELATIONS = ("配偶", "子女", "父母", "孙子女", "其他")


def _check(field: wtforms.Field) -> None:
    try:
        read_cell(field.data, DAY)
    except CellError as error:
        raise wtforms.ValidationError(clauses(error.why, error.fix)) from None


def _day(field: wtforms.Field) -> date | None:
    return read_cell(field.data, DAY).value if field.data else None


class ChangeForm(Form):
    """A household change: which, when, by what; who comes, leaves, or is put right."""

    kind = choice(_l("什么变动"), list(words.CHANGES.items()))
    happened_on = text(_l("哪天发生的"), needed(_l("填写日期")), hint=_l("例如 2026-11-20"))
    person = choice(_l("哪一位成员"), (), validate_choice=False, hint=_l("死亡、迁出、更正要选；分户选分出去的第一位"))
    also = choice(_l("一起分出去的还有"), (), validate_choice=False, hint=_l("只有分户才选"))
    other_no = text(_l("另一户的户编号"), hint=_l("合户填并入的那一户；分户填新的户编号"))
    name = text(_l("新成员的姓名"), hint=_l("出生、婚入、迁入要填"))
    id_number = text(_l("新成员的证件号码"), hint=_l("没有证件就不填"), render_kw={"autocomplete": "off"})
    relation = choice(_l("与户主关系"), [("", _l("（不改）")), *((r, _l(r)) for r in RELATIONS)], validate_choice=False)
    born_on = text(_l("出生日期"))
    lives_together = choice(
        _l("是否共同生活"), [("", _l("（不改）")), ("yes", _l("是")), ("no", _l("否"))], validate_choice=False
    )
    health = choice(
        _l("健康状况"), [("", _l("（不改）")), *((h.value, _l(h.value)) for h in Health)], validate_choice=False
    )
    labour = choice(
        _l("劳动能力"), [("", _l("（不改）")), *((v.value, _l(v.value)) for v in Labour)], validate_choice=False
    )
    related = choice(_l("备案对象"), [("", _l("（不改）")), ("yes", _l("是")), ("no", _l("否"))], validate_choice=False)
    basis = text(_l("凭什么"), needed(_l("写明依据")), hint=_l("例如：户口簿、出生医学证明、死亡证明"))

    def offer(self, people: Sequence[tuple[str, Any]]) -> None:
        """The household's members."""
        for field in (self.person, self.also):
            field.choices = [SelectChoice("", _l("（没有）")), *(SelectChoice(i, name) for i, name in people)]

    def validate_happened_on(self, field: wtforms.Field) -> None:
        """A day, read as in a file."""
        _check(field)

    def validate_born_on(self, field: wtforms.Field) -> None:
        """A day, where there is one."""
        if field.data:
            _check(field)

    @property
    def day(self) -> date:
        """When it happened."""
        found = _day(self.happened_on)
        assert found is not None
        return found

    @property
    def person_id(self) -> int | None:
        """The member it is about."""
        return int(self.person.data) if (self.person.data or "").isdigit() else None

    @property
    def values(self) -> dict[str, Any]:
        """What the action takes besides."""
        yes_no = {"yes": True, "no": False}
        given: dict[str, Any] = {
            "name": self.name.data, "id_number": self.id_number.data, "relation": self.relation.data,
            "born_on": _day(self.born_on), "lives_together": yes_no.get(self.lives_together.data or ""),
            "health": self.health.data, "labour": self.labour.data, "related_to_cadre": yes_no.get(self.related.data or ""),
        }  # fmt: skip
        person = {name: value for name, value in given.items() if value not in (None, "")}
        kind = self.kind.data
        if kind == ChangeKind.SPLIT:
            people = [int(f.data) for f in (self.person, self.also) if (f.data or "").isdigit()]
            return {"people": list(dict.fromkeys(people)), "household": {"no": self.other_no.data}}
        if kind in (ChangeKind.MERGE, ChangeKind.DEATH, ChangeKind.MOVE_OUT):
            return {}
        return {"person": person} if person else {}


class DecideForm(Form):
    """What the second person decides, and why."""

    verdict = choice(_l("处理"), (("confirm", _l("确认：从发生那天起算")), ("return", _l("退回"))))
    why = wtforms.TextAreaField(_l("理由"), [needed(_l("写明理由"))], filters=[strip], render_kw={"rows": 2})


class AskForm(Form):
    """A difference that was found true, put to the household."""

    household_no = text(_l("户编号"), needed(_l("填写户编号")))
    subject_no = text(_l("哪一条疑点"), needed(_l("填写疑点编号")), hint=_l("核实属实的疑点编号"))
    difference = wtforms.TextAreaField(
        _l("差别在哪里"), [needed(_l("写清楚申报的是什么，查到的是什么"))], filters=[strip], render_kw={"rows": 3}
    )


class ReplyForm(Form):
    """The household's answer, brought on paper."""

    response = choice(_l("本户的答复"), list(words.RESPONSES.items())[:4])
    words = wtforms.TextAreaField(_l("本户说的话"), filters=[strip], render_kw={"rows": 3})


class ConcludeForm(Form):
    """The conclusion, by another person than who asked."""

    conclusion = choice(_l("结论"), list(words.CONCLUSIONS.items()))
    words = wtforms.TextAreaField(_l("理由"), [needed(_l("写明理由"))], filters=[strip], render_kw={"rows": 3})
