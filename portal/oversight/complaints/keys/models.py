"""Key pairs of organs 机关密钥 and of the people who may open complaints. No private half lies here in the open."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt

ACTOR = String(120)


class AuthorityKey(Base):
    """机关密钥: one pair per organ and version; the newest that is not retired gets what arrives."""

    __tablename__ = "authority_keys"
    __table_args__ = (Index("uq_authority_keys_version", "authority", "version", unique=True),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    authority: Mapped[str] = mapped_column(String(12))
    version: Mapped[int] = mapped_column(Integer)
    public: Mapped[bytes] = mapped_column(LargeBinary(32))
    file_recipient: Mapped[str] = mapped_column(String(80))  # of the pair for files: an age recipient
    escrow_box: Mapped[bytes | None] = mapped_column(LargeBinary)  # age inside age, to two custodians
    made_by: Mapped[str] = mapped_column(ACTOR)
    made_on: Mapped[date] = mapped_column(Date)
    retired_on: Mapped[date | None] = mapped_column(Date)


class PersonalKey(Base):
    """办案口令下的个人密钥: an inspector's pair; the private half lies under Argon2id of the case passphrase."""

    __tablename__ = "personal_keys"
    __table_args__ = (Index("ix_personal_keys_user", "username"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    username: Mapped[str] = mapped_column(String(64))
    public: Mapped[bytes] = mapped_column(LargeBinary(32))
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    memory_kib: Mapped[int] = mapped_column(Integer)
    passes: Mapped[int] = mapped_column(Integer)
    private_box: Mapped[bytes] = mapped_column(LargeBinary)
    made_on: Mapped[date] = mapped_column(Date)
    retired_on: Mapped[date | None] = mapped_column(Date)


class KeyShare(Base):
    """交付: an organ's private half, wrapped to one person's public half by a colleague; a second person agreed."""

    __tablename__ = "key_shares"
    __table_args__ = (
        Index("ix_key_shares_person", "personal_key_id"),
        CheckConstraint("agreed_by IS NULL OR agreed_by <> given_by", name="two_shared"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    authority_key_id: Mapped[int] = mapped_column(BigInt, ForeignKey("authority_keys.id"))
    personal_key_id: Mapped[int] = mapped_column(BigInt, ForeignKey("personal_keys.id"))
    box: Mapped[bytes] = mapped_column(LargeBinary)
    given_by: Mapped[str] = mapped_column(ACTOR)
    given_on: Mapped[date] = mapped_column(Date)
    is_first: Mapped[bool] = mapped_column(Boolean, default=False)  # made with the pair: needs no second person
    agreed_by: Mapped[str | None] = mapped_column(ACTOR)
    ended_on: Mapped[date | None] = mapped_column(Date)


class Custodian(Base):
    """托管人: holds one of the two keys under which the organs' private halves are put away."""

    __tablename__ = "escrow_custodians"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    recipient: Mapped[str] = mapped_column(String(80))  # an age recipient; the identity never comes here
    since_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
