"""Visits in words: states, activities, and each signal with its usual innocent cause. A signal is never a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.registers.helpers.check_ins import queries
from portal.registers.helpers.check_ins.needs.queries import NeedKind
from portal.registers.helpers.check_ins.overdue.rules import Standing

STATES: dict[str, Any] = {
    queries.State.ACCEPTED.value: _l("已收到"),
    queries.State.ASKED.value: _l("请本人说明"),
    queries.State.EXPLAINED.value: _l("已说明，等人判定"),
    queries.State.COUNTED.value: _l("有效"),
    queries.State.NOT_COUNTED.value: _l("不计"),
}
STATE_TAGS = {"asked": "warn", "explained": "info", "counted": "ok", "not_counted": "bad"}
VISITS: dict[str, Any] = {"done": _l("已走访"), "not_possible": _l("无法走访")}
VISIT_TAGS = {"not_possible": "info"}
SOURCES: dict[str, Any] = {"手机": _l("手机"), "纸质": _l("纸质")}
REASONS: dict[str, Any] = {
    "家中无人": _l("家中无人"),
    "外出务工": _l("外出务工"),
    "住院": _l("住院"),
    "搬走了": _l("搬走了"),
    "道路不通": _l("道路不通"),
    "天气灾害": _l("天气灾害"),
    "本户不便接待": _l("本户不便接待"),
    "其他": _l("其他"),
}
NO_PLACE: dict[str, Any] = {
    "没有卫星信号": _l("没有卫星信号"),
    "没有给定位权限": _l("没有给定位权限"),
    "手机不支持": _l("手机不支持"),
    "等不到定位": _l("等不到定位"),
    "其他": _l("其他"),
}
ACTIVITIES: dict[str, Any] = {
    "核对收入": _l("核对收入"),
    "看票据": _l("看票据"),
    "看住房": _l("看住房"),
    "讲政策": _l("讲政策"),
    "找活干": _l("找活干"),
    "看病报销": _l("看病报销"),
    "孩子上学": _l("孩子上学"),
    "其他": _l("其他"),
}
NEEDS: dict[str, Any] = {
    NeedKind.HOUSING.value: _l("住房"),
    NeedKind.WATER.value: _l("饮水"),
    NeedKind.SCHOOL.value: _l("就学"),
    NeedKind.MEDICAL.value: _l("就医"),
    NeedKind.WORK.value: _l("就业"),
    NeedKind.INCOME.value: _l("收入"),
    NeedKind.CARE.value: _l("照料"),
    NeedKind.OTHER.value: _l("其他"),
}
RECOLLECTIONS: dict[str, Any] = {"来过": _l("来过"), "没来过": _l("没来过"), "记不清": _l("记不清")}
CHANNELS: dict[str, Any] = {"本户页面": _l("本户页面"), "电话回访": _l("电话回访"), "当面": _l("当面")}
DRAWS: dict[str, Any] = {"县级抽查": _l("县级抽查"), "市级抽查": _l("市级抽查"), "电话回访": _l("电话回访")}
OUTCOMES: dict[str, Any] = {
    "属实": _l("属实：来过"),
    "本户说没来过": _l("本户说没来过"),
    "说不清": _l("说不清"),
    "没有联系上": _l("没有联系上"),
}
OUTCOME_TAGS = {"属实": "ok", "本户说没来过": "warn"}
SAMPLE_REASONS: dict[str, Any] = {"抽中": _l("抽中"), "连续三次无法走访": _l("连续三次无法走访")}
QUEUE_KINDS: dict[str, Any] = {"check-in": _l("走访"), "income": _l("收入"), "explanation": _l("说明")}
QUEUE_RESULTS: dict[str, Any] = {
    "等收下": _l("等收下"),
    "收下": _l("收下"),
    "早已收到": _l("早已收到"),
    "退回": _l("退回"),
    "没有签名": _l("没有签名"),
}
QUEUE_TAGS = {"退回": "bad", "没有签名": "warn", "等收下": "info"}
PAPER_STATES: dict[str, Any] = {"待会签": _l("待会签"), "已会签": _l("已会签"), "退回": _l("退回")}
STANDINGS: dict[str, Any] = {
    Standing.NO_HELPER.value: _l("没有帮扶人"),
    Standing.LATE.value: _l("该走访了"),
    Standing.IN_TIME.value: _l("没有到期"),
}
STANDING_TAGS = {"没有帮扶人": "bad", "该走访了": "warn", "没有到期": "ok"}

#: code → (what the evidence looks like, the usual innocent cause)
SIGNALS: dict[str, tuple[Any, Any]] = {
    "R1": (_l("定位离这一户登记的位置远"), _l("户坐标的坐标系登记错了，户搬了家，或在田里、路上见的面")),
    "R2": (_l("定位不准"), _l("在屋里、山沟里，卫星信号弱")),
    "R3": (_l("定位一动不动"), _l("有的手机会反复给出同一个旧定位")),
    "R4": (_l("和上一户之间走得太快"), _l("手机时钟不准，或几个人同车")),
    "R5": (_l("同一处登记了好几户"), _l("集中安置点，几户挨着住")),
    "R6": (_l("照片和别的走访里的完全一样"), _l("同一次走访重发；先核对编号")),
    "R7": (_l("照片和别的走访里的很像"), _l("同一扇门、同一个角度")),
    "R8": (_l("照片里记的时间、地点或软件和走访对不上"), _l("手机会去掉或改写这些信息；没有不说明什么")),
    "R9": (_l("手机的时间在服务器的时间范围以外"), _l("手机时钟不准，或离线很久才上传")),
    "R10": (_l("这部手机的走访序号接不上"), _l("重装了应用，或换过手机")),
    "R11": (_l("一个月的走访集中在一两天，或一户挨一户太快"), _l("集中走访日")),
    "unbracketed": (_l("没有服务器的起始时间"), _l("离线太久，手机里的凭据用完了")),
    "revoked_device": (_l("用已经撤销的手机签的"), _l("撤销以前走访的，后来才传上来")),
    "no_photo": (_l("没有照片"), _l("本户不愿意拍，或手机不能拍")),
    "challenge": (_l("照片里的数字不是服务器给的"), _l("抄错了，或离线太久，数字的凭据用完了")),
    "paper": (_l("纸质表，没有手机的证据"), _l("没有智能手机，或手机坏了；由第二个人会签")),
}


@dataclass(frozen=True)
class SignalWords:
    """One signal for a reader."""

    code: str
    looks: Any
    innocent: Any


def signals_in_words(codes: Iterable[str]) -> list[SignalWords]:
    """Every signal of a visit, in the order of their codes; one that nobody knows keeps its code."""
    ordered = sorted(codes, key=lambda code: (not code.startswith("R"), int(code[1:]) if code[1:].isdigit() else 0))
    return [SignalWords(code if code.startswith("R") else "", *SIGNALS.get(code, (code, "—"))) for code in ordered]


def place_in_words(values: Any, datum: str | None) -> list[str]:
    """Where the phone was, against where the household is registered: metres, accuracy and datum in words."""
    if not values["has_location"]:
        if values["source"] == "纸质":
            return [_("纸质走访，没有定位。")]
        reason = NO_PLACE.get(values["no_location_reason"], values["no_location_reason"] or "—")
        return [_("没有定位：%(why)s。没有定位也是完整的走访。", why=reason)]
    said = [_("手机定位误差 %(n)s 米（95%% 的把握）。", n=values["accuracy_m"])]
    if values["distance_m"] is None:
        return [*said, _("这一户没有登记坐标，或坐标系不明，不作比较。")]
    said.insert(0, _("离这一户登记的位置 %(n)s 米。", n=values["distance_m"]))
    if values["beyond_m"]:
        said.append(_("扣除两边的误差，还差 %(n)s 米。", n=values["beyond_m"]))
    else:
        said.append(_("两边的误差已经能解释这段距离。"))
    said.append(_("户坐标按 %(datum)s 登记，两边都换算成 WGS-84 再比。", datum=datum or "WGS84"))
    return said
