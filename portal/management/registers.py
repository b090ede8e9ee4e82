"""The registers of the console: a new one adds its PAGES here."""

from __future__ import annotations

from portal.kernel.errors import NotFound
from portal.management import (
    divisions,
    helpers,
    households,
    income_facts,
    money,
    parameters,
    payments,
    projects,
    unreached_list,
    visit_lists,
)
from portal.management.register_pages import RegisterPage

REGISTERS: tuple[RegisterPage, ...] = (
    *households.PAGES, *income_facts.PAGES, *helpers.PAGES, *visit_lists.PAGES, *money.PAGES, *payments.PAGES, *projects.PAGES,
    *divisions.PAGES, *parameters.PAGES, *unreached_list.PAGES,
)  # fmt: skip


def register_named(slug: str) -> RegisterPage:
    """The register of a list's name; NotFound when there is none."""
    found = next((page for page in REGISTERS if page.slug == slug), None)
    if found is None:
        raise NotFound("没有这个清单", fix="从台账的清单进入")
    return found
