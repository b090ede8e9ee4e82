"""Decisions on reconfirmations: when the household may answer, when somebody may conclude, what becomes a record.

Source: Shanghai's practice (M23): a difference that was found true is put to the household once, before anything else.
"""

from __future__ import annotations

from datetime import date

from portal.kernel.errors import Refused
from portal.registers.recipients.procedures.reconfirmations.models import Conclusion, ReconfirmState, Response


def answer_problem(state: str, response: Response, words: str) -> None:
    """Refuse a second answer, silence as an answer, and a changed declaration without its words."""
    if state != ReconfirmState.ASKED:
        raise Refused("已经答复过了", why="重新确认只有一次机会，答复以后由别人写下结论", fix="等结论")
    if response is Response.SILENT:
        raise Refused("没有选一种答复", fix="从四种答复里选")
    if response in (Response.EXPLAINED, Response.CHANGED) and len(words.strip()) < 4:
        raise Refused("没有写明情况", fix="用几句话写清楚")


def conclusion_problem(
    state: str, due_on: date, today: date, asked_by: str, actor: str, conclusion: Conclusion
) -> None:
    """Refuse a conclusion before the household's answer or its last day, and one by whoever asked."""
    if state == ReconfirmState.CONCLUDED:
        raise Refused("已经有结论", fix="刷新页面")
    if state == ReconfirmState.ASKED and today <= due_on:
        raise Refused("本户还没有答复", why=f"答复期到 {due_on} 为止", fix="期满以后再写结论")
    if asked_by == actor:
        raise Refused("结论要换一个人写", why="这次重新确认是您发起的", fix="请另一位写结论", code="same_person")
    if conclusion not in set(Conclusion):
        raise Refused("没有这个结论", fix="从列出的结论里选")
