"""The form of a report: one tile, the rest optional. It carries no token of a session, because it reads no session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import wtforms
from flask import request
from flask_babel import lazy_gettext as _l
from wtforms.fields.choices import SelectChoice

from portal.kernel.errors import BadFields, FieldProblem
from portal.oversight.complaints.queries import ComplaintKind, Mode
from portal.web.forms import Form, strip
from portal.web.forms import text as line
from portal.web.language import gettext as _
from portal.web.report_entries import is_entry
from portal.web.report_subjects import read_subject
from portal.web.reports import CONFIDENTIAL, PUBLIC_DOOR, Sent, limit_words

OFF: Final = {"autocomplete": "off"}
KINDS: Final = {
    ComplaintKind.NOT_ARRIVED: _l("钱没到"),
    ComplaintKind.WRONG_SUM: _l("数不对"),
    ComplaintKind.LEFT_OUT: _l("该有的没有"),
    ComplaintKind.UNDESERVED: _l("不该有的有"),
    ComplaintKind.FAVOURS: _l("有人要好处"),
    ComplaintKind.WORKS: _l("工程有问题"),
}
HINTS: Final = {
    ComplaintKind.NOT_ARRIVED: _l("该到的没到账"),
    ComplaintKind.WRONG_SUM: _l("多了或少了"),
    ComplaintKind.LEFT_OUT: _l("没人管我家"),
    ComplaintKind.UNDESERVED: _l("条件不够也给了"),
    ComplaintKind.FAVOURS: _l("吃拿卡要"),
    ComplaintKind.WORKS: _l("没干、质量差"),
}
MODES: Final = {
    Mode.ANONYMOUS: _l("不留姓名"),
    Mode.NAMED_CONFIDENTIAL: _l("留姓名，要保密"),
    Mode.NAMED: _l("实名"),
}


def _radio(label: Any, choices: Mapping[Any, Any], default: str) -> wtforms.RadioField:
    shown = [SelectChoice(str(value), name) for value, name in choices.items()]
    return wtforms.RadioField(label, choices=shown, default=default, validate_choice=False)


class OpenForm(Form):
    """A form without a session's token: what it does rests on nothing that a browser sends by itself."""

    class Meta(Form.Meta):
        """No token, no cookie."""

        csrf = False


class ReportForm(OpenForm):
    """What is reported."""

    kind = _radio(_l("怎么了"), KINDS, "")
    door = _radio(_l("谁能看到"), {CONFIDENTIAL: _l("保密反映"), PUBLIC_DOOR: _l("公开提问")}, CONFIDENTIAL)
    mode = _radio(_l("留不留姓名"), MODES, Mode.ANONYMOUS)
    contact = line(
        _l("姓名和怎么找到您"),
        hint=_l("只有经办的人写明理由、另一人同意才能打开"),
        render_kw={**OFF, "maxlength": "500"},
    )
    text = wtforms.TextAreaField(_l("写几句"), filters=[strip], render_kw={**OFF, "rows": "4", "maxlength": "20000"})
    accused_name = line(_l("反映的是谁"), hint=_l("写了姓名，这件事会绕开他"), render_kw={**OFF, "maxlength": "80"})
    accused_unit = line(_l("他在哪个单位"), render_kw={**OFF, "maxlength": "80"})
    files = wtforms.MultipleFileField(_l("照片、录音"))
    keep_originals = wtforms.BooleanField(_l("照片原件也留作证据（原件里可能有拍摄时间、地点和手机型号）"))
    division = wtforms.SelectField(_l("哪里的事"), choices=[], validate_choice=False, filters=[strip])
    subject = wtforms.HiddenField(filters=[strip])
    proof_of_work = wtforms.HiddenField()

    def sent(self) -> Sent:
        """What was sent, its place as it was picked."""
        name, unit = self.accused_name.data or "", self.accused_unit.data or ""
        return Sent(
            self.kind.data or "", self.mode.data or "", self.division.data or "", text=self.text.data or "",
            contact=self.contact.data or "", accused=((name, unit),) if name or unit else (), proof_of_work=self.proof_of_work.data or "",
            keeps_originals=bool(self.keep_originals.data),
        )  # fmt: skip

    def chosen(self) -> list[tuple[str, str]]:
        """What was filled in beside the words and the files, to be sent as it came."""
        named = ("kind", "door", "mode", "contact", "accused_name", "accused_unit", "division", "subject")
        sent = [(name, str(self._fields[name].data or "")) for name in named]
        return [*sent, *([("keep_originals", "y")] if self.keep_originals.data else [])]

    def blame_all(self, error: BadFields) -> None:
        """Show each problem beside its field."""
        for problem in error.errors:
            wrong = self._fields[problem.field if problem.field in self._fields else "accused_name"]
            wrong.errors = [*wrong.errors, _(problem.message)]


class CodeForm(OpenForm):
    """The receipt's code, and what its holder does."""

    code = line(_l("回执上的 16 位查询码"), render_kw={**OFF, "inputmode": "numeric", "maxlength": "40"})
    text = wtforms.TextAreaField(_l("再说几句"), filters=[strip], render_kw={**OFF, "rows": "3", "maxlength": "5000"})
    files = wtforms.MultipleFileField(_l("补照片、录音"))


def read_json() -> tuple[Sent, str, str]:
    """A report as JSON: what was sent (its place still as it came), the door, the subject as spoken. BadFields names fields."""
    limit_words()
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise BadFields("读不懂", [FieldProblem("", "not_an_object", "应当是一个 JSON 对象")])
    names = ("kind", "mode", "division", "text", "contact", "proof_of_work", "door")
    wrong = [name for name in names if not isinstance(body.get(name) or "", str)]
    accused, subject = body.get("accused") or [], body.get("subject") or {}
    wrong += [] if _are_people(accused) else ["accused"]
    wrong += [] if isinstance(subject, dict) and (not subject or _is_known(_spoken(subject))) else ["subject"]
    if wrong:
        raise BadFields("有几处要改，改好再交", [FieldProblem(name, "bad_value", "写法不对") for name in wrong])
    said = {name: str(body.get(name) or "") for name in names}
    people = tuple((str(one.get("name") or ""), str(one.get("unit") or "")) for one in accused)
    sent = Sent(
        said["kind"], said["mode"] or Mode.ANONYMOUS, said["division"], text=said["text"], contact=said["contact"],
        accused=people, proof_of_work=said["proof_of_work"],
    )  # fmt: skip
    return sent, said["door"] or CONFIDENTIAL, _spoken(subject)


def _is_known(spoken: str) -> bool:
    return is_entry(spoken) or read_subject(spoken) is not None


def _are_people(accused: Any) -> bool:
    if not isinstance(accused, Sequence) or isinstance(accused, str):
        return False
    return all(isinstance(one, dict) and all(isinstance(v, str | None) for v in one.values()) for one in accused)


def _spoken(subject: Mapping[str, Any]) -> str:
    return f"{subject.get('kind', '')}:{subject.get('no', '')}" if subject else ""
