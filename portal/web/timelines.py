"""A page of a household's timeline, for the doors: turned by its keys, told to one audience, the accounts on it named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlencode

from flask import request
from flask_babel import lazy_gettext as _l

from portal.analysis.timeline.disclosure import Audience, Told
from portal.analysis.timeline.queries import timeline_of
from portal.analysis.timeline.rules import Item, Kind
from portal.kernel.errors import BadInput
from portal.registers.corrections import RecordRow
from portal.web import paging
from portal.web.access import path_of
from portal.web.actors import learn_actors
from portal.web.sessions import database

TAGS: Final[Mapping[str, str]] = {
    "成功": "ok", "失败": "bad", "退票": "bad", "待回单": "warn", "批准": "ok", "不予批准": "bad", "有效": "ok", "不计": "bad",
    "待办": "warn", "已办": "ok", "属实": "bad", "不属实": "ok", "说明成立": "ok", "不对": "warn", "对": "ok",
}  # fmt: skip
"""Which states are shown with a colour; all others stand grey."""
WORDS: Final = (
    _l("状态"), _l("程序"), _l("重新确认"), _l("资金"), _l("收入"), _l("走访"), _l("帮扶需求"), _l("求助申报"), _l("本户回应"),
    _l("比对结果"), _l("纳入"), _l("退出"), _l("已走访"), _l("无法走访"), _l("待回单"), _l("待办"), _l("已办"), _l("不再需要"),
    _l("本户对一笔收入的回答"), _l("本户对一笔发放的回答"), _l("没收到"), _l("数不对"), _l("不认识"), _l("已答复"), _l("本户认可"),
    _l("仍不认可"), _l("已更正"), _l("已说明"), _l("查不清"), _l("银行说已经打到"), _l("没有打成，钱没有到"),
    _l("被银行退回，钱没有到"), _l("银行还没有回音"), _l("网上"), _l("网上（慢队列）"),
)  # fmt: skip
"""What a timeline says that is said nowhere else, so that it has its English."""


def read_kind(text: str) -> Kind | None:
    """The kind that an address narrows to; BadInput for one that there is not."""
    try:
        return Kind(text) if text else None
    except ValueError:
        raise BadInput("没有这一类记录", fix="从页面上选") from None


def page_of(
    home: RecordRow, audience: Audience, tell: Callable[[Item], Told], size: int = paging.PAGE_ROWS
) -> paging.Page[Told]:
    """The page of a timeline that the present address asks for (`after`, `kind`)."""
    kind, cursor = read_kind(request.args.get("kind", "")), paging.read_cursor(request.args.get("after"), 3)
    kinds, session = (kind,) if kind else tuple(Kind), database()
    turned = paging.turn_to(
        cursor,
        lambda start, limit: [tell(item) for item in timeline_of(session, home, audience, start, limit, kinds)],
        lambda told: told.key,
        size,
    )
    learn_actors(told.by for told in turned.rows)
    return turned


def address(path: str) -> Callable[[str | None], str]:
    """Addresses of the other pages of a timeline, the kind kept."""

    def url(after: str | None) -> str:
        asked = {"kind": request.args.get("kind", ""), "after": after or ""}
        given = {name: value for name, value in asked.items() if value}
        return path_of(path) + (f"?{urlencode(given)}" if given else "")

    return url
