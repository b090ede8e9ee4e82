"""Roles 角色 and permissions 权限: who may do what. Where (scope) and to whom (relation) is decided in `rules`.

The names of the roles are fixed for outsiders. There is no superuser: the three administrators (三员) hold no
permission over the trade's records, and no permission is held by everybody but one's own account.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """角色. The value is the role's fixed name in code, in `demo-<role>` and on the command line."""

    CITIZEN = "citizen"
    HOUSEHOLD = "household"
    HELPER = "helper"
    VILLAGE_CLERK = "village_clerk"
    TOWNSHIP_CLERK = "township_clerk"
    DEPARTMENT_OFFICER = "department_officer"
    FUND_MANAGER = "fund_manager"
    PROJECT_MANAGER = "project_manager"
    LEADER = "leader"
    CARD_CLERK = "card_clerk"
    INSPECTOR = "inspector"
    INSPECTION_HEAD = "inspection_head"
    FINANCE_SUPERVISOR = "finance_supervisor"
    AUDITOR = "auditor"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"


ROLE_NAMES: Final[dict[Role, str]] = {
    Role.CITIZEN: "公众",
    Role.HOUSEHOLD: "帮扶对象",
    Role.HELPER: "帮扶人",
    Role.VILLAGE_CLERK: "村级经办人",
    Role.TOWNSHIP_CLERK: "乡镇经办人",
    Role.DEPARTMENT_OFFICER: "部门工作人员",
    Role.FUND_MANAGER: "资金管理员",
    Role.PROJECT_MANAGER: "项目管理员",
    Role.LEADER: "领导",
    Role.CARD_CLERK: "明白卡制卡员",
    Role.INSPECTOR: "纪检监察员",
    Role.INSPECTION_HEAD: "纪检监察负责人",
    Role.FINANCE_SUPERVISOR: "财政监督员",
    Role.AUDITOR: "审计员",
    Role.SYSTEM_ADMIN: "系统管理员",
    Role.SECURITY_ADMIN: "安全管理员",
    Role.AUDIT_ADMIN: "安全审计员",
}

THREE_ADMINISTRATORS: Final = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
"""三员: never two of them on one person, not even one after the other."""


class Permission(StrEnum):
    """权限: what a route asks for. The value is shown on /admin/why and written into the trail."""

    # the console
    VIEW_CONSOLE = "进入工作台"
    VIEW_DIVISIONS = "查看区划和单位"
    EDIT_DIVISIONS = "登记区划和单位"
    VIEW_HOUSEHOLDS = "查看对象台账"
    EDIT_HOUSEHOLDS = "登记和更正对象"
    CHECK_HOUSEHOLDS = "审核对象变更"
    DECIDE_PROCEDURES = "县级审批对象进出"
    PRINT_CARDS = "打印和作废明白卡"
    HANDLE_DISPUTES = "办理本户异议"
    HANDLE_HELP = "办理求助申报"
    EDIT_NOTICES = "拟公示和公告"
    CHECK_NOTICES = "审核和发布公示公告"
    EDIT_POLICIES = "拟政策和享受条件"
    CHECK_POLICIES = "审核和发布政策"
    VIEW_FUNDS = "查看资金台账"
    EDIT_FUNDS = "登记和更正资金"
    CHECK_FUNDS = "审核资金"
    VIEW_PROJECTS = "查看项目台账"
    EDIT_PROJECTS = "登记和更正项目"
    VIEW_ASSETS = "查看资产台账"
    EDIT_ASSETS = "登记和更正资产"
    VIEW_HELPERS = "查看帮扶力量"
    EDIT_HELPERS = "登记和更正帮扶力量"
    ENROL_DEVICES = "办理手机登记"
    ENTER_VISITS = "录入纸质走访"
    JUDGE_VISITS = "判定和会签走访"
    DRAW_SAMPLES = "抽取走访抽查"
    VIEW_IMPORTS = "查看导入批次"
    IMPORT_FILES = "导入文件"
    CHECK_IMPORTS = "审核导入批次"
    UNDO_IMPORTS = "撤销导入批次"
    REVEAL_SEALED = "查看一个加密字段"
    EXPORT_LISTS = "导出清单"
    APPROVE_EXPORTS = "批准导出完整姓名"
    EDIT_PARAMETERS = "维护参数和工作日历"
    CHECK_PARAMETERS = "复核参数改动"
    ANSWER_QUESTIONS = "答复群众提问"
    CHECK_QUESTIONS = "审核公开问答"
    ANSWER_ORDERS = "承办督办任务"
    # supervision
    VIEW_SUPERVISION = "进入监督层"
    VIEW_LEADS = "查看疑点"
    VERIFY_LEADS = "核实疑点"
    CONCLUDE_LEADS = "认定疑点"
    VIEW_RULES = "查看规则"
    RESUME_RULES = "恢复暂停的规则"
    RUN_CHECKS = "运行比对和预警"
    TRACE_MONEY = "追溯资金"
    VIEW_TRAIL = "查看留痕"
    REVIEW_READS = "复查没有案件的查阅"
    ASSIGN_LEADS = "分派疑点"
    REVIEW_LEADS = "县级复核疑点"
    SETTLE_LEADS = "处置疑点"
    HANDLE_COMPLAINTS = "办理举报"
    DECIDE_COMPLAINTS = "审批举报处置"
    EDIT_CASES = "办理案件"
    APPROVE_CASES = "审批案件"
    ISSUE_ORDERS = "制发督办单"
    EDIT_EXPOSURE = "拟曝光"
    CHECK_EXPOSURE = "审核曝光"
    DRAW_INSPECTIONS = "随机抽查"
    VIEW_INSPECTIONS = "查看随机抽查"
    RECORD_INSPECTIONS = "填写抽查记录"
    WATCH_HANDLING = "监督再监督"
    # the administrators
    VIEW_PEOPLE = "查看账号"
    ADD_PEOPLE = "建立账号"
    DISABLE_PEOPLE = "停用账号"
    PROPOSE_GRANTS = "提出授权"
    APPROVE_GRANTS = "批准授权"
    MAKE_CODES = "开具恢复码"
    RELEASE_CODES = "放行邀请码和恢复码"
    REVIEW_EMERGENCIES = "复核紧急授权"
    EXPLAIN_ACCESS = "说明为何可见"
    VIEW_ACCESS_LOG = "查看访问记录"
    VIEW_HEALTH = "查看系统状态"
    # helpers on their phones
    USE_PHONE = "使用帮扶手机端"
    # everybody who signs in
    OWN_ACCOUNT = "管理自己的账号"


