"""Which parameter row holds, and the names that the product knows.

A parameter is a dated row per name, division, purpose and series. The nearest division upward decides; where nobody has
entered a row, the default of the catalogue holds, and the page says so. Names of one rule's own thresholds
(`F01.days`) are declared with the rule and entered here by the same door.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from portal.kernel.errors import Refused
from portal.registers.divisions.rules import NATION, is_valid_on


class ValueKind(StrEnum):
    """What a parameter's text means."""

    WHOLE = "整数"
    MONEY = "元"
    SHARE = "%"
    NUMBER = "数"
    YES_NO = "是否"
    WORDS = "文字"


@dataclass(frozen=True)
class Known:
    """A name of the catalogue: what it is, its default (None: unset, the check stays off), unit and legal basis."""

    name: str
    title: str
    default: str | None
    unit: str = ""
    basis: str = ""
    kind: ValueKind = ValueKind.WHOLE


@dataclass(frozen=True)
class ParameterRow:
    """One dated row in hand."""

    id: int
    name: str
    division_code: str
    purpose: str
    series: str
    valid_from: date
    valid_to: date | None
    value: str
    unit: str | None
    basis: str | None


def choose(rows: Iterable[ParameterRow], chain: Sequence[str], on: date, purpose: str = "") -> ParameterRow | None:
    """The row that holds: nearest division first, the asked purpose before every purpose, then the latest first day."""
    order = {code: rank for rank, code in enumerate(chain)}
    order.setdefault(NATION, len(order))
    fitting = [
        row
        for row in rows
        if row.division_code in order and row.purpose in ("", purpose) and is_valid_on(row.valid_from, row.valid_to, on)
    ]
    if not fitting:
        return None
    return min(fitting, key=lambda r: (order[r.division_code], r.purpose != purpose, -r.valid_from.toordinal()))


def parameter_problem(name: str, value: str, valid_from: date, valid_to: date | None, kind: ValueKind | None) -> None:
    """Refuse a row that nobody could use: no name, an end before the beginning, a value of the wrong kind."""
    if not name.strip():
        raise Refused("参数没有名称", fix="从目录里选一个名称")
    if valid_to is not None and valid_to < valid_from:
        raise Refused("有效期至早于有效期自", fix="核对两个日期")
    value_problem(value, kind)


def value_problem(value: str, kind: ValueKind | None) -> None:
    """Refuse an empty value, or one of the wrong kind; a name that nobody knows may hold anything."""
    if not value.strip():
        raise Refused("参数没有值", fix="填写数值；停用一个参数请填有效期至")
    if kind in (ValueKind.WHOLE, ValueKind.MONEY, ValueKind.SHARE, ValueKind.NUMBER):
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = None
        if (
            number is None
            or not number.is_finite()
            or (kind is ValueKind.WHOLE and number != number.to_integral_value())
        ):
            raise Refused("这个参数要填数字", why=f"它的单位是“{kind.value}”", fix="只填数字，单位另有一栏")
    if kind is ValueKind.YES_NO and value not in ("是", "否", "yes", "no"):
        raise Refused("这个参数只能填 是 或 否", fix="填 是 或 否")


_W, _M, _S, _Y, _T = ValueKind.WHOLE, ValueKind.MONEY, ValueKind.SHARE, ValueKind.YES_NO, ValueKind.WORDS
_N = ValueKind.NUMBER
_OPEN = "政府信息公开条例（2019）"
_NOTICE = "国开办发〔2018〕11号 第四条"
_PIPL = "个人信息保护法"
_PETITION = "信访工作条例（2022）"
_REPORTS = "纪检监察机关处理检举控告工作规则（2020）"

EXTENDS = "window_extends"
"""Whether a window of calendar days that ends on a holiday ends with the next working day."""

