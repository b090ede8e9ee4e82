"""Tasks of supervision orders in words, for the two doors that show them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

TASK_STATES: dict[str, Any] = {
    "待签收": _l("待签收"), "承办中": _l("承办中"), "已反馈": _l("已反馈，待核查"), "已核实": _l("已核实"),
    "退回重办": _l("退回重办"), "不再办理": _l("不再办理"),
}  # fmt: skip
TASK_TAGS = {"待签收": "warn", "承办中": "info", "已反馈": "info", "已核实": "ok", "退回重办": "bad"}
