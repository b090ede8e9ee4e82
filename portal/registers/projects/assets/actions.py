"""What somebody does to assets: enter, correct, record a distribution."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.errors import Refused
from portal.registers.corrections import Act, Change, add_record, correct_record, get_current, refuse_unknown_fields
from portal.registers.divisions.rules import township_of
from portal.registers.projects.assets.models import Asset, AssetDistribution
from portal.registers.projects.assets.rules import asset_problem, distribution_problem, status_refusal

ASSET_FIELDS = frozenset(
    {
        "name", "project_id", "kind", "value_fen", "owner_unit_id", "confirmed_on", "operator_unit_id", "keeper",
        "yearly_income_fen", "distributed_on", "status", "division_code", "extensions",
    }
)  # fmt: skip


def enter_asset(session: Session, values: Mapping[str, Any], act: Act) -> Asset:
    """Enter an asset into the ledger 台账: `code` and any ASSET_FIELDS."""
    refuse_unknown_fields(values, ASSET_FIELDS | {"code"})
    asset_problem(values)
    if values.get("status") is not None:
        status_refusal(None, values["status"])
    if session.scalar(select(Asset.id).where(Asset.code == values["code"])) is not None:
        raise Refused("这个资产编码已经登记过", fix="更正原来的一条，或换一个编码", code="duplicate")
    row = Asset(**values)
    add_record(session, row, act, kind="asset.entered", subjects=_about(row), unit=_place(row))
    return row


def correct_asset(
    session: Session, asset_id: int, values: Mapping[str, Any], act: Act, version: str | None
) -> list[Change]:
    """Correct an asset, or say what became of it (状态)."""
    refuse_unknown_fields(values, ASSET_FIELDS)
    row = get_current(session, Asset, asset_id)
    asset_problem({"code": row.code, **{f: getattr(row, f) for f in ASSET_FIELDS}, **values})
    if values.get("status") is not None:
        status_refusal(row.status, values["status"])
    return correct_record(
        session, row, values, act, version=version, kind="asset.corrected", subjects=_about(row), unit=_place(row)
    )


def record_distribution(
    session: Session, asset_id: int, on: date, amount_fen: int, act: Act, *, households: int | None = None,
    notice_no: str | None = None,
) -> AssetDistribution:  # fmt: skip
    """Record what an asset's income gave to how many households; one a day and asset."""
    distribution_problem(amount_fen, households)
    asset = get_current(session, Asset, asset_id)
    same = select(AssetDistribution.id).where(
        AssetDistribution.asset_id == asset_id, AssetDistribution.distributed_on == on
    )
    if session.scalar(same) is not None:
        raise Refused("这一天的分配已经登记过", fix="更正原来的一条", code="duplicate")
    row = AssetDistribution(
        asset_id=asset_id,
        year=on.year,
        distributed_on=on,
        amount_fen=amount_fen,
        households=households,
        notice_no=notice_no,
    )
    add_record(session, row, act, kind="asset.distributed", subjects=_about(asset), unit=_place(asset))
    if asset.distributed_on is None or asset.distributed_on < on:
        values = {"distributed_on": on}
        correct_record(
            session,
            asset,
            values,
            act,
            version=None,
            kind="asset.corrected",
            subjects=_about(asset),
            unit=_place(asset),
        )
    return row


def _about(row: Asset) -> list[tuple[str, str]]:
    return [("asset", row.code)]


def _place(row: Asset) -> str | None:
    return township_of(row.division_code) if row.division_code else None
