"""What a phone gets, as frozen dataclasses: from them answers are written, and OpenAPI describes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

import orjson
from flask import Response

from mobile_api.payloads import JSON
from mobile_api.shapes import Shape, _l, as_json
from portal.kernel.geo import Datum
from portal.registers.helpers.check_ins.needs.queries import NeedKind, NeedState
from portal.registers.helpers.check_ins.queries import State, Visit
from portal.registers.helpers.check_ins.tasks.rules import TaskKind
from portal.registers.recipients.incomes.queries import IncomeClass


@dataclass(frozen=True)
class HelperName:
    """The helper who is signed in."""

    no: str
    name: str


@dataclass(frozen=True)
class SessionOpened:
    """A bearer token, shown once."""

    token: Annotated[str, Shape(says=_l("放在 Authorization: Bearer 后面；服务器只存它的摘要"))]
    expires_at: datetime
    helper: HelperName
    needs_device: Annotated[bool, Shape(says=_l("还没有登记手机：先 POST /devices"))]


@dataclass(frozen=True)
class DeviceEnrolled:
    """The phone's id, to be named in every claim."""

    device_id: str


@dataclass(frozen=True)
class TaskLine:
    """One thing to do today."""

    household_no: str
    name: str
    village: str
    due_on: date
    overdue_days: Annotated[int, Shape(says=_l("逾期天数；没有逾期是 0"))]
    kind: TaskKind
    text: str


@dataclass(frozen=True)
class Today:
    """Today's tasks, the latest first."""

    tasks: tuple[TaskLine, ...]
    as_of: date


@dataclass(frozen=True)
class PlaceOfHousehold:
    """The household's point with its datum."""

    lat: float
    lng: float
    datum: Datum


@dataclass(frozen=True)
class MemberLine:
    """A member: first name and age only."""

    name: str
    age: int | None


@dataclass(frozen=True)
class NeedLine:
    """Something that the household needs, and where it stands."""

    kind: NeedKind
    text: str
    state: NeedState
    since: date


@dataclass(frozen=True)
class VisitLine:
    """A visit to this household."""

    visited_on: date
    visit: Visit
    state: State
    own: Annotated[bool, Shape(says=_l("是不是本人走访的"))]


@dataclass(frozen=True)
class IncomeLine:
    """An income entry. Money in fen."""

    occurred_on: date
    category: IncomeClass
    item: str
    amount_fen: int
    cost_fen: int | None
    counts: Annotated[bool, Shape(says=_l("是否计入收入"))]
    basis: str


@dataclass(frozen=True)
class HouseholdFile:
    """What a helper needs of one of his own households; no number of a person, no account, no illness."""

    no: str
    name: str
    village: str
    address: Annotated[str, Shape(says=_l("到组为止"))]
    category: str
    point: PlaceOfHousehold | None
    members: tuple[MemberLine, ...]
    needs: tuple[NeedLine, ...]
    visits: tuple[VisitLine, ...]
    incomes: tuple[IncomeLine, ...]


@dataclass(frozen=True)
class Households:
    """The helper's own households."""

    households: tuple[HouseholdFile, ...]
    as_of: date


@dataclass(frozen=True)
class NonceLine:
    """A nonce and its lease."""

    nonce: str
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Nonces:
    """Nonces, each for one claim of this phone."""

    nonces: tuple[NonceLine, ...]


@dataclass(frozen=True)
class PhotoKept:
    """The photo that lies here now."""

    sha256: str


@dataclass(frozen=True)
class QuestionLine:
    """Something that is asked about a claim: it accuses nobody."""

    rule: str
    text: str


@dataclass(frozen=True)
class CheckInKept:
    """The acknowledgement of a claim."""

    id: str
    received_at: datetime
    leaf_hash: Annotated[str, Shape(says=_l("这条记录在公开日志里的叶子哈希（十六进制）"))]
    questions: tuple[QuestionLine, ...]


@dataclass(frozen=True)
class CheckInLine:
    """One check-in as the server has it."""

    id: str
    household_no: str
    captured_at: datetime
    received_at: datetime
    state: State


@dataclass(frozen=True)
class AskedLine:
    """A question about a visit, and what its helper answered."""

    rule: str
    text: str
    asked_at: datetime
    answer: str | None
    answered_at: datetime | None


@dataclass(frozen=True)
class CheckInShown:
    """One of the helper's own visits, with everything that was asked about it."""

    id: str
    captured_at: datetime
    received_at: datetime
    state: State
    questions: tuple[AskedLine, ...]


@dataclass(frozen=True)
class CheckIns:
    """Check-ins since a moment: how many there are in all, and one page of them."""

    count: int
    check_ins: tuple[CheckInLine, ...]
    next: Annotated[str | None, Shape(says=_l("下一页的地址；最后一页没有"))] = None


@dataclass(frozen=True)
class IncomeKept:
    """The acknowledgement of an income entry."""

    id: str
    received_at: datetime
    leaf_hash: str


@dataclass(frozen=True)
class ReportTaken:
    """The receipt of a report, given once."""

    locator: Annotated[str, Shape(says=_l("编号，8 个字符：查进度用"), example="7K2M9QXT")]
    code: Annotated[str, Shape(says=_l("查询码，16 位数字：只给这一次"), example="4827091633507741")]
    leaf_hash: Annotated[str, Shape(says=_l("这条记录在公开日志里的指纹"))]


def respond(answer: Any, status: int = 200) -> Response:
    """An answer as JSON."""
    return Response(orjson.dumps(as_json(answer)), status, mimetype=JSON)
