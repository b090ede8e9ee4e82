"""What the public may see of projects and assets: everything but whole names of persons. Only this masks them.

A project's responsible person is shown masked (许*): the place may publish officials in full by its disclosure
parameters, which the door hands in. Contractors are companies and are named.
"""

from __future__ import annotations

from dataclasses import replace

from portal.kernel.masking import FieldType, mask
from portal.registers.projects.assets.queries import AssetRow
from portal.registers.projects.queries import ProjectRow


def public_project(row: ProjectRow, *, officials_in_full: bool = False) -> ProjectRow:
    """A project for everybody."""
    return row if officials_in_full else replace(row, responsible=mask(row.responsible, FieldType.NAME))


def public_asset(row: AssetRow, *, officials_in_full: bool = False) -> AssetRow:
    """An asset for everybody; its keeper is a person."""
    return row if officials_in_full else replace(row, keeper=mask(row.keeper, FieldType.NAME))
