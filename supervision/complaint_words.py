"""Complaints in words: states, steps, tabs, tags."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.oversight.complaints.handling.queries import Case, Disposal, Matter, Reply, Tab
from portal.oversight.complaints.handling.rules import Step

TABS: dict[str, Any] = {
    Tab.TRIAGE.value: _l("待研判"),
    Tab.MINE.value: _l("我的"),
    Tab.WORKING.value: _l("处理中"),
    Tab.SHELVED.value: _l("暂存"),
    Tab.OVER.value: _l("已了结"),
}
STATES: dict[str, Any] = {
    "收到": _l("收到"), "登记": _l("登记"), "集体研究": _l("集体研究"), "待审批": _l("待审批"), "谈话函询": _l("谈话函询"),
    "初步核实": _l("初步核实"), "暂存待查": _l("暂存待查"), "予以了结": _l("予以了结"), "待批办结": _l("待批办结"), "办结": _l("已办结"),
    "反馈": _l("已反馈"), "申诉": _l("申诉"), "办理": _l("办理中"), "待批答复": _l("待批答复"), "答复": _l("已答复"), "复查": _l("复查"),
    "复查答复": _l("已复查"), "复核": _l("复核"), "复核答复": _l("已复核"), "不予受理": _l("不予受理"),
    "并案": _l("并案"), "了结": _l("了结"),
}  # fmt: skip
STATE_TAGS = {
    "收到": "warn", "登记": "warn", "申诉": "warn", "待审批": "warn", "待批办结": "warn", "待批答复": "warn", "集体研究": "info",
    "谈话函询": "info", "初步核实": "info", "办理": "info", "复查": "info", "复核": "info", "办结": "ok", "反馈": "ok", "答复": "ok",
    "复查答复": "ok", "复核答复": "ok", "了结": "ok",
}  # fmt: skip
STEPS: dict[str, Any] = {
    Step.REGISTER.value: _l("登记"),
    Step.KEEP.value: _l("本级办理"),
    Step.SEND_UP.value: _l("转送上级"),
    Step.SEND_DOWN.value: _l("转送下级"),
    Step.PROPOSE.value: _l("提出处置意见"),
    Step.APPROVE.value: _l("批准"),
    Step.RETURN.value: _l("退回"),
    Step.RESUME.value: _l("重新研究"),
    Step.CLOSE.value: _l("提请办结"),
    Step.ANSWER.value: _l("反馈"),
    Step.LINK.value: _l("并案"),
    Step.ACCEPT.value: _l("受理并告知"),
    Step.DECLINE.value: _l("不予受理"),
    Step.REPLY.value: _l("提出答复意见"),
    Step.APPEAL.value: _l("申诉"),
    Step.TAKE_APPEAL.value: _l("受理申诉"),
    Step.REVIEW.value: _l("申请复查"),
    Step.RECHECK.value: _l("申请复核"),
    Step.END.value: _l("了结"),
    Step.RAISE.value: _l("提级"),
    Step.AVOID.value: _l("回避改派"),
}
CHOICES: dict[str, Any] = {
    "谈话函询": _l("谈话函询"), "初步核实": _l("初步核实"), "暂存待查": _l("暂存待查"), "予以了结": _l("予以了结"),
    "予以支持": _l("予以支持"), "解释说明": _l("解释说明"), "不予支持": _l("不予支持"),
}  # fmt: skip
MATTERS: dict[str, Any] = {"检举控告": _l("检举控告"), "信访事项": _l("信访事项")}
EVIDENCE: dict[str, Any] = {
    "被反映人说明": _l("被反映人说明"), "被反映单位材料": _l("被反映单位材料"), "反映人提供": _l("反映人提供"),
    "旁证谈话": _l("旁证谈话"), "书证账目": _l("书证账目"), "现场核查": _l("现场核查"), "银行流水": _l("银行流水"),
}  # fmt: skip
RATINGS: dict[str, Any] = {"满意": _l("满意"), "基本满意": _l("基本满意"), "不满意": _l("不满意")}
RELATIVES: dict[str, Any] = {
    "配偶": _l("配偶"), "父母": _l("父母"), "子女": _l("子女"), "兄弟姐妹": _l("兄弟姐妹"), "姻亲": _l("姻亲"),
    "其他近亲属": _l("其他近亲属"),
}  # fmt: skip
KINDS: dict[str, Any] = {
    "钱没到": _l("钱没到"), "数不对": _l("数不对"), "该有的没有": _l("该有的没有"), "不该有的有": _l("不该有的有"),
    "有人要好处": _l("有人要好处"), "工程有问题": _l("工程有问题"),
}  # fmt: skip
HALVES: dict[str, Any] = {"上午": _l("上午"), "下午": _l("下午")}
MODES: dict[str, Any] = {
    "anonymous": _l("匿名"), "named_confidential": _l("实名保密"), "named": _l("实名"),
}  # fmt: skip
EXTENSIONS = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "application/pdf": ".pdf", "audio/webm": ".webm",
    "audio/ogg": ".ogg", "audio/wav": ".wav", "audio/mp4": ".m4a", "audio/mpeg": ".mp3",
}  # fmt: skip


def is_office(media_type: str) -> bool:
    """Whether it is a file of an Office program, new or old: nothing here draws one."""
    return media_type in ("application/vnd.openxmlformats", "application/x-ole-storage")


def file_kind(media_type: str) -> Any:
    """What a file is, for people."""
    return {"image": _l("照片"), "audio": _l("录音")}.get(media_type.split("/")[0], _l("文件"))


def choices(matter: str) -> list[str]:
    """The lawful dispositions, or the opinions of a reply."""
    return [kind.value for kind in (Disposal if matter == Matter.DISCIPLINE else Reply)]


def clock_tag(case: Case, today: date) -> tuple[Any, str]:
    """How much time is left, in words and a colour; nothing where nobody owes anything."""
    if case.last_day is None:
        return "", ""
    if case.is_late(today):
        return _l("超期"), "bad"
    return (_l("快到期"), "warn") if case.is_soon(today) else ("", "")
