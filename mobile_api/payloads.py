"""What a phone sends, as frozen dataclasses: from them bodies are read strictly, and OpenAPI describes them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, TypeVar

from flask import request

from mobile_api.errors import bad_json, length_required, unsupported_type
from mobile_api.shapes import Kind, Shape, _l, fields_of, read_message
from portal.kernel.geo import Datum
from portal.oversight.complaints.queries import ComplaintKind, Mode
from portal.registers.helpers.check_ins.queries import Activity, NeedKind, NoLocation, NotPossible, Visit
from portal.registers.recipients.incomes.queries import IncomeClass

Message = TypeVar("Message")
JSON = "application/json"
MOST_FEN = 10**12
Digest = Annotated[str, Shape(pattern="[0-9a-f]{64}")]


@dataclass(frozen=True)
class SignIn:
    """Name, password and the code of the second factor."""

    username: Annotated[str, Shape(1, 64, says=_l("账号的用户名"))]
    password: Annotated[str, Shape(1, 128, says=_l("密码"))]
    otp: Annotated[str | None, Shape(most=12, says=_l("验证器上的六位动态码；每个只能用一次"), example="123456")] = None


@dataclass(frozen=True)
class PublicKey:
    """A P-256 public key as WebCrypto exports it (JWK, RFC 7517)."""

    __open__: ClassVar[bool] = True  # WebCrypto adds `ext` and `key_ops`

    kty: Annotated[str, Shape(1, 8, says=_l("固定写 EC"), example="EC")]
    crv: Annotated[str, Shape(1, 16, says=_l("固定写 P-256"), example="P-256")]
    x: Annotated[str, Shape(1, 64, says=_l("横坐标，32 字节的 base64url，不带填充"))]
    y: Annotated[str, Shape(1, 64, says=_l("纵坐标，32 字节的 base64url，不带填充"))]
    d: Annotated[str | None, Shape(most=200, says=_l("私钥绝不能发；带上就退回"))] = None


@dataclass(frozen=True)
class Enrolment:
    """A phone's key, and the code from the township office."""

    public_key: PublicKey
    enrolment_code: Annotated[str, Shape(1, 40, says=_l("乡镇办公室开的登记码"), example="7K2M-9QXT-0B4D")]
    label: Annotated[str, Shape(1, 60, says=_l("给这部手机起的名字"), example="红米 Note 12")]


@dataclass(frozen=True)
class IncomeEntry:
    """One income of a household, with its evidence. Money in fen."""

    household_no: Annotated[str, Shape(1, 40, says=_l("户编号"))]
    occurred_on: Annotated[date, Shape(says=_l("发生日期，不能晚于今天"))]
    category: Annotated[IncomeClass, Shape(says=_l("收入类别"))]
    item: Annotated[str, Shape(1, 40, says=_l("收入项目"), example="务工工资")]
    amount_fen: Annotated[int, Shape(1, MOST_FEN, says=_l("金额，单位分"), example=320000)]
    cost_fen: Annotated[int | None, Shape(0, MOST_FEN, says=_l("成本支出，单位分；只有经营性收入才有"))] = None
    evidence_no: Annotated[str | None, Shape(most=80, says=_l("凭证号"))] = None
    note: Annotated[str | None, Shape(most=500, says=_l("备注"))] = None


@dataclass(frozen=True)
class ReportSubject:
    """The record that a report is about."""

    kind: Annotated[
        str, Shape(1, 24, says=_l("division、allocation、project、programme、notice 之一"), example="division")
    ]
    no: Annotated[str, Shape(1, 80, says=_l("它的编号；区划是 12 位代码"))]


@dataclass(frozen=True)
class AccusedPerson:
    """Who is accused, as written."""

    name: Annotated[str | None, Shape(most=80, says=_l("姓名"))] = None
    unit: Annotated[str | None, Shape(most=80, says=_l("单位"))] = None


@dataclass(frozen=True)
class ReportSent:
    """A confidential report. Nothing of it is kept but sealed."""

    kind: Annotated[ComplaintKind, Shape(says=_l("怎么了"))]
    mode: Annotated[Mode, Shape(says=_l("不留姓名、留姓名要保密、实名"))]
    door: Annotated[str | None, Shape(most=16, says=_l("confidential；public 是公开提问，不在这里收"))] = None
    text: Annotated[str | None, Shape(most=20000, says=_l("经过，可不填"))] = None
    subject: ReportSubject | None = None
    division: Annotated[str | None, Shape(most=12, says=_l("哪里的事：12 位区划代码；不填由县里分"))] = None
    accused: Annotated[tuple[AccusedPerson, ...], Shape(most=20)] = ()
    contact: Annotated[str | None, Shape(most=500, says=_l("姓名和联系方式；不留姓名的不能填"))] = None
    proof_of_work: Annotated[str | None, Shape(most=2000, says=_l("工作量证明（ALTCHA）；没有的进慢队列"))] = None


