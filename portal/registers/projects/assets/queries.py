"""Reads of assets and their distributions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from portal.kernel.database import table_of
from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.registers.corrections import RecordRow, as_record
from portal.registers.divisions.models import Unit
from portal.registers.divisions.queries import codes_within
from portal.registers.history import Version, history_of
from portal.registers.projects.assets.models import Asset, AssetDistribution, AssetKind, AssetStatus
from portal.registers.projects.models import Project

__all__ = ["AssetKind", "AssetStatus"]  # words that doors need for their forms

S = table_of(Asset)
Z = table_of(AssetDistribution)
J = table_of(Project)
U = table_of(Unit)
_OWNER, _OPERATOR = U.alias("owner"), U.alias("operator")


@dataclass(frozen=True)
class AssetRow:
    """One asset 扶贫资产; `distributed_fen` is everything its income gave so far."""

    id: int
    code: str
    name: str
    kind: str | None
    status: str | None
    value_fen: int | None
    yearly_income_fen: int | None
    division_code: str | None
    keeper: str | None
    confirmed_on: date | None
    distributed_on: date | None
    project_code: str | None
    project: str | None
    owner: str | None
    operator: str | None
    distributed_fen: int


@dataclass(frozen=True)
class DistributionRow:
    """One distribution 资产收益分配."""

    year: int | None
    on: date
    amount_fen: int
    households: int | None
    notice_no: str | None


def _assets() -> Select[Any]:
    given = (
        select(func.coalesce(func.sum(Z.c.amount_fen), 0))
        .where(Z.c.asset_id == S.c.id, Z.c.superseded_at.is_(None))
        .scalar_subquery()
    )
    source = (
        S.outerjoin(J, J.c.id == S.c.project_id)
        .outerjoin(_OWNER, _OWNER.c.id == S.c.owner_unit_id)
        .outerjoin(_OPERATOR, _OPERATOR.c.id == S.c.operator_unit_id)
    )
    columns = (
        S.c.id, S.c.code, S.c.name, S.c.kind, S.c.status, S.c.value_fen, S.c.yearly_income_fen, S.c.division_code,
        S.c.keeper, S.c.confirmed_on, S.c.distributed_on, J.c.code, J.c.name, _OWNER.c.name, _OPERATOR.c.name, given,
    )  # fmt: skip
    return select(*columns).select_from(source).where(S.c.superseded_at.is_(None))


def _asset(row: Any) -> AssetRow:
    values: list[Any] = [*row[:15], int(row[15] or 0)]
    return AssetRow(*values)


def list_assets(
    session: Session,
    *,
    within: Collection[str] | None = None,
    words: str = "",
    kind: str = "",
    status: str = "",
    project: str = "",
    after: Start | None = None,
    limit: int | None = 51,
) -> list[AssetRow]:
    """Assets by code; `after` says where a page starts (keyset paging)."""
    query = _assets()
    if within is not None:
        query = query.where(S.c.division_code.in_(codes_within(within)))
    if words:
        query = query.where(or_(S.c.name.contains(words, autoescape=True), S.c.code.startswith(words, autoescape=True)))
    if kind:
        query = query.where(S.c.kind == kind)
    if status:
        query = query.where(S.c.status == status)
    if project:
        query = query.where(J.c.code == project)
    return [_asset(row) for row in rows_beside(session, query, (S.c.code,), after, limit)]


def get_asset(session: Session, code: str) -> AssetRow:
    """One asset by its code; raises NotFound."""
    row = session.execute(_assets().where(S.c.code == code)).one_or_none()
    if row is None:
        raise NotFound("没有这项资产", fix="核对资产编码，或从资产列表里找")
    return _asset(row)


def list_distributions(session: Session, asset_id: int) -> list[DistributionRow]:
    """What an asset gave, the latest first."""
    query = (
        select(Z.c.year, Z.c.distributed_on, Z.c.amount_fen, Z.c.households, Z.c.notice_no)
        .where(Z.c.asset_id == asset_id, Z.c.superseded_at.is_(None))
        .order_by(Z.c.distributed_on.desc())
    )
    return [DistributionRow(*row) for row in session.execute(query)]


def count_assets(session: Session, within: Collection[str] | None = None) -> dict[str | None, tuple[int, int]]:
    """Number and value in fen of the assets by kind."""
    query = select(S.c.kind, func.count(), func.coalesce(func.sum(S.c.value_fen), 0)).where(S.c.superseded_at.is_(None))
    if within is not None:
        query = query.where(S.c.division_code.in_(codes_within(within)))
    return {kind: (int(n), int(fen)) for kind, n, fen in session.execute(query.group_by(S.c.kind))}


def asset_row(session: Session, code: str) -> RecordRow:
    """One asset for the console, with its project's code; raises NotFound."""
    row = session.scalar(select(Asset).where(Asset.code == code))
    if row is None:
        raise NotFound("没有这项资产", fix="核对资产编码，或从资产列表里找")
    record = as_record(row)
    project = session.scalar(select(J.c.code).where(J.c.id == row.project_id))
    return replace(record, values={**record.values, "project_code": project})


def asset_history(session: Session, asset_id: int) -> list[Version]:
    """Versions of an asset, newest first."""
    return history_of(session, Asset, asset_id)
