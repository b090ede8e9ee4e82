"""The form of a policy's version: texts, dates, and the declaration of who is entitled as JSON."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import wtforms
from flask_babel import lazy_gettext as _l
from wtforms import validators

from portal.kernel.errors import BadInput
from portal.publishing.policies.queries import About, PolicyRow
from portal.web.forms import Form, choice, needed, strip, text
from portal.web.policy_words import TOPICS

EXAMPLE = '{"all": [{"test": "age", "at_least": 80, "article": "第三条"}]}'


def _long(label: object, hint: object = "", rows: int = 3) -> wtforms.TextAreaField:
    return wtforms.TextAreaField(label, filters=[strip], description=hint, render_kw={"rows": rows})


class PolicyForm(Form):
    """One version."""

    slug = text(_l("网址名"), hint=_l("小写英文字母、数字和连字符，例如 gaoling-jintie；定了不改"))
    title = text(_l("名称"), needed())
    topic = choice(_l("管哪方面"), list(TOPICS.items()))
    about = choice(_l("按户还是按人"), [(About.PERSON.value, _l("按人看")), (About.HOUSEHOLD.value, _l("按户看"))])
    document = text(_l("文件名称"), needed())
    document_no = text(_l("文号"), needed())
    issuer = text(_l("发文机关"), needed())
    issued_on = wtforms.DateField(_l("发文日期"), [validators.Optional()])
    valid_from = wtforms.DateField(_l("有效期自"), [needed()])
    valid_to = wtforms.DateField(_l("有效期至"), [validators.Optional()])
    division_code = text(_l("适用地区（区划代码）"), needed())
    card = _long(_l("明白话"), _l("一两句话：给谁、什么情况"))
    amount = _long(_l("给多少"), rows=2)
    apply_how = _long(_l("怎么办"), rows=2)
    call = text(_l("找谁"), needed(), hint=_l("写单位和座机，不写个人手机"))
    programmes = _long(_l("资金项目编码"), _l("每行一个，* 代表任意年度，例如 *-DB；没有就空着"), 2)
    conditions = _long(_l("享受条件"), _l("按声明格式写；每个测试都要有条款。读不出来的会指出第几项"), 12)
    reached = _long(_l("已经享受的标志"), _l("可不填，例如对象类别已经是低保户；格式同上，按户写"), 3)
    is_followed = wtforms.BooleanField(_l("没有享受到的户，列给乡镇跟进（名额有限的不选）"), default=True)
    why = text(_l("登记依据"), needed(_l("写明依据")))

    @classmethod
    def of(cls, row: PolicyRow) -> PolicyForm:
        """The form with what a version says."""
        values: dict[str, Any] = {name: getattr(row, name) for name in cls().values_names()}
        values |= {
            "programmes": "\n".join(row.programmes), "conditions": _json(row.conditions),
            "reached": _json(row.reached) if row.reached else "", "slug": row.slug,
        }  # fmt: skip
        return cls(formdata=None, data=values)

    def values_names(self) -> list[str]:
        """The fields that the action takes."""
        return [name for name in self._fields if name not in ("slug", "why", "csrf_token")]

    def values(self) -> dict[str, Any]:
        """What was typed, for the action; BadInput where the JSON itself is broken."""
        found: dict[str, Any] = {name: self._fields[name].data for name in self.values_names()}
        found["programmes"] = [line.strip() for line in (self.programmes.data or "").splitlines() if line.strip()]
        found["conditions"] = _read(self.conditions.data or "")
        found["reached"] = _read(self.reached.data) if self.reached.data else None
        found["issued_on"] = found["issued_on"] if isinstance(found["issued_on"], date) else None
        return found


class DecideForm(Form):
    """Why a version is released, sent back or ended."""

    why = text(_l("说明"), needed(_l("写明核对了什么，或者为什么退回")))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _read(typed: str) -> Any:
    try:
        return json.loads(typed)
    except ValueError as error:
        at = getattr(error, "lineno", 1)
        raise BadInput(
            f"享受条件第 {at} 行的格式不对", why="括号、引号或逗号没有配好", fix="照例子核对这一行"
        ) from None
