"""Leads in words: where one stands, what was found, what its evidence says. A lead is never a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.oversight.leads.assigning.rules import FOREVER
from portal.oversight.leads.findings.queries import Finding
from portal.oversight.leads.inbox.queries import NO_DAY, InboxRow, Tab, Trend
from portal.oversight.leads.queries import LeadStatus, Severity
from portal.oversight.leads.rounds.queries import Disposition
from portal.registers.helpers.check_ins.queries import State
from portal.web.filters import exact
from portal.web.language import gettext

STATUSES: dict[str, Any] = {
    LeadStatus.OPEN.value: _l("待核实"),
    LeadStatus.ASKED.value: _l("等本人说明"),
    LeadStatus.VERIFYING.value: _l("核实中"),
    LeadStatus.CONCLUDED.value: _l("已有结论"),
    LeadStatus.REVIEWED.value: _l("已复核"),
    LeadStatus.SETTLED.value: _l("已了结"),
    LeadStatus.CLOSED.value: _l("原因消失，已关闭"),
}
STATUS_TAGS = {"open": "warn", "asked": "info", "verifying": "info", "concluded": "ok", "reviewed": "ok"}
LISTED = {status: word for status, word in STATUSES.items() if status != LeadStatus.ASKED.value}
FINDINGS: dict[str, Any] = {
    Finding.EXPLAINED.value: _l("说明成立"),
    Finding.NEEDS_VISIT.value: _l("需要到户"),
    Finding.REFERRED.value: _l("移交"),
    Finding.TRUE.value: _l("属实"),
    Finding.UNFOUNDED.value: _l("不属实"),
    Finding.PARTLY.value: _l("部分属实"),
    Finding.UNKNOWN.value: _l("无法核实"),
}
FINDING_TAGS = {"说明成立": "ok", "属实": "bad", "不属实": "ok", "需要到户": "info", "移交": "info"}
SEVERITIES: dict[str, Any] = {
    Severity.SERIOUS.value: _l("严重"),
    Severity.ORDINARY.value: _l("一般"),
    Severity.HINT.value: _l("提示"),
}
SEVERITY_TAGS = {"严重": "bad", "一般": "warn"}
VISIT_STATES: dict[str, Any] = {
    State.ACCEPTED.value: _l("已收到"),
    State.ASKED.value: _l("请本人说明"),
    State.EXPLAINED.value: _l("已说明，等人判定"),
    State.COUNTED.value: _l("有效"),
    State.NOT_COUNTED.value: _l("不计"),
}
VISIT_TAGS = {"asked": "warn", "explained": "info", "counted": "ok", "not_counted": "bad"}
RECOLLECTIONS: dict[str, Any] = {"来过": _l("来过"), "没来过": _l("没来过"), "记不清": _l("记不清")}

LABELS: dict[str, Any] = {
    "helper_no": _l("帮扶人编号"),
    "visited_on": _l("走访日期"),
    "received_at": _l("服务器收到的时间"),
    "captured_at": _l("手机上的时间"),
    "distance_m": _l("离户多少米"),
    "accuracy_m": _l("定位误差（米）"),
    "beyond_m": _l("扣除误差还差（米）"),
    "limit_m": _l("限额（米）"),
    "travel_kmh": _l("速度（公里/小时）"),
    "limit_kmh": _l("限额（公里/小时）"),
    "check_in": _l("走访"),
    "other_check_in": _l("另一次走访"),
    "check_ins": _l("走访"),
    "households": _l("一段时间里同一处最多登记几户"),
    "household_nos": _l("这一天前后相连登记的户"),
    "minutes": _l("几分钟以内"),
    "circle_m": _l("圈的半径（米）"),
    "identical": _l("照片完全相同"),
    "bits": _l("照片相差几位"),
    "other_visits": _l("和几次走访的照片相同或相像"),
    "offline": _l("有离线标记"),
    "hours_apart": _l("手机时间和收到时间差几小时"),
    "hour": _l("几点走访"),
    "limit_hours": _l("限额（小时）"),
    "source": _l("来源"),
    "channel": _l("怎么回应的"),
    "answered_at": _l("回应的时间"),
    "started_on": _l("结对开始"),
    "last_visited_on": _l("上次走访"),
    "cycle_days": _l("规定周期（天）"),
    "last_ended_on": _l("上一条结对结束"),
    "counter": _l("链中序号"),
    "kinds": _l("哪里接不上"),
    "day": _l("日期"),
    "shown": _l("看了几次"),
    "over": _l("超出几次"),
    "times": _l("见到几次"),
    "how": _l("怎么见到的"),
    "newest": _l("最近一次的编号"),
    "check": _l("号码哪里不对"),
    "prefix": _l("号码前六位"),
    "on": _l("记录的日期"),
    "year": _l("记录的年度"),
    "kind": _l("种类"),
    "item": _l("收入项目"),
    "category": _l("收入类别"),
    "occurred_on": _l("发生日期"),
    "amount_fen": _l("金额"),
    "voucher_no": _l("凭证号"),
    "entered_by": _l("录入人"),
    "entered_unit": _l("录入单位"),
    "exit_on": _l("退出日期"),
    "proposed": _l("正在办退出"),
    "members": _l("共同生活的人"),
    "year_before_fen": _l("上一年收入"),
    "recorded_fen": _l("登记的收入"),
    "total_fen": _l("能计入的收入"),
    "per_head_fen": _l("人均"),
    "line_fen": _l("线"),
    "growth_unproven_fen": _l("没有凭证的增长"),
    "entries": _l("收入几笔"),
    "since": _l("从哪天"),
    "until": _l("到哪天"),
    "status": _l("状态"),
    "sex_differs": _l("性别不一样"),
    "born_differs": _l("出生日期不一样"),
    "disputes": _l("没有了结的异议"),
    "exit_year": _l("退出年度"),
    "unconfirmed": _l("本户没有确认的几笔"),
    "years": _l("对不上的年度"),
    "helper_fen": _l("帮扶人登记"),
    "village_fen": _l("村登记"),
    "own_fen": _l("本户确认"),
    "gap_fen": _l("容许相差"),
    "unfounded": _l("写了几条不属实"),
    "most_within": _l("最密的一段里几条"),
    "same_words": _l("同一段话用了几次"),
    "same_photo": _l("同一张照片用了几次"),
    "last_paid_on": _l("最近一次发放"),
    "payments": _l("还发了几笔"),
    "account": _l("账号"),
    "approvals": _l("审批几件"),
    "source_row": _l("来源数据"),
}
VALUES: dict[str, dict[str, Any]] = {
    "identical": {"0": _l("否"), "1": _l("是")},
    "offline": {"False": _l("否"), "True": _l("是"), "0": _l("否"), "1": _l("是")},
    "kinds": {
        "gap": _l("缺号"), "fork": _l("同一序号两条"), "predecessor": _l("上一条的摘要接不上"), "conflict": _l("同一编号两种内容"),
    },
    "check": {
        "bad_length": _l("长度不对"), "bad_date": _l("出生日期不对"), "bad_check": _l("校验码不对"),
        "bad_prefix": _l("前两位不是任何省份"),
    },
    "kind": {
        "far": _l("离村太远"), "swapped": _l("经纬度颠倒"), "zero": _l("坐标是 0"), "nowhere": _l("坐标不在地球上"),
    },
    "proposed": {"0": _l("否"), "1": _l("是")},
    "sex_differs": {"0": _l("否"), "1": _l("是")},
    "born_differs": {"0": _l("否"), "1": _l("是")},
}  # fmt: skip
CLEARS = "would_clear"
DISPOSITIONS: dict[str, Any] = {
    Disposition.KEEP.value: _l("保留"),
    Disposition.ADJUST.value: _l("调整"),
    Disposition.EXIT.value: _l("退出台账"),
    Disposition.ADD.value: _l("补纳入"),
    Disposition.RECOVER.value: _l("追缴"),
    Disposition.REFER.value: _l("移交"),
}
TABS: dict[str, Any] = {
    Tab.TRIAGE.value: _l("待研判"),
    Tab.MINE.value: _l("我的"),
    Tab.HANDLED.value: _l("处理中"),
    Tab.SNOOZED.value: _l("暂存"),
    Tab.OVER.value: _l("已了结"),
}
TRENDS: dict[str, Any] = {Trend.NEW.value: _l("新"), Trend.WORSE.value: _l("变重"), Trend.AGAIN.value: _l("复发")}
TREND_TAGS = {"变重": "bad", "复发": "warn"}
DUES: dict[str, Any] = {"late": _l("已超期"), "today": _l("今天到期"), "set": _l("有期限")}
FAMILIES: dict[str, Any] = {
    "E": _l("防错"), "L": _l("防漏"), "I": _l("收入"), "F": _l("资金"), "P": _l("项目"), "H": _l("帮扶"), "Q": _l("数据"),
    "S": _l("再监督"),
}  # fmt: skip


def due_tag(due_on: date, today: date) -> tuple[Any, str] | None:
    """How long a lead still has, and how much that presses; None where nobody has laid down days."""
    left = (due_on - today).days
    if due_on == NO_DAY:
        return None
    if left < 0:
        return gettext("超期 %(n)s 天", n=-left), "bad"
    if left == 0:
        return gettext("今天到期"), "bad"
    return gettext("剩 %(n)s 天", n=left), "warn" if left <= 2 else ""


def snoozed(row: InboxRow) -> str:
    """Until when a lead was put off."""
    if row.snoozed_until is None or row.snoozed_until == FOREVER:
        return str(gettext("变重了再看"))
    return str(gettext("到 %(day)s", day=row.snoozed_until.isoformat()))


@dataclass(frozen=True)
class EvidenceLine:
    """One line of evidence: what it is, and its value; visits are linked."""

    label: Any
    values: Sequence[Any]
    is_visit: bool = False
    is_moment: bool = False


def evidence_in_words(evidence: Mapping[str, Any]) -> list[EvidenceLine]:
    """The evidence of a lead line by line, in the order of the labels; what no label knows keeps its own name."""
    known = [key for key in LABELS if evidence.get(key) is not None]
    rest = sorted(key for key in evidence if key not in LABELS and key != CLEARS and evidence[key] is not None)
    return [_line(key, evidence[key]) for key in [*known, *rest]]


def _line(key: str, value: Any) -> EvidenceLine:
    values = value if isinstance(value, list) else [value]
    words = VALUES.get(key, {})
    moments = key.endswith("_at")
    said = exact if key.endswith("_fen") else _in_words
    shown = [datetime.fromisoformat(v) if moments else words.get(str(v)) or said(v) for v in values]
    return EvidenceLine(LABELS.get(key, key), shown, key in ("check_in", "other_check_in", "check_ins"), moments)


def _in_words(value: Any) -> Any:
    """A word of the trade in the page's language; numbers and codes as they are."""
    return gettext(value) if isinstance(value, str) else value