P = Permission

_EVERYBODY: Final = frozenset({P.OWN_ACCOUNT})
_READ_REGISTERS: Final = frozenset(
    {P.VIEW_CONSOLE, P.VIEW_DIVISIONS, P.VIEW_HOUSEHOLDS, P.VIEW_FUNDS, P.VIEW_PROJECTS, P.VIEW_ASSETS, P.VIEW_HELPERS}
)
_IMPORT: Final = frozenset({P.VIEW_IMPORTS, P.IMPORT_FILES})
_VILLAGE: Final = _READ_REGISTERS | _IMPORT | {P.EDIT_HOUSEHOLDS, P.REVEAL_SEALED, P.ENTER_VISITS, P.EDIT_NOTICES}
_TOWNSHIP: Final = _VILLAGE | {
    P.EDIT_DIVISIONS, P.EDIT_PROJECTS, P.EDIT_ASSETS, P.EDIT_HELPERS, P.CHECK_HOUSEHOLDS, P.CHECK_IMPORTS,
    P.UNDO_IMPORTS, P.EXPORT_LISTS, P.VIEW_LEADS, P.VERIFY_LEADS, P.VIEW_RULES, P.ENROL_DEVICES, P.JUDGE_VISITS,
    P.HANDLE_DISPUTES, P.HANDLE_HELP, P.CHECK_NOTICES, P.ANSWER_QUESTIONS, P.CHECK_QUESTIONS, P.ANSWER_ORDERS,
}  # fmt: skip
_FUND: Final = _READ_REGISTERS | _IMPORT | {
    P.EDIT_FUNDS, P.CHECK_FUNDS, P.CHECK_IMPORTS, P.UNDO_IMPORTS, P.REVEAL_SEALED, P.EXPORT_LISTS, P.TRACE_MONEY,
    P.EDIT_NOTICES, P.CHECK_NOTICES, P.ANSWER_ORDERS,
}  # fmt: skip
_PROJECT: Final = _READ_REGISTERS | _IMPORT | {
    P.EDIT_PROJECTS, P.EDIT_ASSETS, P.CHECK_IMPORTS, P.UNDO_IMPORTS, P.EXPORT_LISTS, P.TRACE_MONEY,
    P.EDIT_NOTICES, P.CHECK_NOTICES, P.ANSWER_ORDERS,
}  # fmt: skip
_WATCH: Final = _READ_REGISTERS | {
    P.VIEW_SUPERVISION, P.VIEW_LEADS, P.VIEW_RULES, P.TRACE_MONEY, P.VIEW_IMPORTS, P.VIEW_INSPECTIONS, P.WATCH_HANDLING,
    P.EXPORT_LISTS,
}  # fmt: skip
"""财政、审计: they look at everything of their places and change nothing; what they find goes to discipline inspection."""
_INSPECT: Final = _WATCH | {
    P.VERIFY_LEADS, P.RUN_CHECKS, P.REVEAL_SEALED, P.VIEW_TRAIL, P.DRAW_SAMPLES, P.ASSIGN_LEADS,
    P.HANDLE_COMPLAINTS, P.EDIT_CASES, P.ISSUE_ORDERS, P.EDIT_EXPOSURE, P.DRAW_INSPECTIONS, P.RECORD_INSPECTIONS,
}  # fmt: skip
_PEOPLE: Final = frozenset({P.VIEW_PEOPLE, P.EXPLAIN_ACCESS})

