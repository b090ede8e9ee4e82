"""What somebody may or may not see, by whatever name people use for it: a division, a household, a helper, a project."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.kernel.errors import NotFound
from portal.registers.divisions import queries as divisions
from portal.registers.helpers import queries as helpers
from portal.registers.projects import queries as projects
from portal.registers.recipients import queries as recipients


@dataclass(frozen=True)
class Subject:
    """A thing, the division it lies in (None: the county's own), and the permission by which it is looked at."""

    name: str
    division: str | None
    permission: Permission


def find_subject(session: Session, text: str) -> Subject:
    """The subject of a 12-digit code, a household, helper or project number, or a division's name; NotFound if none."""
    text = text.strip()
    if re.fullmatch(r"[0-9]{12}", text):
        names = divisions.names_of(session, [text])
        if names or recipients.find_household(session, text) is None:
            return Subject(f"{names.get(text, '')}（{text}）", text, Permission.VIEW_HOUSEHOLDS)
    household = recipients.find_household(session, text)
    if household is not None:
        return Subject(text, household.values["division_code"], Permission.VIEW_HOUSEHOLDS)
    helper = helpers.find_helper(session, text)
    if helper is not None:
        return Subject(text, None, Permission.VIEW_HELPERS)
    project = projects.find_project(session, text)
    if project is not None:
        return Subject(text, project.division_code, Permission.VIEW_PROJECTS)
    found = divisions.search_divisions(session, text, limit=2)
    if len(found) != 1:
        raise NotFound(
            f"{'没有' if not found else '不止一个'}叫“{text}”的区划、户、帮扶人或项目", fix="改用编号或 12 位区划代码"
        )
    return Subject(f"{found[0].name}（{found[0].code}）", found[0].code, Permission.VIEW_HOUSEHOLDS)
