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
    VIEW_FUNDS = "查看资金台账"
    EDIT_FUNDS = "登记和更正资金"
    CHECK_FUNDS = "审核资金"
    VIEW_PROJECTS = "查看项目台账"
    EDIT_PROJECTS = "登记和更正项目"
    VIEW_ASSETS = "查看资产台账"
    EDIT_ASSETS = "登记和更正资产"
    VIEW_HELPERS = "查看帮扶力量"
    EDIT_HELPERS = "登记和更正帮扶力量"
    VIEW_IMPORTS = "查看导入批次"
    IMPORT_FILES = "导入文件"
    CHECK_IMPORTS = "审核导入批次"
    UNDO_IMPORTS = "撤销导入批次"
    REVEAL_SEALED = "查看一个加密字段"
    EXPORT_LISTS = "导出清单"
    EDIT_PARAMETERS = "维护参数和工作日历"
    # supervision
    VIEW_SUPERVISION = "进入监督层"
    VIEW_LEADS = "查看疑点"
    VERIFY_LEADS = "核实疑点"
    CONCLUDE_LEADS = "认定疑点"
    VIEW_RULES = "查看规则"
    RUN_CHECKS = "运行比对和预警"
    TRACE_MONEY = "追溯资金"
    VIEW_TRAIL = "查看留痕"
    # the administrators
    VIEW_PEOPLE = "查看账号"
    ADD_PEOPLE = "建立账号"
    DISABLE_PEOPLE = "停用账号"
    PROPOSE_GRANTS = "提出授权"
    APPROVE_GRANTS = "批准授权"
    MAKE_CODES = "开具恢复码"
    RELEASE_CODES = "放行邀请码和恢复码"
    EXPLAIN_ACCESS = "说明为何可见"
    VIEW_ACCESS_LOG = "查看访问记录"
    VIEW_HEALTH = "查看系统状态"
    # everybody who signs in
    OWN_ACCOUNT = "管理自己的账号"


P = Permission

_EVERYBODY: Final = frozenset({P.OWN_ACCOUNT})
_READ_REGISTERS: Final = frozenset(
    {P.VIEW_CONSOLE, P.VIEW_DIVISIONS, P.VIEW_HOUSEHOLDS, P.VIEW_FUNDS, P.VIEW_PROJECTS, P.VIEW_ASSETS, P.VIEW_HELPERS}
)
_IMPORT: Final = frozenset({P.VIEW_IMPORTS, P.IMPORT_FILES})
_VILLAGE: Final = _READ_REGISTERS | _IMPORT | {P.EDIT_HOUSEHOLDS, P.REVEAL_SEALED}
_TOWNSHIP: Final = _VILLAGE | {
    P.EDIT_DIVISIONS, P.EDIT_PROJECTS, P.EDIT_ASSETS, P.EDIT_HELPERS, P.CHECK_HOUSEHOLDS, P.CHECK_IMPORTS,
    P.UNDO_IMPORTS, P.EXPORT_LISTS, P.VIEW_LEADS, P.VERIFY_LEADS, P.VIEW_RULES,
}  # fmt: skip
_FUND: Final = _READ_REGISTERS | _IMPORT | {
    P.EDIT_FUNDS, P.CHECK_FUNDS, P.CHECK_IMPORTS, P.UNDO_IMPORTS, P.REVEAL_SEALED, P.EXPORT_LISTS, P.TRACE_MONEY,
}  # fmt: skip
_PROJECT: Final = _READ_REGISTERS | _IMPORT | {
    P.EDIT_PROJECTS, P.EDIT_ASSETS, P.CHECK_IMPORTS, P.UNDO_IMPORTS, P.EXPORT_LISTS, P.TRACE_MONEY,
}  # fmt: skip
_WATCH: Final = _READ_REGISTERS | {P.VIEW_SUPERVISION, P.VIEW_LEADS, P.VIEW_RULES, P.TRACE_MONEY, P.VIEW_IMPORTS}
_INSPECT: Final = _WATCH | {P.VERIFY_LEADS, P.RUN_CHECKS, P.REVEAL_SEALED, P.EXPORT_LISTS, P.VIEW_TRAIL}
_PEOPLE: Final = frozenset({P.VIEW_PEOPLE, P.EXPLAIN_ACCESS})

ROLE_PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    Role.CITIZEN: frozenset(),
    Role.HOUSEHOLD: _EVERYBODY,  # the household's own page asks a relation, not a permission
    Role.HELPER: _EVERYBODY,  # the phone's interface asks a relation, not a permission
    Role.VILLAGE_CLERK: _EVERYBODY | _VILLAGE,
    Role.TOWNSHIP_CLERK: _EVERYBODY | _TOWNSHIP,
    Role.DEPARTMENT_OFFICER: _EVERYBODY | _TOWNSHIP | {P.EDIT_FUNDS, P.EDIT_PARAMETERS, P.TRACE_MONEY, P.RUN_CHECKS},
    Role.FUND_MANAGER: _EVERYBODY | _FUND,
    Role.PROJECT_MANAGER: _EVERYBODY | _PROJECT,
    Role.LEADER: _EVERYBODY | _READ_REGISTERS | {P.VIEW_LEADS, P.VIEW_RULES, P.VIEW_SUPERVISION, P.TRACE_MONEY},
    Role.INSPECTOR: _EVERYBODY | _INSPECT,
    Role.INSPECTION_HEAD: _EVERYBODY | _INSPECT | {P.CONCLUDE_LEADS},
    Role.FINANCE_SUPERVISOR: _EVERYBODY | _WATCH | {P.VERIFY_LEADS, P.RUN_CHECKS, P.EXPORT_LISTS},
    Role.AUDITOR: _EVERYBODY | _WATCH | {P.VIEW_TRAIL, P.EXPORT_LISTS},
    Role.SYSTEM_ADMIN: _EVERYBODY | _PEOPLE | {P.ADD_PEOPLE, P.DISABLE_PEOPLE, P.PROPOSE_GRANTS, P.VIEW_HEALTH},
    Role.SECURITY_ADMIN: _EVERYBODY
    | _PEOPLE
    | {P.DISABLE_PEOPLE, P.PROPOSE_GRANTS, P.APPROVE_GRANTS, P.MAKE_CODES, P.RELEASE_CODES},
    Role.AUDIT_ADMIN: _EVERYBODY | _PEOPLE | {P.RELEASE_CODES, P.VIEW_ACCESS_LOG, P.VIEW_TRAIL},
}


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """The roles that carry a permission, in the order of the enum (for "who can grant it" and /admin/roles)."""
    return tuple(role for role in Role if permission in ROLE_PERMISSIONS[role])
