"""Reads of keys: which pairs get what arrives, and what a person's passphrase would open."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.oversight.complaints.keys.models import AuthorityKey, Custodian, KeyShare, PersonalKey
from portal.oversight.complaints.keys.rules import Personal


@dataclass(frozen=True)
class PublicKey:
    """The public half of an organ's newest pair."""

    id: int
    authority: str
    version: int
    public: bytes
    file_recipient: str


def public_keys(session: Session, authorities: Collection[str]) -> dict[str, PublicKey]:
    """The newest pair of each organ that has one."""
    rows = session.execute(
        select(
            AuthorityKey.id, AuthorityKey.authority, AuthorityKey.version, AuthorityKey.public,
            AuthorityKey.file_recipient,
        )
        .where(AuthorityKey.authority.in_(authorities), AuthorityKey.retired_on.is_(None))
        .order_by(AuthorityKey.version)
    )  # fmt: skip
    return {row.authority: PublicKey(*row) for row in rows}


def find_personal(session: Session, username: str) -> tuple[int, Personal] | None:
    """A person's own pair in force."""
    row = session.scalar(select(PersonalKey).where(PersonalKey.username == username, PersonalKey.retired_on.is_(None)))
    if row is None:
        return None
    return row.id, Personal(row.public, row.salt, row.memory_kib, row.passes, row.private_box)


@dataclass(frozen=True)
class Held:
    """One share of one person that counts."""

    authority: str
    version: int
    box: bytes


def shares_of(session: Session, personal_key_id: int) -> list[Held]:
    """The shares that a personal key opens: first ones, and those a second person agreed to."""
    rows = session.execute(
        select(AuthorityKey.authority, AuthorityKey.version, KeyShare.box)
        .join(AuthorityKey, AuthorityKey.id == KeyShare.authority_key_id)
        .where(
            KeyShare.personal_key_id == personal_key_id,
            KeyShare.ended_on.is_(None),
            or_(KeyShare.is_first, KeyShare.agreed_by.is_not(None)),
        )
    )
    return [Held(*row) for row in rows]


@dataclass(frozen=True)
class ShareRow:
    """One share as the page of keys shows it."""

    id: int
    authority: str
    version: int
    username: str
    given_by: str
    given_on: date
    is_first: bool
    agreed_by: str | None


def list_shares(session: Session, authorities: Collection[str]) -> list[ShareRow]:
    """Who may open what arrives for these organs, and what waits for its second person."""
    rows = session.execute(
        select(
            KeyShare.id, AuthorityKey.authority, AuthorityKey.version, PersonalKey.username, KeyShare.given_by,
            KeyShare.given_on, KeyShare.is_first, KeyShare.agreed_by,
        )
        .join(AuthorityKey, AuthorityKey.id == KeyShare.authority_key_id)
        .join(PersonalKey, PersonalKey.id == KeyShare.personal_key_id)
        .where(
            AuthorityKey.authority.in_(authorities),
            AuthorityKey.retired_on.is_(None),
            KeyShare.ended_on.is_(None),
            PersonalKey.retired_on.is_(None),
        )
        .order_by(AuthorityKey.authority, PersonalKey.username)
    )  # fmt: skip
    return [ShareRow(*row) for row in rows]


def custodians(session: Session) -> list[Custodian]:
    """The custodians in office, the longest-serving first."""
    return list(session.scalars(select(Custodian).where(Custodian.ended_on.is_(None)).order_by(Custodian.id)))


def list_pairs(session: Session) -> list[AuthorityKey]:
    """Every pair of every organ, without anything that opens."""
    return list(session.scalars(select(AuthorityKey).order_by(AuthorityKey.authority, AuthorityKey.version)))


def get_escrow(session: Session, authority: str, version: int = 0) -> AuthorityKey:
    """The pair whose escrow is asked for, the newest for version 0; raises NotFound where none is put away."""
    query = select(AuthorityKey).where(AuthorityKey.authority == authority, AuthorityKey.escrow_box.is_not(None))
    if version:
        query = query.where(AuthorityKey.version == version)
    found = session.scalars(query.order_by(AuthorityKey.version.desc()).limit(1)).one_or_none()
    if found is None:
        raise NotFound(
            "没有托管的钥匙", why="这个机关没有这一把，或者还没有建", fix="用 yangguang report-keys show 看有哪些"
        )
    return found
