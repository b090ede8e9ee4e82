"""Every answer that is no success, by its stable code: what a client may rely on, and what OpenAPI declares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from mobile_api.shapes import Shape, _l
from portal.kernel.errors import NotAllowed, ProductError
from portal.web.language import gettext as _


@dataclass(frozen=True)
class WrongField:
    """One wrong field: its path, a stable code, and a sentence for a person."""

    field: str
    code: str
    message: str


@dataclass(frozen=True)
class Problem:
    """A refusal (RFC 9457). `code` is stable; `title` and `detail` are for people, in the language of the address."""

    type: str
    status: int
    code: str
    title: str
    request_id: Annotated[str, Shape(says=_l("请求编号，打电话时报这个"))]
    detail: str = ""
    errors: tuple[WrongField, ...] = ()


CODES: dict[str, tuple[int, str]] = {
    "bad_json": (400, _l("内容不是 UTF-8 编码的 JSON，或同一个名称出现两次")),
    "http_400": (400, _l("请求读不懂")),
    "invalid_credentials": (401, _l("用户名、密码、动态码有一项不对")),
    "otp_required": (401, _l("要填动态码")),
    "sign_in_needed": (401, _l("没有令牌，或者令牌已经过期、撤销")),
    "not_allowed": (403, _l("这个账号没有权限")),
    "https_only": (403, _l("不在本机时只能用 https")),
    "not_a_helper": (403, _l("这个账号没有对应的帮扶人")),
    "bad_enrolment_code": (403, _l("登记码不对、用过或过期")),
    "device_needed": (403, _l("还没有登记手机，或者已经撤销")),
    "not_found": (404, _l("没有，或者不是这名帮扶人的")),
    "http_404": (404, _l("没有这个地址")),
    "http_405": (405, _l("这个地址不接受这种方法")),
    "conflict": (409, _l("同一个编号已经收过另一份内容")),
    "length_required": (411, _l("没有 Content-Length")),
    "http_413": (413, _l("内容太大")),
    "photo_too_large": (413, _l("照片太大")),
    "unsupported_type": (415, _l("不接收这种格式")),
    "bad_fields": (422, _l("有的栏目不对，errors 里逐项说明")),
    "bad_key": (422, _l("不是可以登记的 P-256 公钥")),
    "refused": (422, _l("业务规则不允许，detail 里有依据")),
    "digest_mismatch": (422, _l("收到的字节和地址里的摘要不一样")),
    "bad_photo": (422, _l("不是完整的 JPEG、PNG、WebP 图片")),
    "photo_missing": (422, _l("走访里写的照片还没有上传")),
    "datum_missing": (422, _l("坐标没有写坐标系")),
    "not_asked": (422, _l("这次走访没有待说明的问题")),
    "answer": (422, _l("没有写说明")),
    "bad_signature": (422, _l("签名不对")),
    "unknown_device": (422, _l("从来不是这名帮扶人的手机")),
    "bad_input": (422, _l("内容收不了，detail 里说明怎么改")),
    "crowded": (429, _l("现在提交的人太多，没有收下；按 Retry-After 再试")),
    "too_many_tries": (429, _l("连续输错，这个用户名要等一等")),
    "too_many_requests": (429, _l("这部手机短时间内请求太多")),
    "error": (500, _l("系统出错，没有写入任何数据")),
    "busy": (503, _l("数据库正忙，没有写入；按 Retry-After 再试")),
}


def by_status(codes: Iterable[str]) -> dict[int, list[str]]:
    """Codes grouped by the status that carries them."""
    grouped: dict[int, list[str]] = {}
    for code in codes:
        grouped.setdefault(CODES[code][0], []).append(code)
    return dict(sorted(grouped.items()))


class MalformedBody(ProductError):
    """The body cannot be read at all."""

    status = 400
    code = "bad_json"


class WithoutLength(ProductError):
    """The body's length is not told beforehand."""

    status = 411
    code = "length_required"


class OtherType(ProductError):
    """The body has a type that this address does not take."""

    status = 415
    code = "unsupported_type"


class OtpRequired(NotAllowed):
    """Name and password are right, and the second factor's code is absent. Such a try counts until a whole one succeeds."""

    status = 401
    code = "otp_required"


def bad_json() -> MalformedBody:
    """The body is no JSON, or says a name twice."""
    return MalformedBody(_("内容看不懂"), why=_("不是 UTF-8 编码的 JSON，或同一个名称出现两次"))


def length_required() -> WithoutLength:
    """There is no Content-Length."""
    return WithoutLength(_("没有说明内容有多长"), fix=_("带上 Content-Length 再发"))


def unsupported_type(media: Sequence[str]) -> OtherType:
    """Another Content-Type than this address takes."""
    return OtherType(_("不接收这种格式"), fix=_("Content-Type 写成 %(media)s", media=_("、").join(media)))


def otp_required() -> OtpRequired:
    """A sign-in without a code of the second factor."""
    return OtpRequired(_("还要动态码"), fix=_("打开验证器，填上面的六位数"))