ROLE_PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    Role.CITIZEN: frozenset(),
    Role.HOUSEHOLD: _EVERYBODY,  # the household's own page asks a relation, not a permission
    Role.HELPER: _EVERYBODY | {P.USE_PHONE},  # which households: the phone's interface asks the relation
    Role.VILLAGE_CLERK: _EVERYBODY | _VILLAGE,
    Role.TOWNSHIP_CLERK: _EVERYBODY | _TOWNSHIP,
    Role.DEPARTMENT_OFFICER: _EVERYBODY
    | _TOWNSHIP
    | {
        P.EDIT_FUNDS,
        P.EDIT_PARAMETERS,
        P.CHECK_PARAMETERS,
        P.TRACE_MONEY,
        P.RUN_CHECKS,
        P.APPROVE_EXPORTS,
        P.DRAW_SAMPLES,
        P.DECIDE_PROCEDURES,
        P.EDIT_POLICIES,
        P.CHECK_POLICIES,
        P.ASSIGN_LEADS,
        P.REVIEW_LEADS,
        P.SETTLE_LEADS,
    },
    Role.FUND_MANAGER: _EVERYBODY | _FUND,
    Role.PROJECT_MANAGER: _EVERYBODY | _PROJECT,
    Role.LEADER: _EVERYBODY
    | _READ_REGISTERS
    | {
        P.VIEW_LEADS,
        P.VIEW_RULES,
        P.VIEW_SUPERVISION,
        P.TRACE_MONEY,
        P.APPROVE_EXPORTS,
        P.WATCH_HANDLING,
        P.CHECK_PARAMETERS,
    },
    # the township window that prints cards: it records nothing and approves nothing
    Role.CARD_CLERK: _EVERYBODY | {P.VIEW_CONSOLE, P.PRINT_CARDS},
    Role.INSPECTOR: _EVERYBODY | _INSPECT,
    Role.INSPECTION_HEAD: _EVERYBODY
    | _INSPECT
    | {
        P.CONCLUDE_LEADS,
        P.RESUME_RULES,
        P.APPROVE_EXPORTS,
        P.REVIEW_LEADS,
        P.SETTLE_LEADS,
        P.DECIDE_COMPLAINTS,
        P.APPROVE_CASES,
        P.CHECK_EXPOSURE,
        P.REVIEW_READS,  # the auditors' reads: nobody reviews those of his own organ
    },
    Role.FINANCE_SUPERVISOR: _EVERYBODY | _WATCH,
    # another organ than discipline inspection: it reviews what inspectors read
    Role.AUDITOR: _EVERYBODY | _WATCH | {P.VIEW_TRAIL, P.REVIEW_READS},
    Role.SYSTEM_ADMIN: _EVERYBODY | _PEOPLE | {P.ADD_PEOPLE, P.DISABLE_PEOPLE, P.PROPOSE_GRANTS, P.VIEW_HEALTH},
    Role.SECURITY_ADMIN: _EVERYBODY
    | _PEOPLE
    | {P.DISABLE_PEOPLE, P.PROPOSE_GRANTS, P.APPROVE_GRANTS, P.MAKE_CODES, P.RELEASE_CODES, P.REVIEW_EMERGENCIES},
    Role.AUDIT_ADMIN: _EVERYBODY | _PEOPLE | {P.RELEASE_CODES, P.REVIEW_EMERGENCIES, P.VIEW_ACCESS_LOG, P.VIEW_TRAIL},
}


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """The roles that carry a permission, in the order of the enum (for "who can grant it" and /admin/roles)."""
    return tuple(role for role in Role if permission in ROLE_PERMISSIONS[role])
