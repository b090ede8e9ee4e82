"""Complaints 举报, sealed from arrival. What routing needs stays readable to the running server: the kind, the place,
the record meant, and whoever is accused as keyed hashes. What was written, who wrote it and every file and message lie in
boxes whose keys are wrapped to the organs that may read them; the server itself cannot open one.

Days and half-days only: the minute of a report may tell who was at a telephone.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt

WRITER = "writer"
"""The recipient of a wrapped key who holds the receipt's code."""


class ComplaintKind(StrEnum):
    """反映什么: the six tiles."""

    NOT_ARRIVED = "钱没到"
    WRONG_SUM = "数不对"
    LEFT_OUT = "该有的没有"
    UNDESERVED = "不该有的有"
    FAVOURS = "有人要好处"
    WORKS = "工程有问题"


class Mode(StrEnum):
    """怎样反映: anonymous, named to the handlers alone, named."""

    ANONYMOUS = "anonymous"
    NAMED_CONFIDENTIAL = "named_confidential"
    NAMED = "named"


class Half(StrEnum):
    """哪半天."""

    MORNING = "上午"
    AFTERNOON = "下午"


class Part(StrEnum):
    """密封的部分. Each has a key of its own; a message's part is `message` with its id."""

    BODY = "body"
    IDENTITY = "identity"
    FILES = "files"
    MESSAGE = "message"
    NOTE = "note"


class Complaint(Base):
    """举报. Ids are random: an ordered one would tell how many there are and which came first."""

    __tablename__ = "complaints"
    __table_args__ = (
        Index("uq_complaints_locator", "locator", unique=True),
        Index("ix_complaints_authority", "authority", "state", "id"),
        Index("ix_complaints_subject", "subject_kind", "subject_no"),
        CheckConstraint("mode <> 'anonymous' OR identity_box IS NULL", name="anonymous_has_no_identity"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    locator: Mapped[str] = mapped_column(String(8))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))  # one half of what Argon2id makes of the code
    kind: Mapped[str] = mapped_column(String(16))
    mode: Mapped[str] = mapped_column(String(20))
    division_code: Mapped[str] = mapped_column(String(12))
    subject_kind: Mapped[str | None] = mapped_column(String(24))
    subject_no: Mapped[str | None] = mapped_column(String(80))
    received_on: Mapped[date] = mapped_column(Date)
    half: Mapped[str] = mapped_column(String(2))
    authority: Mapped[str] = mapped_column(String(12))  # the division whose organ has it
    state: Mapped[str] = mapped_column(String(8))
    is_slow: Mapped[bool] = mapped_column(Boolean, default=False)  # came without a proof of work
    body_box: Mapped[bytes] = mapped_column(LargeBinary)  # also when it is a tile and nothing else: none looks emptier
    identity_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    code_salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    writer_public: Mapped[bytes] = mapped_column(
        LargeBinary(32)
    )  # of the other half: replies are wrapped to it as well
    leaf_hash: Mapped[str] = mapped_column(String(64))
    event_no: Mapped[str] = mapped_column(String(36))  # the event whose leaf the receipt proves


class ComplaintWrap(Base):
    """钥匙包: the key of one part, wrapped to one organ (or the writer). Access is the list's and the clock's business."""

    __tablename__ = "complaint_wraps"
    __table_args__ = (
        Index("uq_complaint_wraps_part", "complaint_id", "part", "recipient", unique=True),
        Index("ix_complaint_wraps_recipient", "recipient", "key_version"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    complaint_id: Mapped[int] = mapped_column(BigInt, ForeignKey("complaints.id"))
    part: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str] = mapped_column(String(12))
    key_version: Mapped[int] = mapped_column(Integer, default=0)  # of the organ's pair; 0: the writer's
    box: Mapped[bytes] = mapped_column(LargeBinary)


class ComplaintMessage(Base):
    """往来: what the writer or the organ says after the first word."""

    __tablename__ = "complaint_messages"
    __table_args__ = (Index("ix_complaint_messages_complaint", "complaint_id", "n"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    complaint_id: Mapped[int] = mapped_column(BigInt, ForeignKey("complaints.id"))
    n: Mapped[int] = mapped_column(Integer)  # in the order of the talk
    from_writer: Mapped[bool] = mapped_column(Boolean)
    said_on: Mapped[date] = mapped_column(Date)
    half: Mapped[str] = mapped_column(String(2))
    text_box: Mapped[bytes] = mapped_column(LargeBinary)


class ComplaintFile(Base):
    """附件. The file lies beside the database under a random name; what it is called and what it is are sealed too."""

    __tablename__ = "complaint_files"
    __table_args__ = (Index("ix_complaint_files_complaint", "complaint_id"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    complaint_id: Mapped[int] = mapped_column(BigInt, ForeignKey("complaints.id"))
    message_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("complaint_messages.id"))
    name: Mapped[str] = mapped_column(String(32))  # random, of the file on disk
    about_box: Mapped[bytes] = mapped_column(LargeBinary)  # kind of file, original or cleaned


class Accused(Base):
    """被反映的人和单位, as keyed hashes: routing compares them, a copied table names nobody."""

    __tablename__ = "complaint_accused"
    __table_args__ = (
        Index("uq_complaint_accused_mark", "complaint_id", "mark", unique=True),
        Index("ix_complaint_accused_mark", "mark"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    complaint_id: Mapped[int] = mapped_column(BigInt, ForeignKey("complaints.id"))
    mark: Mapped[bytes] = mapped_column(LargeBinary(16))
