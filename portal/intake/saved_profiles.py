"""Import profiles that people save: kept as YAML in the one format, every save and every end an event of the trail."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.intake.declaration import Kind
from portal.intake.models import ImportBatch, ImportProfile
from portal.intake.profiles import Profile, load_profile, read_profile, shipped_profiles
from portal.kernel.database import now_utc
from portal.kernel.errors import BadInput, Conflict, NotFound, Refused
from portal.trail import actions as trail

_NAME = re.compile(r"[\w-]{2,60}")


def list_saved(session: Session, kind: str | None = None) -> Sequence[ImportProfile]:
    """The saved profiles that stand, by name."""
    statement = select(ImportProfile).where(ImportProfile.ended_at.is_(None)).order_by(ImportProfile.name)
    if kind is not None:
        statement = statement.where(ImportProfile.kind == kind)
    return session.scalars(statement).all()


def list_versions(session: Session, name: str) -> Sequence[ImportProfile]:
    """All versions of one name, newest first."""
    statement = select(ImportProfile).where(ImportProfile.name == name).order_by(ImportProfile.id.desc())
    return session.scalars(statement).all()


def get_saved(session: Session, name: str) -> ImportProfile:
    """The standing version of a saved profile; NotFound otherwise."""
    statement = select(ImportProfile).where(ImportProfile.name == name, ImportProfile.ended_at.is_(None))
    saved = session.scalar(statement)
    if saved is None:
        raise NotFound("没有这个导入方案", why="可能已经停用", fix="从导入方案列表里找")
    return saved


def choose_profile(session: Session, name_or_file: str, kind: Kind | None, saved_in: Path | None = None) -> Profile:
    """A profile by the name that somebody saved on screen, else as `load_profile` finds it."""
    saved = next((p for p in list_saved(session) if p.name == name_or_file), None)
    if saved is not None:
        return read_profile(saved.text.encode(), saved.name, kind)
    return load_profile(name_or_file, kind, saved_in)


def profile_of(session: Session, batch: ImportBatch) -> Profile | None:
    """The very profile that a batch was read by, even when it was corrected or retired since."""
    if batch.profile is None:
        return None
    statement = select(ImportProfile).where(
        ImportProfile.name == batch.profile, ImportProfile.sha256 == batch.profile_sha256
    )
    saved = session.scalars(statement).first()
    profile = read_profile(saved.text.encode(), saved.name) if saved else load_profile(batch.profile)
    if profile.sha256 != batch.profile_sha256:
        raise Refused("导入方案已经不是那一份了", fix="重新上传这份表")
    return profile


def free_name(session: Session, name: str) -> str:
    """A name for a new profile, without blanks around it. BadInput for a bad one, Conflict when it is taken."""
    name = name.strip()
    if not _NAME.fullmatch(name):
        raise BadInput("方案名不行", why="只能用汉字、字母、数字和短横线，2 到 60 个", fix="例如：镇财政所发放表")
    if name in shipped_profiles() or any(p.name == name for p in list_saved(session)):
        raise Conflict("这个方案名已经有了", fix="换一个名字，或到导入方案里更正原来那个")
    return name


def save_profile(session: Session, name: str, text: str, *, actor: str) -> Profile:
    """Save a new profile. BadInput for a bad name or content, Conflict when the name is taken."""
    profile = read_profile(text.encode(), free_name(session, name))
    _add(session, profile, text, actor)
    _record(session, "saved", profile.name, actor, after={"kind": profile.kind, "sha256": profile.sha256})
    return profile


def correct_profile(session: Session, name: str, text: str, *, version: int, why: str, actor: str) -> Profile:
    """Replace the standing version; the old one is kept. Conflict when somebody was faster, BadInput without a reason."""
    old = _standing(session, name, version, why)
    profile = read_profile(text.encode(), name)
    if profile.kind != old.kind:
        raise BadInput("更正不能换成另一种表", fix="为那种表另存一个方案")
    old.ended_by, old.ended_at = actor, now_utc()
    _add(session, profile, text, actor)
    before, after = {"sha256": old.sha256}, {"sha256": profile.sha256}
    _record(session, "corrected", name, actor, before=before, after=after, why=why.strip())
    return profile


def retire_profile(session: Session, name: str, *, version: int, why: str, actor: str) -> None:
    """The profile is no longer offered; imports that used it keep it."""
    old = _standing(session, name, version, why)
    old.ended_by, old.ended_at = actor, now_utc()
    session.flush()
    _record(session, "retired", name, actor, before={"sha256": old.sha256}, why=why.strip())


def _standing(session: Session, name: str, version: int, why: str) -> ImportProfile:
    if len(why.strip()) < 2:
        raise BadInput("没有写原因", fix="用一句话写明为什么改")
    saved = get_saved(session, name)
    if saved.id != version:
        raise Conflict("这个方案刚才有人改过", why="您看到的是旧的一版", fix="看一遍现在这一版，再改")
    return saved


def _add(session: Session, profile: Profile, text: str, actor: str) -> None:
    digest = hashlib.sha256(text.encode()).hexdigest()
    session.add(
        ImportProfile(name=profile.name, kind=profile.kind, text=text, sha256=digest, made_by=actor, made_at=now_utc())
    )
    session.flush()


def _record(
    session: Session, what: str, name: str, actor: str, *, before: dict[str, str] | None = None,
    after: dict[str, str] | None = None, why: str | None = None,
) -> None:  # fmt: skip
    trail.record(
        session, kind=f"import_profile.{what}", actor=actor, subjects=[("import_profile", name)],
        before=before, after=after, why=why,
    )  # fmt: skip
