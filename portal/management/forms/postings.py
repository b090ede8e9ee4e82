"""Forms of notices: what one says, the photo of the board, the second person's decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import wtforms
from flask_babel import lazy_gettext as _l
from wtforms import validators

from portal.kernel.cell_errors import CellError
from portal.kernel.errors import BadFields
from portal.kernel.money import format_yuan
from portal.publishing.notices.disclosure import Cell, Source, SourceRow
from portal.publishing.notices.patterns.rules import Of, Pattern
from portal.publishing.notices.rows.rules import read_value
from portal.web.forms import Form, choice, needed, strip, text
from portal.web.language import clauses, gettext
from portal.web.uploads import Uploads

UPLOADS = Uploads(8 << 20)

DETAIL: Final = "detail_"
HOUSEHOLD: Final = "户编号"


def _area(label: Any, rows: int, hint: Any = "") -> wtforms.TextAreaField:
    return wtforms.TextAreaField(label, filters=[strip], description=hint, render_kw={"rows": rows})


class NoticeForm(Form):
    """What a notice says, and where its lines come from. The fields of its pattern are added by `form_of`."""

    title = text(_l("标题"), needed(_l("写标题")), validators.Length(max=120))
    division = choice(_l("哪里的公示"), [], validate_choice=False)
    issuer = text(_l("发布单位"), needed(_l("写发布单位")), validators.Length(max=80))
    days = text(_l("公示几天"), hint=_l("空着就按当地规定"), render_kw={"inputmode": "numeric"})
    lead = _area(_l("正文"), 3, _l("空着就用样式里的一句话"))
    board_place = text(_l("张贴地点"), validators.Length(max=120), hint=_l("例如：村委会门口公示栏"))
    contact = text(_l("联系电话"), validators.Length(max=60), hint=_l("办公室固定电话；手机号不能上公示"))
    households = _area(_l("户编号"), 3, _l("一行一个；姓名、村组、人口由台账取"))
    opinion = text(_l("初步意见"), hint=_l("例如：拟纳入"))
    programme = text(_l("资金项目编码"), hint=_l("这个地方由它发过钱的户，系统列出来"))
    table = _area(_l("从表格贴过来"), 8, _l("连表头一起复制；姓名写全，系统会遮盖"))
    file = wtforms.FileField(_l("或者上传表格（.xlsx、.csv）"), render_kw=UPLOADS.heed)
    why = text(_l("依据"), needed(_l("写明依据：会议记录、文件")), hint=_l("例如：11 月 18 日村民代表会议记录"))

    def validate_days(self, field: wtforms.Field) -> None:
        """A whole number, or blank."""
        if field.data and not (field.data.strip().isascii() and field.data.strip().isdigit()):
            raise wtforms.ValidationError(_l("填整数"))

    @property
    def wanted_days(self) -> int | None:
        """As many days as typed; None for the rule's."""
        return int(self.days.data) if self.days.data and self.days.data.strip() else None

    def details(self, pattern: Pattern) -> dict[str, Cell]:
        """The elements of the pattern, read by what they hold; a wrong one is shown at its field (BadFields)."""
        found: dict[str, Cell] = {}
        wrong = []
        for detail in pattern.details:
            field = self[DETAIL + detail.code]
            if not field.data:
                continue
            try:
                found[detail.code] = read_value(detail.of, field.data)
            except CellError as error:
                field.errors = [*field.errors, clauses(error.why, error.fix)]
                wrong.append(detail)
        if wrong:
            raise BadFields(f"有 {len(wrong)} 处要改", [])
        return found

    def blame_all(self, pattern: Pattern, error: BadFields) -> None:
        """Show what an action says of single fields beside them; what is about the list beside the table."""
        for problem in error.errors:
            name = DETAIL + problem.field if DETAIL + problem.field in self._fields else "table"
            self[name].errors = [*self[name].errors, gettext(problem.message)]


def form_of(pattern: Pattern) -> type[NoticeForm]:
    """The form of a pattern."""
    fields = {
        DETAIL + d.code: text(_l(d.label), hint=_l("单位：元") if d.of is Of.MONEY else "") for d in pattern.details
    }
    return type("PatternForm", (NoticeForm,), fields)


def typed_of(pattern: Pattern, source: Source) -> dict[str, str]:
    """A kept text as the form shows it."""
    details = {d.code: d for d in pattern.details}
    shown = {DETAIL + code: _typed(details[code].of, value) for code, value in source.details.items()}
    own = {name: getattr(source, name) for name in ("lead", "board_place", "contact")}
    return {**own, **shown, "table": table_of_rows(pattern, source.rows)}


def table_of_rows(pattern: Pattern, rows: Any) -> str:
    """Lines as a table that can be pasted back."""
    lines: list[SourceRow] = list(rows)
    if not lines:
        return ""
    has_numbers = any(row.household_no for row in lines)
    used = [c for c in pattern.columns if c.is_needed or any(c.code in row.cells for row in lines)]
    heads = [*([HOUSEHOLD] if has_numbers else []), *(c.label for c in used)]
    texts = ["\t".join(heads)]
    for row in lines:
        cells = [_typed(c.of, row.cells[c.code]) if c.code in row.cells else "" for c in used]
        texts.append("\t".join([*([row.household_no or ""] if has_numbers else []), *cells]))
    return "\n".join(texts)


def _typed(of: str, value: Cell) -> str:
    return format_yuan(int(value)).replace(",", "") if of == Of.MONEY else str(value)


class WhyForm(Form):
    """A reason, and which step it is of."""

    why = text(_l("说明"), needed(_l("写一句说明，会留痕")))


class PhotoForm(Form):
    """The picture of the board."""

    photo = wtforms.FileField(_l("公示栏的照片"), description=_l("拍到整张公示；不要拍到人脸"), render_kw=UPLOADS.heed)


class AnswerForm(Form):
    """What came of an objection."""

    verdict = choice(_l("核查结果"), (("unfounded", _l("不成立")), ("upheld", _l("成立"))))
    why = wtforms.TextAreaField(
        _l("查到什么"), [needed(_l("写明查了什么、结果怎样"))], filters=[strip], render_kw={"rows": 2}
    )


def chosen(values: Mapping[str, str], name: str, options: Any) -> str:
    """One of some choices of an address, or nothing."""
    value = values.get(name, "")
    return value if value in options else ""
