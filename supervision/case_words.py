"""Cases, orders, outcomes and exposures in words of the page's language."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

CASE_STATES: dict[str, Any] = {
    "待研判": _l("待研判"), "待审批": _l("待审批"), "办理中": _l("办理中"), "暂存": _l("暂存"), "办结": _l("已办结"),
}  # fmt: skip
CASE_TAGS = {"待研判": "warn", "待审批": "warn", "办理中": "info", "暂存": "info", "办结": "ok"}
DECISIONS: dict[str, Any] = {"批准": _l("已批准"), "退回": _l("已退回")}
ORIGINS: dict[str, Any] = {
    "疑点": _l("疑点"),
    "举报": _l("举报"),
    "抽查": _l("抽查"),
    "留痕": _l("留痕"),
    "人工": _l("人工"),
}
DISPOSITIONS: dict[str, Any] = {
    "谈话函询": _l("谈话函询"), "初步核实": _l("初步核实"), "暂存待查": _l("暂存待查"), "予以了结": _l("予以了结"),
    "办结": _l("办结（查过的案件）"),
}  # fmt: skip
LINKS: dict[str, Any] = {
    "household": _l("户"), "payment": _l("一笔发放"), "allocation": _l("一笔拨付"), "project": _l("项目"),
    "helper": _l("帮扶人"), "unit": _l("单位"), "account": _l("账号"), "lead": _l("疑点"), "complaint": _l("举报"),
    "sample": _l("抽查入户"), "income": _l("收入"), "check_in": _l("走访"), "pairing": _l("结对"), "procedure": _l("程序"),
    "programme": _l("资金项目"), "asset": _l("资产"), "event": _l("一条留痕"), "document": _l("文书"),
}  # fmt: skip
ORDER_STATES: dict[str, Any] = {
    "立项": _l("立项，没有签发"), "签发": _l("已签发，待签收"), "承办": _l("承办中"), "反馈": _l("已反馈，待核查"),
    "核查": _l("核查中"), "销号": _l("已销号"), "退回重办": _l("退回重办"), "提级": _l("已提级"), "作废": _l("作废"),
}  # fmt: skip
ORDER_TAGS = {
    "立项": "warn", "签发": "info", "承办": "info", "反馈": "warn", "核查": "info", "销号": "ok", "退回重办": "bad",
    "提级": "bad",
}  # fmt: skip
REASONS: dict[str, Any] = {
    "案件需要": _l("案件需要"), "办理不力": _l("办理不力"), "办理拖延": _l("办理拖延"), "超过期限": _l("超过期限"),
    "反复投诉": _l("反复投诉"),
}  # fmt: skip
PROBLEMS: dict[str, Any] = {
    "优亲厚友": _l("优亲厚友"), "虚报冒领": _l("虚报冒领"), "截留挪用": _l("截留挪用"), "吃拿卡要": _l("吃拿卡要"),
    "形式主义": _l("形式主义"), "不作为慢作为": _l("不作为慢作为"), "违规认定": _l("违规认定"), "其他": _l("其他"),
}  # fmt: skip
STANDINGS: dict[str, Any] = {
    "公务员或参公人员": _l("公务员或参公人员"), "村（居）民委员会管理人员": _l("村（居）民委员会管理人员"),
    "其他公职人员": _l("其他公职人员"), "不是公职人员": _l("不是公职人员"),
}  # fmt: skip
PARTIES: dict[str, Any] = {
    "党内警告": _l("党内警告"), "党内严重警告": _l("党内严重警告"), "撤销党内职务": _l("撤销党内职务"),
    "留党察看一年": _l("留党察看一年"), "留党察看二年": _l("留党察看二年"), "开除党籍": _l("开除党籍"),
}  # fmt: skip
ADMINS: dict[str, Any] = {
    "警告": _l("警告"), "记过": _l("记过"), "记大过": _l("记大过"), "降级": _l("降级"), "撤职": _l("撤职"), "开除": _l("开除"),
}  # fmt: skip
MEASURES: dict[str, Any] = {
    "谈话提醒": _l("谈话提醒"), "批评教育": _l("批评教育"), "责令检查": _l("责令检查"), "诫勉": _l("诫勉"),
    "停职检查": _l("停职检查"), "调整职务": _l("调整职务"), "责令辞职": _l("责令辞职"), "免职": _l("免职"),
    "移送司法": _l("移送司法"),
}  # fmt: skip
FORMS: dict[str, Any] = {
    "第一种形态": _l("第一种形态"), "第二种形态": _l("第二种形态"), "第三种形态": _l("第三种形态"), "第四种形态": _l("第四种形态"),
}  # fmt: skip
EXPOSURE_STATES: dict[str, Any] = {
    "草拟": _l("草拟"), "待审核": _l("待审核"), "退回": _l("退回"), "已发布": _l("已发布"), "到期撤下": _l("到期撤下"),
    "撤回": _l("撤回"),
}  # fmt: skip
EXPOSURE_TAGS = {"草拟": "info", "待审核": "warn", "退回": "bad", "已发布": "ok", "到期撤下": "", "撤回": "bad"}
DONE = {**PARTIES, **ADMINS, **MEASURES}
