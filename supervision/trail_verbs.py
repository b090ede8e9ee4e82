"""More words of the trail: acts and subjects of every register, each under the last part of its kind."""

from __future__ import annotations

from typing import Any, Final

from flask_babel import lazy_gettext as _l

SUBJECTS: Final[dict[str, Any]] = {
    "bypass": _l("绕过系统的改动"), "canary": _l("标记值"), "case_key": _l("办案密钥"), "claims": _l("走访原文"),
    "code": _l("一次性码"), "counts": _l("举报统计"), "emergency": _l("紧急授权"), "enrolment": _l("手机登记码"), "exposure": _l("曝光"),
    "factor": _l("第二重验证"), "lead_sheet": _l("核查表"), "grant": _l("授权"), "help": _l("求助申报"), "installation": _l("本站"),
    "obligor": _l("赡养人"), "password": _l("密码"), "photos": _l("照片"), "question": _l("提问"),
    "reconfirm": _l("重新确认"), "relation": _l("亲属申报"), "tenure": _l("任职"),
}  # fmt: skip
"""What acts are about."""
ACTS_DONE: Final[dict[str, Any]] = {
    "accused_added": _l("补记被反映的人"), "admitted": _l("纳入"), "alarm": _l("没有人能办，报警"),
    "announced": _l("公告"), "approved": _l("批准"), "asked_again": _l("回访"), "assigned": _l("分派"),
    "attached": _l("附上"), "change_confirmed": _l("确认变动"), "change_returned": _l("退回变动"),
    "checked": _l("审核"), "concluded": _l("作出结论"), "confirmed": _l("确认"), "counted": _l("计入"),
    "countersigned": _l("会签"), "custodian_added": _l("登记托管人"), "declared": _l("申报"), "detected": _l("发现"),
    "disposition_decided": _l("决定处置"), "disposition_proposed": _l("提出处置"), "dispute_answered": _l("答复异议"),
    "dispute_said": _l("对答复的意见"), "dropped": _l("放弃"), "edited": _l("修改"), "erased": _l("删除"),
    "explained": _l("说明"), "exposure_drafted": _l("草拟曝光"), "exposure_edited": _l("修改曝光"),
    "exposure_returned": _l("退回曝光"), "exposure_submitted": _l("曝光提交审核"), "file_added": _l("加附件"),
    "file_read": _l("查看附件"), "followed_up": _l("跟进"), "handed_over": _l("交接"), "heartbeat": _l("例行报时"),
    "household_answered": _l("本户答复"), "identity_agreed": _l("同意拆封身份"), "identity_asked": _l("申请拆封身份"),
    "identity_refused": _l("没有拆封身份"), "identity_seen": _l("拆封身份"), "income_read": _l("查看收入"),
    "linked": _l("关联"), "listed": _l("列给复查"), "longer_asked": _l("申请延期"), "longer_granted": _l("批准延期"),
    "made": _l("建立"), "mapped": _l("对应列"), "marked_malicious": _l("标为恶意"), "member_added": _l("加入办案组"),
    "member_removed": _l("移出办案组"), "message": _l("往来一条"), "moved": _l("迁移"), "not_counted": _l("不计入"),
    "not_ours": _l("这不是我家"), "notice_broken_off": _l("公示中断"), "notice_opened": _l("打开公示"),
    "objected": _l("提出异议"), "objection_answered": _l("答复异议"), "objection_read": _l("查看异议"),
    "order_accepted": _l("签收督办"), "order_answered": _l("督办反馈"), "order_checking": _l("督办送核查"),
    "order_cleared": _l("督办销号"), "order_drafted": _l("草拟督办单"), "order_dropped": _l("放弃督办单"),
    "order_issued": _l("签发督办单"), "order_raised": _l("督办提级"), "order_read": _l("查看督办单"),
    "order_returned": _l("督办退回重办"), "passphrase_set": _l("设案件口令"), "photo_opened": _l("打开照片"),
    "posted": _l("张贴"), "previewed": _l("预览"), "problem_entered": _l("登记问题"), "proof": _l("取证明"),
    "proposed": _l("提出"), "rated": _l("评价"), "recovery_entered": _l("登记追回"), "released": _l("放行"),
    "reminded": _l("催办"), "reopened": _l("重新打开"), "replaced": _l("新版取代"), "reposted": _l("重新张贴"),
    "retracted": _l("撤下"), "return_proposed": _l("提出恢复"), "return_refused": _l("没有恢复"),
    "returned": _l("退回"), "reveal_refused": _l("没有给看"), "rewritten": _l("改写"), "rotated": _l("轮换"),
    "sample_visited": _l("抽查入户"), "sampled": _l("抽查"), "sanction_entered": _l("登记处分"), "seen": _l("看到"),
    "share_agreed": _l("同意授钥匙"), "shared": _l("授给钥匙"), "signed_out": _l("退出登录"), "snoozed": _l("暂存"),
    "stepped": _l("办理一步"), "submitted": _l("提交审核"), "task_answered": _l("反馈任务"),
    "task_checked": _l("核查任务"), "triggers_restored": _l("恢复触发器"), "undone": _l("撤回"),
    "unlinked": _l("取消关联"), "used": _l("用掉"), "verified": _l("核实"), "verifying": _l("核查"),
    "woken": _l("到期重新出现"),
}  # fmt: skip
"""What was done."""
