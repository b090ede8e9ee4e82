"""Making, sharing and rotating keys. Passphrases and private halves pass through here and are kept nowhere in the open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.database import reserve_ids
from portal.kernel.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from portal.kernel.sealing import SealError
from portal.oversight.complaints.keys.models import AuthorityKey, Custodian, KeyShare, PersonalKey
from portal.oversight.complaints.keys.queries import custodians, find_personal, public_keys, shares_of
from portal.oversight.complaints.keys.rules import (
    CUSTODIANS,
    NewPair,
    Personal,
    Secret,
    Unlocked,
    new_pair,
    open_personal,
    open_share,
    put_away,
    recipient_of,
    wrap_share,
)
from portal.registers.corrections import Act
from portal.trail.actions import record


def unlock(session: Session, username: str, passphrase: str) -> Unlocked:
    """Open what a person holds. Slow (Argon2id 128 MiB): call it in a session that only reads.

    Raises NotAllowed for a wrong passphrase and for somebody who has set none.
    """
    found = find_personal(session, username)
    if found is None:
        raise NotAllowed("还没有设案件口令", why="打开举报要用自己的案件口令", fix="先设口令，再请同事授给您钥匙")
    personal_id, kept = found
    try:
        private = open_personal(kept, passphrase)
    except SealError:
        raise NotAllowed(
            "口令不对", why="这是案件口令，不是登录密码", fix="忘了的，重设口令，再请同事授给您钥匙"
        ) from None
    held = shares_of(session, personal_id)
    secrets = [open_share(one.box, one.authority, one.version, username, private) for one in held]
    return Unlocked(username, private, tuple(secrets))


def set_passphrase(session: Session, username: str, personal: Personal, act: Act, at: datetime) -> PersonalKey:
    """A person's new pair under a new passphrase (`rules.new_personal`, made before the transaction).

    What was shared with the former pair ends: a colleague shares again. So a reset by whoever took over an account
    opens nothing.
    """
    on = day_cn(at)
    former = select(PersonalKey.id).where(PersonalKey.username == username, PersonalKey.retired_on.is_(None))
    session.execute(
        update(KeyShare).where(KeyShare.personal_key_id.in_(former), KeyShare.ended_on.is_(None)).values(ended_on=on)
    )
    session.execute(
        update(PersonalKey)
        .where(PersonalKey.username == username, PersonalKey.retired_on.is_(None))
        .values(retired_on=on)
    )
    row = PersonalKey(
        id=_next(session, "personal_keys"), username=username, public=personal.public, salt=personal.salt,
        memory_kib=personal.memory_kib, passes=personal.passes, private_box=personal.private_box, made_on=on,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _record(session, "case_key.passphrase_set", username, {"user": username}, act, at)
    return row


def add_custodian(
    session: Session, name: str, recipient: str, act: Act, at: datetime, *, replaces: str = ""
) -> Custodian:
    """登记托管人: by his public age recipient; his identity never comes here. `replaces`: the name of who leaves office.

    Two hold office at a time, with two names and two keys, or one of them alone would open what is put away. Pairs that are
    put away stay so with those who were custodians then, until they are rotated. Raises BadInput, Refused, NotFound.
    """
    recipient_of(recipient)
    held = custodians(session)
    leaves = next((one for one in held if one.name == replaces.strip()), None)
    if replaces.strip() and leaves is None:
        raise NotFound("没有这位托管人", fix="用 yangguang report-keys show 看现在是谁")
    if not name.strip():
        raise BadInput("没有写托管人的姓名", fix="写姓名和单位")
    if any(name.strip() == one.name or recipient.strip() == one.recipient for one in held):
        raise Refused(
            "这个姓名或这个公钥已经登记过",
            why="两位托管人要是两个人、两把钥匙",
            fix="请另一个人用 age-keygen 生成自己的",
        )
    if leaves is None and len(held) >= CUSTODIANS:
        raise Refused("已经有两位托管人", fix="换人的，写明换下的是谁：--replaces 姓名")
    if leaves is not None:
        leaves.ended_on = day_cn(at)
    row = Custodian(
        id=_next(session, "escrow_custodians"), name=name.strip(), recipient=recipient.strip(), since_on=day_cn(at)
    )
    session.add(row)
    session.flush()
    _record(
        session,
        "case_key.custodian_added",
        str(row.id),
        {"recipient": row.recipient, "replaces": leaves.id if leaves else None},
        act,
        at,
    )
    return row


def make_pair(session: Session, authority: str, usernames: Sequence[str], act: Act, at: datetime) -> AuthorityKey:
    """The first pair of an organ, shared with these at once, and put away with the two custodians.

    Raises Conflict where there is a pair already, Refused without two custodians or where nobody has a passphrase.
    """
    if authority in public_keys(session, [authority]):
        raise Conflict("这个机关已经有密钥", fix="要换密钥的，由持有人轮换", code="has_key")
    row, _pair = _add_pair(session, authority, 1, usernames, act, at)
    _record(session, "case_key.made", f"{authority}.1", {"authority": authority, "version": 1}, act, at)
    return row


def _add_pair(
    session: Session, authority: str, version: int, usernames: Sequence[str], act: Act, at: datetime
) -> tuple[AuthorityKey, NewPair]:
    keepers = custodians(session)
    if len(keepers) < 2:
        raise Refused(
            "还没有两位托管人",
            why="口令都丢了时，只有托管的钥匙能打开举报",
            fix="先登记两位托管人的公钥：yangguang report-keys custodian 姓名 age1…",
        )
    pair = new_pair(authority, version)
    row = AuthorityKey(
        id=_next(session, "authority_keys"), authority=authority, version=version, public=pair.public,
        file_recipient=pair.file_recipient, escrow_box=put_away(pair.secret, [k.recipient for k in keepers[:2]]),
        made_by=act.actor, made_on=day_cn(at),
    )  # fmt: skip
    session.add(row)
    session.flush()
    shared = [_share(session, row, pair.secret, name, act, at, is_first=True) for name in dict.fromkeys(usernames)]
    if not any(shared):
        raise Refused("没有人能接这把钥匙", why="持有人要先设自己的案件口令", fix="请办案人员先设案件口令")
    return row, pair


def _share(
    session: Session, row: AuthorityKey, secret: Secret, username: str, act: Act, at: datetime, *, is_first: bool
) -> KeyShare | None:
    found = find_personal(session, username)
    if found is None:
        return None
    share = KeyShare(
        id=_next(session, "key_shares"), authority_key_id=row.id, personal_key_id=found[0], is_first=is_first,
        box=wrap_share(secret, username, found[1].public), given_by=act.actor, given_on=day_cn(at),
    )  # fmt: skip
    session.add(share)
    session.flush()
    return share


def share_key(session: Session, unlocked: Unlocked, authority: str, username: str, act: Act, at: datetime) -> KeyShare:
    """授给钥匙: a colleague who holds the organ's key wraps it for somebody; it counts when a second person agrees."""
    secret = unlocked.newest(authority)
    if secret is None:
        raise NotAllowed("您手里没有这个机关的钥匙", fix="请持有钥匙的同事来授")
    row = session.scalar(
        select(AuthorityKey).where(AuthorityKey.authority == authority, AuthorityKey.version == secret.version)
    )
    share = row and _share(session, row, secret, username, act, at, is_first=False)
    if not share:
        raise Refused("对方还没有设案件口令", fix="请他先设自己的案件口令")
    _record(session, "case_key.shared", str(share.id), {"authority": authority, "user": username}, act, at)
    return share


