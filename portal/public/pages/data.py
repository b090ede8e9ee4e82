"""The data page: every list that can be taken away, with its dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.public.pages import columns
from portal.web.exports import Column
from portal.web.language import gettext as _


@dataclass(frozen=True)
class DataSet:
    """One list: its address, what it holds and its columns."""

    slug: str
    path: str
    name: str
    about: str
    columns: Sequence[Column]


def data_sets() -> list[DataSet]:
    """All lists of the public door."""
    return [
        DataSet("flow", "/flow", _("资金流向"), _("一年里钱从谁到谁，谁手里还有多少"), columns.flow_columns()),
        DataSet("funds", "/funds", _("资金项目"), _("每一项钱：谁出、谁管、多少、走到哪"), columns.programme_columns()),
        DataSet("areas", "/areas", _("地区"), _("每个县、镇、村收到多少，还有多少在账上"), columns.area_columns()),
        DataSet(
            "projects", "/projects", _("项目"), _("每个项目在哪、谁建、花多少、走到第几步"), columns.project_columns()
        ),
    ]
