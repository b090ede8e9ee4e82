"""The words of the trail: what an act is called, what a subject is, what a column holds."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, Final

from flask_babel import lazy_gettext as _l

from portal.intake.kinds import KINDS
from portal.registers.helpers.check_ins.rules import STATE_NAMES
from portal.web.filters import moment
from portal.web.language import gettext as _
from supervision.trail_verbs import ACTS_DONE, SUBJECTS

NOUNS: Final[dict[str, Any]] = SUBJECTS | {
    "access": _l("查看"), "account": _l("账号"), "adjustment": _l("收入调整"), "allocation": _l("资金拨付"), "asset": _l("资产"),
    "batch": _l("导入批次"), "calendar": _l("工作日历"), "case": _l("案件"), "check": _l("规则"), "check_in": _l("走访"),
    "complaint": _l("举报"), "device": _l("手机"), "division": _l("区划"), "draw": _l("抽查批次"), "event": _l("留痕"),
    "export": _l("导出"), "helper": _l("帮扶人"), "help_request": _l("求助申报"), "household": _l("户"),
    "household_card": _l("明白卡"), "import": _l("导入"), "income": _l("收入"), "inspection": _l("随机抽查"),
    "inspection_item": _l("抽查入户"),
    "inspection_review": _l("年度评估"), "lead": _l("疑点"), "list": _l("清单"), "log": _l("留痕"), "need": _l("帮扶需求"),
    "notice": _l("公示公告"), "order": _l("督办单"), "pairing": _l("结对"), "paper_visit": _l("纸质走访"),
    "parameter": _l("参数"), "payment": _l("发放"), "person": _l("人"), "photo": _l("照片"), "policy": _l("政策"),
    "procedure": _l("程序"), "programme": _l("资金项目"), "project": _l("项目"), "read": _l("查阅登记"), "rule": _l("规则"),
    "sample": _l("抽查事项"), "sampling": _l("随机抽查"), "session": _l("会话"), "trail": _l("留痕"), "unit": _l("单位"),
    "visit": _l("走访"), "weak_village": _l("经济薄弱村"), "role": _l("角色"), "reach": _l("应享未享"),
}  # fmt: skip
CALLED: Final = {
    "户": "household", "人": "person", "发放": "payment", "资金拨付": "allocation", "拨付": "allocation", "资金项目": "programme",
    "项目": "project", "帮扶人": "helper", "单位": "unit", "账号": "account", "收入": "income", "走访": "check_in", "案件": "case",
    "举报": "complaint", "疑点": "lead", "督办单": "order", "结对": "pairing", "程序": "procedure", "公示公告": "notice",
    "政策": "policy", "参数": "parameter", "规则": "rule", "区划": "division", "资产": "asset", "导出": "export", "手机": "device",
    "导入批次": "batch", "明白卡": "household_card", "求助申报": "help_request", "纸质走访": "paper_visit", "照片": "photo",
    "查阅登记": "read", "随机抽查": "inspection", "抽查入户": "inspection_item", "留痕": "event",
}  # fmt: skip
"""What somebody may type for a kind of subject; of those that are called alike, the record."""
VERBS: Final[dict[str, Any]] = ACTS_DONE | {
    "added": _l("登记"), "answered": _l("答复"), "asked": _l("申请"), "category_decided": _l("认定类别"),
    "change_proposed": _l("提出变更"), "changed": _l("变更"), "closed": _l("办结"), "committed": _l("承诺种子"),
    "corrected": _l("更正"), "decided": _l("决定"), "drafted": _l("草拟"), "drawn": _l("抽取"), "ended": _l("结束"),
    "enrolled": _l("登记手机"), "entered": _l("录入"), "exported": _l("导出"), "fetched": _l("取走"), "kept": _l("保存"),
    "login": _l("登录"), "named": _l("指定"), "noted": _l("记下"), "opened": _l("打开"), "planted": _l("埋下"),
    "published": _l("发布"), "read": _l("查看"), "recorded": _l("记录"), "refused": _l("没有通过"), "registered": _l("登记"),
    "reported": _l("报告"), "revealed": _l("查看"), "reviewed": _l("复查"), "revoked": _l("吊销"), "searched": _l("查询"),
    "signed_in": _l("登录"), "status_decided": _l("认定状态"), "taken": _l("办理"), "absorbed": _l("运行"),
    "withdrawn": _l("撤销"), "signed": _l("签字"), "disabled": _l("停用"), "locked": _l("锁住"), "resumed": _l("恢复"),
    "printed": _l("印制"), "step": _l("走一步"), "paused": _l("暂停"), "brought": _l("征询"), "distributed": _l("分配"),
}  # fmt: skip
ACTS: Final[dict[str, Any]] = {
    "trail.read": _l("查阅留痕"), "trail.read.refused": _l("查阅没有打开"), "log.searched": _l("查询留痕"),
    "money.traced": _l("追一笔钱"), "household.timeline.read": _l("看一户的时间线"),
    "read.opened": _l("登记凭什么查阅"), "read.reviewed": _l("复查没有案件的查阅"), "lead.read": _l("看疑点"),
    "inspection.recorded": _l("写入户记录"), "sampling.committed": _l("承诺抽查的种子"),
    "sampling.drawn": _l("公开种子并抽取"), "sampling.closed": _l("随机抽查办结"),
    "sampling.supervisor.named": _l("请第三方监督员"), "sampling.supervisor.ended": _l("第三方监督员不再随同"),
    "sampling.reviewed": _l("写随机抽查的年度评估"), "list.exported": _l("导出清单"), "access.login": _l("登录"),
}  # fmt: skip
"""Acts whose two words would say less than one."""
_OF_VISITS_AND_PAYEES: Final[dict[str, Any]] = {
    "claim_id": _l("走访编号"), "device_id": _l("手机编号"), "captured_at": _l("手机上的时间"), "received_at": _l("收到时间"),
    "not_before": _l("不早于"), "offline": _l("没有信号时记的"), "visit": _l("走访结果"), "activities": _l("做了什么"),
    "findings": _l("看到什么"), "has_location": _l("有定位"), "no_location_reason": _l("没有定位的原因"),
    "not_possible_reason": _l("无法走访的原因"), "coarse_lat_e7": _l("纬度（只到一公里，千万分之一度）"),
    "coarse_lng_e7": _l("经度（只到一公里，千万分之一度）"), "accuracy_m": _l("定位误差（米）"), "distance_m": _l("离登记的家（米）"),
    "beyond_m": _l("超出误差（米）"), "travel_kmh": _l("和前后走访之间最快（公里/时）"), "photo_count": _l("照片数"),
    "signals": _l("信号"), "judged_by": _l("谁认定"), "judged_at": _l("认定时间"), "judgement": _l("认定意见"),
    "number": _l("导出编号"), "query": _l("查的是"), "rows_sha256": _l("各行的摘要"), "suffix": _l("格式"), "found": _l("找到"),
    "payee_kind": _l("收款人是谁"), "payee_id_check": _l("证件号码自检"), "currency": _l("币种"),
}  # fmt: skip
FIELDS: Final = _OF_VISITS_AND_PAYEES | {
    "state": _l("状态"), "status": _l("状态"), "amount_fen": _l("金额（分）"), "household": _l("户"), "basis": _l("凭什么"),
    "rows": _l("行数"), "sha256": _l("文件摘要"), "reason": _l("原因"), "version": _l("版本"), "seed": _l("种子"),
    "commitment": _l("承诺"), "division": _l("区划"), "due_on": _l("期限"), "visited_on": _l("走访日期"), "outcome": _l("结果"),
    "is_sampled": _l("抽中"), "decided_on": _l("决定日期"), "extensions": _l("本地字段"), "datum": _l("坐标系"),
    "household_id": _l("户（内部号）"), "helper_id": _l("帮扶人（内部号）"), "unit_id": _l("单位（内部号）"),
    "parent_id": _l("上级（内部号）"), "programme_id": _l("资金项目（内部号）"), "allocation_id": _l("拨付（内部号）"),
    "lat_e7": _l("纬度（千万分之一度）"), "lng_e7": _l("经度（千万分之一度）"), "no": _l("编号"), "division_code": _l("区划代码"),
    "organ": _l("机关"), "verdict": _l("复查意见"), "drawn": _l("抽中数"), "population": _l("总数"),
    "population_sha256": _l("名单摘要"), "new_since": _l("新纳入从"), "shares": _l("比例"), "strata": _l("各层"),
    "source": _l("来源"), "card": _l("明白卡编号"), "kind": _l("种类"), "conclusion": _l("结论"), "figures": _l("数字"),
}  # fmt: skip
VALUES: Final[dict[str, dict[str, Any]]] = {
    "visit": {"done": _l("已走访"), "not_possible": _l("无法走访")},
    "state": {state.value: _l(word) for state, word in STATE_NAMES.items()},
    "payee_id_check": {
        "ok": _l("没有问题"), "bad_check": _l("校验位不对"), "bad_date": _l("生日不对"), "bad_prefix": _l("区划不对"),
        "no_id": _l("没有证件号码"),
    },
}  # fmt: skip
"""Words that registers keep in English."""
VERDICTS: Final[dict[str, Any]] = {
    "与留痕一致": _l("与留痕一致"), "与留痕不一致": _l("与留痕不一致"), "留痕里没有这一版": _l("留痕里没有这一版"),
    "那一天还没有这条记录": _l("那一天还没有这条记录"), "那一天已经撤销": _l("那一天已经撤销"),
}  # fmt: skip
WORDS: Final = (
    _l("种子已承诺"), _l("已抽取"), _l("已办结"), _l("备案对象"), _l("新纳入"), _l("其他在册"), _l("待入户"), _l("已入户"),
    _l("没有见到"), _l("与登记一致"), _l("与登记不符"), _l("纪检监察"), _l("审计"), _l("财政监督"), _l("安全审计"), _l("主管部门"),
    _l("一致"), _l("不一致"), _l("没有核实"), _l("家里的人和登记的一样吗"), _l("住房和登记的一样吗"), _l("收入来源和登记的一样吗"),
    _l("补助到手的数目和登记的一样吗"), _l("帮扶人来过、记的是真的吗"), _l("村里公示过、本人知道吗"), _l("最新的检查点签名不对"),
    _l("流水还没有第一次签名"),
)  # fmt: skip
"""What pages translate by its value: states, strata, outcomes, organs, questions and answers."""
VERDICT_TAGS: Final = {"与留痕一致": "ok", "与留痕不一致": "bad", "留痕里没有这一版": "warn"}


def act(kind: str) -> str:
    """What an act is called: `payment.line.recorded` → 发放 · 记录; one that has no word stays as it is written."""
    if kind in ACTS:
        return str(ACTS[kind])
    parts = kind.split(".")
    noun, verb = NOUNS.get(parts[0]), VERBS.get(parts[-1])
    return f"{noun} · {verb}" if noun is not None and verb is not None and len(parts) > 1 else kind


def noun(kind: str) -> str:
    """What a subject is called."""
    return str(NOUNS.get(kind, kind))


def kind_named(name: str) -> str | None:
    """The kind of subject that pages call so, in Chinese or in the reader's language."""
    return CALLED.get(name) or next((kind for kind in NOUNS if str(NOUNS[kind]) == name), None)


def label(name: str) -> str:
    """What a column is called: the header of the data dictionary where it has one."""
    known = FIELDS.get(name)
    return str(known) if known is not None else _(_headers().get(name, name))


@cache
def _headers() -> dict[str, str]:
    return {column.field: column.header for kind in KINDS.values() for column in kind.columns}


def value(held: Any, name: str = "") -> str:
    """A value of an act in one line; `name`: of which column, where its words need translating."""
    if held is None or held == "":
        return "—"
    if isinstance(held, str) and held in VALUES.get(name, {}):
        return str(VALUES[name][held])
    if isinstance(held, datetime):
        return moment(held)
    if isinstance(held, bool):
        return _("是") if held else _("否")
    if isinstance(held, dict):
        return "，".join(f"{name} {value(one)}" for name, one in held.items())
    if isinstance(held, list | tuple):
        return "；".join(value(one) for one in held) or "—"
    return str(held)
