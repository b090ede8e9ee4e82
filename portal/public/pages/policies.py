"""Policies for everybody: the list by topic, and one with its conditions in words and the money it is paid from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.publishing.policies.queries import PolicyRow, fits, get_published, list_published, versions_of
from portal.registers.divisions.queries import names_of
from portal.registers.funds import queries as funds
from portal.web.exports import Column
from portal.web.language import gettext as _
from portal.web.policy_words import TOPICS, Line, lines_of


def policy_columns() -> list[Column]:
    """Policies as a list."""
    return [
        Column("slug", _("编号")), Column("title", _("名称")), Column("topic", _("管哪方面")), Column("about", _("按户还是按人")),
        Column("document", _("文件名称")), Column("document_no", _("文号")), Column("issuer", _("发文机关")),
        Column("issued_on", _("发文日期"), "date"), Column("valid_from", _("有效期自"), "date"),
        Column("valid_to", _("有效期至"), "date"), Column("card", _("明白话")), Column("amount", _("给多少")),
        Column("apply_how", _("怎么办")), Column("call", _("找谁")), Column("version", _("版本"), "number"),
    ]  # fmt: skip


def policy_rows(policies: Sequence[PolicyRow]) -> list[dict[str, Any]]:
    """The list for a download."""
    return [{column.code: getattr(policy, column.code) for column in policy_columns()} for policy in policies]


def condition_columns() -> list[Column]:
    """The conditions of one policy."""
    return [
        Column("depth", _("层"), "number"),
        Column("condition", _("享受条件")),
        Column("article", _("条款")),
    ]


@dataclass(frozen=True)
class PolicyPage:
    """One policy."""

    policy: PolicyRow
    lines: Sequence[Line]
    place: str
    programmes: Sequence[tuple[str, str]]
    versions: Sequence[PolicyRow]
    is_in_force: bool

    def condition_rows(self) -> list[dict[str, Any]]:
        """The conditions for a download."""
        return [{"depth": line.depth, "condition": line.words, "article": line.article} for line in self.lines]


def policy_page(session: Session, slug: str, version: int | None, today: date) -> PolicyPage:
    """One published policy, or an earlier version of it. Raises NotFound."""
    policy = get_published(session, slug, version)
    names = [
        (row.code, row.name)
        for row in funds.list_programmes(session, limit=None)
        if any(fits(pattern, row.code) for pattern in policy.programmes)
    ]
    place = names_of(session, [policy.division_code]).get(policy.division_code, policy.division_code)
    lines = list(lines_of(policy.tree()))
    return PolicyPage(policy, lines, place, names, versions_of(session, slug), policy.holds_on(today))


def by_topic(session: Session, topic: str, words: str) -> tuple[list[tuple[str, list[PolicyRow]]], list[PolicyRow]]:
    """Published policies in groups, and all of them."""
    found = list_published(session, topic=topic, words=words)
    groups = [(key, [row for row in found if row.topic == key]) for key in TOPICS]
    return [(key, rows) for key, rows in groups if rows], found