CATALOGUE: dict[str, Known] = {
    known.name: known
    for known in (
        Known("poverty_line", "年人均收入线", None, "元/人·年", "省、市公布的当年标准", _M),
        Known("monitor_line", "防止返贫监测线", None, "元/人·年", "省公布的当年标准", _M),
        Known("dibao_standard", "低保标准", None, "元/人·月", "县级以上人民政府公布", _M),
        Known("edge_multiple", "低保边缘倍数", "1.5", "倍", "浙江省社会救助条例", _T),
        Known("income_period", "收入计算期", "rolling12", "", "本平台：截至当月的连续 12 个月", _T),
        Known("wage_deduct_living", "务工收入可扣房租和生活费", "否", "", "各地规定", _Y),
        Known("unsold_stock", "未出售的存货", "not_counted", "", "贫困户人均纯收入计算方法", _T),
        Known("support_formula", "赡养费算法", "a", "", "盐亭 2021（a）；各地可另选", _T),
        Known("support_share", "赡养费比例", None, "%", "各地规定；不填按所选算法（a 25、b 30、c 50）", _S),
        Known(
            "support_multiple",
            "赡养费起算的低保倍数",
            None,
            "倍",
            "各地规定；不填按所选算法（a 2、b 低保边缘、c 1）",
            _T,
        ),
        Known("I03.times", "退出前收入突增的倍数", "2", "倍", "本平台默认；校准前不动", _N),
        Known("I03.share", "突增里没有凭证的比例", "60", "%", "本平台默认；校准前不动", _S),
        Known("I05.gap", "三方登记的收入相差", "500", "元", "本平台默认；校准前不动", _M),
        Known("Q09.km", "户址离所在村的距离", "10", "公里", "本平台默认；校准前不动", _N),
        Known("line_series", "采用的收入线系列", None, "", "同一年有几个系列的，写明用哪一个", _T),
        Known("work_exempt_months", "就业收入豁免期", "6", "个月", "浙江省社会救助条例"),
        Known("work_exempt_cap", "就业收入豁免上限", "3", "倍低保标准", "浙江省社会救助条例"),
        Known("split_months", "申请前分户的提示期", None, "个月", "各地规定"),
        Known("income_item", "收入项目是否计入", None, "", "按项目、目的逐条规定", _Y),
        Known("disclosure_days", "主动公开期限", "20", "个工作日", _OPEN + " 第二十六条"),
        Known("disclosure_days.allocation", "资金分配结果公开期限", "15", "个工作日", "扶贫领域基层政务公开标准目录"),
        Known("disclosure_days.relief", "社会救助事项公开期限", "10", "个工作日", "社会救助领域基层政务公开标准目录"),
        Known("disclosure_days.budget", "预决算公开期限", "20", "天", "预算法（2018）第十四条"),
        Known("posting_days.fund_project", "资金项目公示期", "10", "天", _NOTICE),
        Known("posting_days.register", "纳入退出公示期", "7", "天", "省级扶贫条例"),
        Known("posting_days.monitored", "监测对象公示期", "5", "天", "地方通知（秦安）"),
        Known("posting_days.relief", "低保初审公示期", "7", "天", "民发〔2021〕57号"),
        Known("small_cell", "公开计数的最小格", "5", "户", "本平台：少于此数并入上级“其他”"),
        Known("tekun_age", "特困供养年龄", "60", "周岁", "农村五保供养工作条例"),
        Known("fade_out_months", "低保渐退期", "6", "个月", "各地规定"),
        Known("review_quorum", "民主评议到会比例", "2/3", "", "村民委员会组织法 第二十六条", _T),
        Known("monitor_total_days", "监测对象认定全程", "15", "天", "地方通知（秦安）"),
        Known("monitor_min_months", "监测最短时间", "6", "个月", "地方通知（秦安）"),
        Known("selfreport_visit", "自主申报入户期限", "2", "个工作日", "安徽一码申报"),
        Known("selfreport_done", "自主申报办结期限", "20", "个工作日", "安徽一码申报"),
        Known("review_agree", "民主评议同意比例（超过）", "1/2", "", "村民委员会组织法 第二十六条", _T),
        Known("approval_count", "审批过快的件数", "20", "件", "本平台默认；只作提示"),
        Known("approval_minutes", "审批过快的时间", "10", "分钟", "本平台默认；只作提示"),
        Known("procedure_step_days", "程序每个环节期限", "10", "个工作日", "本平台默认；各地可另行规定"),
        Known("procedure_visit_days", "程序入户期限", "10", "个工作日", "本平台默认；各地可另行规定"),
        Known("procedure_notice_days", "程序公示办结期限", "20", "天", "本平台默认；公示期另有参数"),
        Known("help_start_days", "纳入后落实帮扶期限", "30", "天", "地方通知（秦安）"),
        Known("dibao_inquiry_days", "低保启动核对期限", "3", "个工作日", "民发〔2021〕57号（待核对）"),
        Known("dibao_county_days", "低保县级审批期限", "10", "个工作日", "民发〔2021〕57号（待核对）"),
        Known("dibao_total_days", "低保办理全程", "30", "个工作日", "民发〔2021〕57号（待核对）"),
        Known("dibao_recheck_months", "低保定期复核间隔", "12", "个月", "民发〔2021〕57号（待核对）"),
        Known("objection_days", "对不予批准提出复议的期限", "60", "天", "行政复议法（2023）第二十条"),
        Known("track_months", "退出后跟踪期", None, "个月", "由各地规定；跟踪期内政策不变"),
        Known("sample_share", "县级抽查比例", "30", "%", "最低生活保障审核审批办法（2012）", _S),
        Known("sample_related_share", "备案对象抽查比例", "100", "%", "最低生活保障审核审批办法（2012）", _S),
        Known("lead_verify_days", "疑点核查期限", None, "个工作日", "未见法定期限，由各地规定"),
        Known("lead_review_days", "疑点县级复核期限", None, "个工作日", "未见法定期限，由各地规定"),
        Known("lead_settle_days", "疑点处置期限", None, "个工作日", "未见法定期限，由各地规定"),
        Known("formal_count", "核查流于形式的件数", "20", "件", "本平台默认；只作提示"),
        Known("formal_minutes", "核查流于形式的时间", "10", "分钟", "本平台默认；只作提示"),
        Known("rectify_days", "属实后整改期限", "30", "天", "本平台默认；只作提示"),
        Known("reconfirm_days", "重新确认期限", None, "天", "由各地规定"),
        Known("house_count", "住房套数上限", "2", "套", "各地规定"),
        Known("deposit_months", "金融资产上限", "24", "个月低保标准", "各地规定"),
        Known("vehicle_value", "机动车参考价值", "20000", "元", "各地规定", _M),
        Known("sole_home_counts", "唯一商品房也提示", "是", "", "本平台：提示后由核查人排除", _Y),
        Known("commercial_property_counts", "商业用房计入套数", "否", "", "各地规定", _Y),
        Known("check_report_months", "核对报告有效期", "6", "个月", "各地规定"),
        Known("pass_on_days.province", "省级转拨期限", "30", "天", "预算法 第五十二条"),
        Known("pass_on_days.county", "县级转拨期限", "30", "天", "预算法 第五十二条"),
        Known("management_fee", "项目管理费上限", "1", "%", "财政衔接资金管理办法", _S),
        Known("industry_share", "产业资金最低占比", None, "%", "各年文件", _S),
        Known("visit_days", "走访周期", "30", "天", "本平台默认；结对另有约定的从约定"),
        Known("visit_days.monitored", "走访周期（监测对象）", "30", "天", "各地规定"),
        Known("visit_days.stable", "走访周期（稳定脱贫户）", "90", "天", "各地规定"),
        Known("visit_distance_m", "走访位置偏离", "500", "米", "本平台默认；只请本人说明"),
        Known("visit_speed_kmh", "走访行程速度上限", "150", "公里/小时", "本平台默认；只请本人说明"),
        Known("visit_cluster_count", "集中打卡户数", "5", "户", "本平台默认；只请本人说明"),
        Known("visit_cluster_minutes", "集中打卡时间", "30", "分钟", "本平台默认；只请本人说明"),
        Known("visit_cluster_m", "集中打卡范围", "50", "米", "本平台默认；只请本人说明"),
        Known("visit_late_hours", "走访时间与收到时间之差", "72", "小时", "本平台默认；离线标记的不算"),
        Known("household_accuracy_m", "户坐标的误差", "50", "米", "本平台默认；比较位置时先扣除"),
        Known("photo_near_bits", "照片相近的位数", "4", "位", "本平台默认；校准前不动"),
        Known("dispute_days", "本户异议答复期限", "5", "个工作日", "本平台默认；各地可另行规定"),
        Known("dispute_objection_days", "对异议答复不服的期限", "15", "天", "本平台默认；各地可另行规定"),
        Known("announcement_review_days", "公告异议成立后的复核期限", "10", "个工作日", "本平台默认；各地可另行规定"),
        Known("window_extends", "期间最后一日遇休假日顺延", "是", "", "民法典第二百零三条（待核对）", _Y),
        Known("unreached_days", "应享未享跟进期限", "20", "个工作日", "本平台默认；各地可另行规定"),
        Known("need_days", "走访需求回访期限", "30", "天", "本平台默认"),
        Known("explain_days", "走访疑点本人说明期限", "7", "天", "本平台默认"),
        Known("visit_sample_county", "走访抽查比例（县级）", "20", "%", "本平台默认；按月随机抽取，与疑点无关", _S),
        Known("visit_sample_city", "走访抽查比例（市级）", "5", "%", "本平台默认；按月随机抽取，与疑点无关", _S),
        Known("inspection_share_new", "随机抽查比例：新纳入", "30", "%", "最低生活保障审核审批办法（2012）", _S),
        Known("inspection_share_related", "随机抽查比例：备案对象", "100", "%", "最低生活保障审核审批办法（2012）", _S),
        Known("inspection_share_other", "随机抽查比例：其他在册", "5", "%", "国办发〔2015〕58号；比例由各地规定", _S),
        Known("visit_call_back", "走访电话回访比例", "5", "%", "本平台默认；按月随机抽取，与疑点无关", _S),
        Known("place_days", "精确位置保存", "180", "天", _PIPL + " 第四十七条；到期抹去"),
        Known("visit_minutes", "走访时长", None, "分钟", "各地规定"),
        Known("helper_max_households", "每名帮扶人户数上限", None, "户", "各地规定"),
        Known("complaint_silence_days", "举报无动静上转", "10", "天", "本平台时钟"),
        Known("complaint_remind_share", "举报期限提醒", "80", "%", "本平台时钟", _S),
        Known("complaint_pass_days", "举报受理或转送期限", "5", "个工作日", _REPORTS + " 第十四条至第十六条"),
        Known("complaint_appeal_days", "举报申诉受理期限", "30", "天", "本平台时钟"),
        Known("complaint_ask_days", "反馈以后回访", "28", "天", "本平台时钟"),
        Known("report_accept_days", "检举控告告知受理期限", "15", "个工作日", _REPORTS),
        Known("report_disposal_days", "检举控告处置意见期限", "30", "天", _REPORTS + "：一个月"),
        Known("report_inquiry_days", "谈话函询和初步核实期限", "60", "天", "本平台默认；各地可另行规定"),
        Known("report_shelf_days", "暂存待查重新研究", "90", "天", _REPORTS + "：每季度"),
        Known("report_answer_days", "检举控告结果反馈期限", "15", "个工作日", _REPORTS),
        Known("petition_register_days", "信访事项登记转送期限", "15", "天", _PETITION),
        Known("petition_tell_days", "信访事项书面告知期限", "15", "天", _PETITION),
        Known("petition_handle_days", "信访事项办结期限", "60", "天", _PETITION + "；可延 30 天"),
        Known("petition_ask_days", "请求复查复核的期限", "30", "天", _PETITION),
        Known("petition_review_days", "复查复核答复期限", "30", "天", _PETITION),
        Known(
            "case_study_present", "集体研究最少人数", "3", "人", "监督执纪工作规则（2019）第二十一条；人数为本平台默认"
        ),
        Known("order_days", "督办任务期限", "15", "个工作日", "本平台默认；各单可另写"),
        Known("question_answer_days", "群众提问多久答复", "15", "个工作日", "本平台默认；政府网站考核要求三个月内答复"),
        Known("exposure_days", "曝光公开多久", "180", "天", "本平台默认；到期撤下"),
        Known("exposure_names", "曝光写全名", "否", "", "本平台默认：姓名遮盖；各地另有规定的从规定", _Y),
        Known("pia_years", "影响评估报告保存", "3", "年", _PIPL + " 第五十六条"),
        Known("reveal_quota", "每人每天查看加密字段的限额", "50", "次", _PIPL + " 第五十一条；全国一个数"),
        Known("log_months", "日志保存", "6", "个月", "网络安全法 第二十一条"),
        Known("hotlines", "监督电话", "12317", "", "12317 扶贫监督；12388 纪检监察", _T),
        Known("authorisation", "比对数据需要授权", "none", "", "本平台：required 或 none，按数据类别另行规定", _T),
        Known("authorisation.financial_assets", "金融资产比对需要授权", "required", "", "社会救助暂行办法", _T),
    )
}
"""Names that the product knows, with the default that holds where no row has been entered."""


def known_part(name: str) -> str:
    """What a name says beyond its entry of the catalogue: `光伏` of `income_item.光伏`; empty for the entry itself."""
    known = known_parameter(name)
    return name.removeprefix(known.name).removeprefix(".") if known else ""


def is_family(name: str) -> bool:
    """Whether a name stands for every name that begins so: `income_item.` for whatever item a place rules on."""
    return name.endswith(".")


def known_parameter(name: str) -> Known | None:
    """The catalogue's entry of a name; `visit_days.monitored` falls back on `visit_days`."""
    while name not in CATALOGUE and "." in name:
        name = name.rsplit(".", 1)[0]
    return CATALOGUE.get(name)
