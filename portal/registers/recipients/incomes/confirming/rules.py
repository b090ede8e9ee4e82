"""Who may be the second hand."""

from __future__ import annotations

from portal.kernel.errors import Refused


def second_hand_refusal(recorded_by: str, actor: str, *, from_file: bool, confirmed_by: str | None) -> None:
    """Refuse the recorder himself, an entry that came with a file, and one that is confirmed as it stands."""
    if from_file:
        raise Refused("这一条来自文件，不在这里复核", why="文件导入时已经有人复核，或写明没有第二人", fix="不用再复核")
    if confirmed_by is not None:
        raise Refused("这一条已经复核过", why="改动以后才要再复核", fix="刷新页面")
    if recorded_by == actor:
        raise Refused("登记和复核要两个人", why="这一条是您登记的", fix="请另一位同事对照凭证复核", code="same_person")