def agree_share(session: Session, share_id: int, act: Act, at: datetime) -> KeyShare:
    """同意: the second person; neither who gave it nor who gets it."""
    share = session.scalar(select(KeyShare).where(KeyShare.id == share_id).with_for_update())
    if share is None or share.is_first or share.agreed_by is not None or share.ended_on is not None:
        raise NotFound("没有等待同意的这一项", fix="刷新页面")
    receiver = session.get_one(PersonalKey, share.personal_key_id).username
    if act.actor in (share.given_by, f"user:{receiver}"):
        raise Refused(
            "要换一个人同意", why="授钥匙的人和接钥匙的人都不能自己同意", fix="请第三个人办", code="same_person"
        )
    share.agreed_by = act.actor
    session.flush()
    _record(session, "case_key.share_agreed", str(share.id), {"user": receiver}, act, at)
    return share


def rotate(
    session: Session, unlocked: Unlocked, authority: str, usernames: Sequence[str], act: Act, at: datetime
) -> tuple[Secret, Secret]:
    """轮换: a new pair for those who stay; returns the former and the new secret, for re-wrapping what is open.

    Called when somebody leaves. The former shares end: what is open must be re-wrapped in the same transaction.
    """
    former = unlocked.newest(authority)
    if former is None:
        raise NotAllowed("您手里没有这个机关的钥匙", fix="请持有钥匙的同事来轮换")
    if not usernames:
        raise BadInput("没有写留下的人", fix="选上还在办案的每一个人")
    on = day_cn(at)
    _row, pair = _add_pair(session, authority, former.version + 1, usernames, act, at)
    session.execute(
        update(AuthorityKey)
        .where(AuthorityKey.authority == authority, AuthorityKey.version <= former.version)
        .where(AuthorityKey.retired_on.is_(None))
        .values(retired_on=on)
    )
    ended = select(AuthorityKey.id).where(AuthorityKey.authority == authority, AuthorityKey.version <= former.version)
    session.execute(
        update(KeyShare).where(KeyShare.authority_key_id.in_(ended), KeyShare.ended_on.is_(None)).values(ended_on=on)
    )
    after = {"authority": authority, "version": pair.secret.version}
    _record(session, "case_key.rotated", f"{authority}.{pair.secret.version}", after, act, at)
    return former, pair.secret


def _next(session: Session, table: str) -> int:
    return reserve_ids(session.connection(), table, 1)


def _record(session: Session, kind: str, no: str, after: dict[str, object], act: Act, at: datetime) -> None:
    record(
        session, kind=kind, actor=act.actor, subjects=[("case_key", no)], after=after, why=act.why or None,
        request_id=act.request_id, sealed=True, at=at,
    )  # fmt: skip
