"""Console pages of what a household's income rests on beside its entries: obligors 赡养义务人, 核算事项."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.errors import Refused
from portal.kernel.masking import mask_name
from portal.management.register_fields import Field, Kind
from portal.management.register_pages import RegisterPage
from portal.registers.corrections import Act, Change, RecordRow
from portal.registers.recipients import queries
from portal.registers.recipients.incomes.adjustments import actions as adjustment_actions
from portal.registers.recipients.incomes.adjustments import queries as adjustments
from portal.registers.recipients.incomes.support import actions as obligor_actions
from portal.registers.recipients.incomes.support import queries as obligors

KINDS = tuple((kind.value, _l(kind.value)) for kind in adjustments.AdjustmentKind)


def _number(name: str) -> int:
    return int(name) if name.isdigit() else 0


def _place(session: Session, record: RecordRow) -> str:
    return queries.household_place(session, record.values["household_id"])[1]


def _household(session: Session, record: RecordRow) -> tuple[str, Any]:
    no = queries.household_place(session, record.values["household_id"])[0]
    return f"/console/households/{no}/income", _("户 %(no)s 的收入核算", no=no)


def _add_obligor(session: Session, values: dict[str, Any], act: Act) -> str:
    household = queries.get_household(session, values.pop("household_no"))
    return str(obligor_actions.add_obligor(session, household.id, values, act).id)


def _masked_obligor(_session: Session, record: RecordRow, full: bool) -> Mapping[str, str]:
    return {} if full else {"name": mask_name(record.values["name"])}


OBLIGORS = RegisterPage(
    slug="obligors",
    title=_l("赡养义务人"),
    one=_l("赡养义务人"),
    read=Permission.VIEW_HOUSEHOLDS,
    write=Permission.EDIT_HOUSEHOLDS,
    note=_l("登记以后要另一位同事对照依据复核；复核以前不计入办退出的收入。"),
    fields=(
        Field("household_no", _l("户编号"), required=True, key=True),
        Field("name", _l("义务人姓名"), required=True, private=True),
        Field("relation", _l("与被赡养人的关系"), Kind.WORDS, required=True, hint=_l("子女、孙子女……")),
        Field("since", _l("从哪天起"), Kind.DATE, required=True),
        Field("until", _l("到哪天止"), Kind.DATE),
        Field("members", _l("义务人家庭人口"), Kind.NUMBER, required=True),
        Field("monthly_income_fen", _l("义务人家庭月总收入"), Kind.MONEY, required=True),
        Field("supports", _l("他要赡养几个人"), Kind.NUMBER, hint=_l("不填算一个")),
        Field("supports_here", _l("其中本户几个人"), Kind.NUMBER, hint=_l("不填算一个")),
        Field("ruled_fen", _l("判决或协议每月"), Kind.MONEY, hint=_l("有判决、调解书或书面协议的才填")),
        Field("paid_fen", _l("实际每月给付"), Kind.MONEY, hint=_l("有转账记录的才填")),
        Field("evidence", _l("依据"), required=True, hint=_l("核对报告、收入证明、判决或协议的编号")),
        Field("note", _l("备注"), Kind.LONG, private=True),
    ),
    find=lambda session, name: obligors.obligor_row(session, _number(name)),
    place=_place,
    heading=lambda record: _("赡养义务人：%(relation)s", relation=_(record.values["relation"])),
    history=obligors.obligor_history,
    parent=_household,
    masked=_masked_obligor,
    add=_add_obligor,
    correct=obligor_actions.correct_obligor,
    withdraw=obligor_actions.withdraw_obligor,
)


def _member(session: Session, household_id: int, name: str | None) -> int | None:
    """The member of a household by the name as it stands there; None when none is named."""
    if not name:
        return None
    found = [person.id for person in queries.list_persons(session, household_id) if person.values["name"] == name]
    if len(found) != 1:
        raise Refused("这一户没有这个人", fix="照登记的姓名填写")
    return found[0]


def _add_adjustment(session: Session, values: dict[str, Any], act: Act) -> str:
    household = queries.get_household(session, values.pop("household_no"))
    given = {**values, "person_id": _member(session, household.id, values.pop("member", None))}
    given.pop("member", None)
    return str(adjustment_actions.add_adjustment(session, household.id, given, act, today=today_cn()).id)


def _correct_adjustment(
    session: Session, row_id: int, values: dict[str, Any], act: Act, version: str | None
) -> Sequence[Change]:
    return adjustment_actions.correct_adjustment(session, row_id, values, act, version, today=today_cn())


ADJUSTMENTS = RegisterPage(
    slug="income-adjustments",
    title=_l("核算事项"),
    one=_l("核算事项"),
    read=Permission.VIEW_HOUSEHOLDS,
    write=Permission.EDIT_HOUSEHOLDS,
    note=_l("算不算、算多少按当地的参数；登记以后要另一位同事复核。"),
    fields=(
        Field("household_no", _l("户编号"), required=True, key=True),
        Field("kind", _l("事项"), Kind.CHOICE, KINDS, required=True),
        Field("member", _l("谁"), key=True, private=True, hint=_l("照登记的姓名；未出售存货不填")),
        Field("since", _l("从哪天起"), Kind.DATE, required=True),
        Field("until", _l("到哪天止"), Kind.DATE),
        Field("amount_fen", _l("金额"), Kind.MONEY, hint=_l("生活支出填每月多少，存货填值多少，新就业不填")),
        Field("evidence", _l("依据"), required=True, hint=_l("劳动合同、租房合同、查验记录的编号")),
        Field("note", _l("备注"), Kind.LONG, private=True),
    ),
    find=lambda session, name: adjustments.adjustment_row(session, _number(name)),
    place=_place,
    heading=lambda record: f"{_(record.values['kind'])} {record.values['since'].isoformat()}",
    history=adjustments.adjustment_history,
    parent=_household,
    add=_add_adjustment,
    correct=_correct_adjustment,
    withdraw=adjustment_actions.withdraw_adjustment,
)

PAGES = (OBLIGORS, ADJUSTMENTS)