@dataclass(frozen=True)
class NonceQuestion:
    """How many nonces to lease."""

    count: Annotated[int, Shape(1, 20, says=_l("要几个随机数，最多 20 个"))] = 20


@dataclass(frozen=True)
class CheckInQuestion:
    """Which check-ins to list."""

    since: Annotated[datetime | None, Shape(says=_l("只要这个时刻起收到的（RFC 3339）；不填是全部"))] = None


def read_body(message: type[Message]) -> Message:
    """The body of this request as a message; BadFields names every wrong field, `bad_json` what is no JSON at all."""
    return read_message(message, _parsed(raw_body()))


def raw_body() -> bytes:
    """The body byte for byte; its type and length have been asked for (`need_body`)."""
    return request.get_data(cache=False)


def need_body(media: tuple[str, ...]) -> None:
    """Refuse a body of another type, or one whose length is not told."""
    if request.mimetype not in media:
        raise unsupported_type(media)
    if request.content_length is None:
        raise length_required()


def read_query(message: type[Message]) -> Message:
    """The query of this request as a message: whole numbers are read from their digits, other names are ignored."""
    found: dict[str, Any] = {}
    for field, kind in fields_of(message):
        given = request.args.get(field.name)
        if given is not None:
            found[field.name] = _typed(kind, given)
    return read_message(message, found)


def _typed(kind: Kind, given: str) -> Any:
    if kind.of is int and given.isascii() and given.isdigit() and len(given) < 10:
        return int(given)
    return given.replace(" ", "+") if kind.of is datetime else given  # an unescaped + of an offset arrives as a blank


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise bad_json() from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


@dataclass(frozen=True)
class Location:
    """Where the phone was; a coordinate never goes without its datum."""

    __open__: ClassVar[bool] = True

    lat: Annotated[float, Shape(-90, 90)]
    lng: Annotated[float, Shape(-180, 180)]
    accuracy_m: Annotated[float, Shape(0, 10_000_000, says=_l("95% 的半径，米"))]
    datum: Datum


@dataclass(frozen=True)
class WantedNeed:
    """A need that the helper saw."""

    __open__: ClassVar[bool] = True

    kind: NeedKind
    text: Annotated[str, Shape(most=200)] = ""


@dataclass(frozen=True)
class CheckIn:
    """A signed claim (走访). Keys that are not named here are signed and kept as well.

    Message = `yangguang/claim/v1` 0x00 JCS(body without `signature`, with `v` and `id`); the signature is ECDSA P-256
    with SHA-256 over it, 64 bytes r‖s as base64url without padding.
    """

    __open__: ClassVar[bool] = True

    household_no: Annotated[str, Shape(1, 40)]
    captured_at: datetime
    location: Annotated[Location | None, Shape(says=_l("没有定位就写 null，并写原因"))]
    visit: Visit
    photos: Annotated[tuple[Digest, ...], Shape(most=12, says=_l("先上传的照片，按先后"))]
    activities: Annotated[tuple[Activity, ...], Shape(most=20)]
    counter: Annotated[int, Shape(1, 2**53 - 1, says=_l("这部手机的第几条，从 1 起，每条加 1"))]
    previous_sha256: Annotated[Digest, Shape(says=_l("这部手机上一条消息的 SHA-256；第一条写 64 个 0"))]
    offline: Annotated[bool, Shape(says=_l("记录时没有网"))]
    device: Annotated[str, Shape(1, 36, says=_l("登记手机时得到的编号"))]
    signature: Annotated[str, Shape(pattern=r"[A-Za-z0-9_-]{86}")]
    no_location_reason: NoLocation | None = None
    not_possible_reason: NotPossible | None = None
    findings: Annotated[tuple[NeedKind, ...], Shape(most=20)] = ()
    needs: Annotated[tuple[WantedNeed, ...], Shape(most=10)] = ()
    note: Annotated[str, Shape(most=2000)] = ""
    nonce: Annotated[str | None, Shape(most=64)] = None
    mono_ms: Annotated[
        float | None, Shape(says=_l("captured_at 那一刻，手机上不会被调的时钟已经走了多少毫秒，从 boot 起算"))
    ] = None
    boot: Annotated[str | None, Shape(most=64, says=_l("这只时钟这一次开走的随机编号；重开就换"))] = None
    fixes: Annotated[tuple[Location, ...], Shape(most=120)] = ()
    challenge: Annotated[
        str | None, Shape(most=40, says=_l("照片里的三位数字，由 nonce 算出；照片里没有就不写"), example="417")
    ] = None


@dataclass(frozen=True)
class Explanation:
    """The helper's own words about what was asked of a visit."""

    text: Annotated[str, Shape(2, 1000, says=_l("说明：当时是怎么回事"))]
    rules: Annotated[
        tuple[str, ...] | None,
        Shape(most=20, says=_l("说的是哪几个问题（questions 里的 rule）；不填就是所有还没说明的")),
    ] = None
