"""Complaints as they lie: sealed from arrival, opened by the organ's key, by the writer's code, and by nothing else."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.database import now_utc
from portal.kernel.errors import BadFields, NotAllowed, Refused
from portal.kernel.sealing import SealError
from portal.oversight.complaints.actions import add_message, submit
from portal.oversight.complaints.boxes.actions import rewrap, rewrap_rotated
from portal.oversight.complaints.boxes.queries import recipients_of
from portal.oversight.complaints.files.queries import list_files, open_one
from portal.oversight.complaints.keys.actions import agree_share, rotate, set_passphrase, share_key, unlock
from portal.oversight.complaints.keys.models import AuthorityKey
from portal.oversight.complaints.keys.queries import public_keys
from portal.oversight.complaints.keys.rules import new_personal
from portal.oversight.complaints.models import Complaint, Mode
from portal.oversight.complaints.queries import (
    find_by_locator,
    open_body,
    open_identity,
    talk_for_organ,
    talk_for_writer,
)
from portal.oversight.complaints.rules import Attachment, Submission, derive, matches, padded, prepare, unpadded
from portal.registers.corrections import Act
from tests.conftest import Filling, in_one_session
from tests.factories.accounts import cheap_hashes
from tests.factories.complaints import (
    CITY,
    COUNTY,
    PASSPHRASE,
    PEPPER,
    TEXT,
    VILLAGE,
    a_county,
    arrive,
    opened,
)

ACT = Act("user:county-head", "办案需要")


@pytest.fixture
def beginning() -> Filling:
    return in_one_session(a_county)


def taken(session: Session, tmp_path: Path, said: Submission) -> tuple[Complaint, str]:
    with cheap_hashes():
        receipt = submit(session, said, prepare(PEPPER), tmp_path, now_utc())
    row = find_by_locator(session, receipt.locator)
    assert row is not None
    return row, receipt.code


def test_the_organ_opens_what_was_written_and_nobody_else_does(session: Session) -> None:
    complaint = arrive(session, [("周大田", "柳荫村")])
    assert complaint.authority == COUNTY
    body = open_body(session, complaint, opened(session, "county-inspector"))
    assert (body.text, body.accused) == (TEXT, (("周大田", "柳荫村"),))
    assert open_body(session, complaint, opened(session, "city-head")).text == TEXT  # it may be raised to the city
    with pytest.raises(NotAllowed, match="还没有设案件口令"):
        unlock(session, "town-head", PASSPHRASE)
    with pytest.raises(NotAllowed, match="口令不对"):
        unlock(session, "county-inspector", PASSPHRASE + "四")


def test_a_matter_of_the_county_organ_is_sealed_above_it(session: Session) -> None:
    complaint = arrive(session, [("程守正", "JW-COUNTY")])
    assert complaint.authority == CITY
    assert COUNTY not in recipients_of(session, complaint.id)
    with pytest.raises(SealError, match="打不开这一件"):
        open_body(session, complaint, opened(session, "county-inspector"))


def test_no_column_holds_a_word_of_it(session: Session, tmp_path: Path) -> None:
    said = Submission(
        "有人要好处", Mode.NAMED_CONFIDENTIAL, VILLAGE, text="独一无二的词句", contact="陈阿婆 电话一三九", accused=[("何其贪", "柳荫村")],
        attachments=[Attachment("录音里的话".encode(), "audio/webm")],
    )  # fmt: skip
    complaint, code = taken(session, tmp_path, said)
    add_message(session, complaint, "后来又想起的事", now_utc())
    session.flush()
    everything = b"".join(
        repr(tuple(row)).encode() + b"".join(v for v in row if isinstance(v, bytes))
        for table in session.get_bind().dialect.get_table_names(session.connection())  # type: ignore[attr-defined]  # of a live connection
        for row in session.connection().exec_driver_sql(f'SELECT * FROM "{table}"')
        if table.startswith(("complaint", "trail", "change"))
    )
    kept = everything + b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for word in ("独一无二", "陈阿婆", "何其贪", "后来又想起", "录音里的话", code.replace(" ", "")):
        assert word.encode() not in kept
        assert json.dumps(word)[1:-1].encode() not in kept
    unlocked = opened(session, "county-head")
    assert open_identity(session, complaint, unlocked) == "陈阿婆 电话一三九"
    (file,) = list_files(session, complaint, unlocked)
    assert open_one(session, complaint, file.id, tmp_path, unlocked).data == "录音里的话".encode()


def test_the_writer_reads_the_talk_with_the_code_and_not_without(session: Session, tmp_path: Path) -> None:
    complaint, code = taken(session, tmp_path, Submission("不该有的有", Mode.ANONYMOUS, VILLAGE))
    add_message(session, complaint, "请问哪一天开的会？", now_utc(), actor="user:county-inspector")
    add_message(session, complaint, "上月初八", now_utc())
    with cheap_hashes():
        mine, other = derive(PEPPER, code, complaint.code_salt), derive(PEPPER, "0" * 16, complaint.code_salt)
    assert (matches(mine, complaint.code_hash), matches(other, complaint.code_hash), matches(mine, None)) == (
        True, False, False,
    )  # fmt: skip
    said = talk_for_writer(session, complaint, mine.private)
    assert [(one.from_writer, one.text) for one in said] == [(False, "请问哪一天开的会？"), (True, "上月初八")]
    with pytest.raises(SealError):
        talk_for_writer(session, complaint, other.private)
    assert [one.text for one in talk_for_organ(session, complaint, opened(session, "county-head"))] == [
        one.text for one in said
    ]


def test_a_reset_passphrase_opens_nothing_until_two_colleagues_agree(session: Session) -> None:
    complaint = arrive(session)
    fresh = new_personal("另外一个很长的案件口令呀呀", memory_kib=64, passes=1)
    set_passphrase(session, "county-inspector", fresh, Act("user:county-inspector", "忘了"), now_utc())
    with pytest.raises(SealError):
        open_body(session, complaint, unlock(session, "county-inspector", "另外一个很长的案件口令呀呀"))
    share = share_key(session, opened(session, "county-head"), COUNTY, "county-inspector", ACT, now_utc())
    for same in ("user:county-head", "user:county-inspector"):
        with pytest.raises(Refused, match="换一个人"):
            agree_share(session, share.id, Act(same, ""), now_utc())
    agree_share(session, share.id, Act("user:county-inspector-2", ""), now_utc())
    body = open_body(session, complaint, unlock(session, "county-inspector", "另外一个很长的案件口令呀呀"))
    assert body.text == TEXT


def test_whoever_left_opens_nothing_after_the_rotation(session: Session) -> None:
    complaint = arrive(session)
    leaving = opened(session, "county-inspector-2")
    former, _new = rotate(
        session, opened(session, "county-head"), COUNTY, ["county-head", "county-inspector"], ACT, now_utc()
    )
    assert rewrap_rotated(session, former, public_keys(session, [COUNTY])[COUNTY], [complaint.id]) == 1
    with pytest.raises(SealError):
        open_body(session, complaint, leaving)
    assert opened(session, "county-inspector-2").secrets == ()
    assert open_body(session, complaint, opened(session, "county-inspector")).text == TEXT
    assert session.scalars(select(AuthorityKey.version).where(AuthorityKey.authority == COUNTY)).all() == [1, 2]


def test_new_readers_get_the_key_from_somebody_who_reads_now(session: Session) -> None:
    complaint = arrive(session)
    with pytest.raises(NotAllowed):
        rewrap(session, complaint, [CITY], unlock(session, "county-head", PASSPHRASE).__class__("nobody", b""))
    rewrap(session, complaint, [CITY], opened(session, "county-head"))
    assert recipients_of(session, complaint.id) == [CITY]
    with pytest.raises(SealError):
        open_body(
            session,
            complaint,
            opened(session, "county-head").__class__(
                "county-inspector", b"", opened(session, "county-inspector").secrets
            ),
        )
    assert open_body(session, complaint, opened(session, "city-inspector")).text == TEXT


def test_wrong_fields_are_named_and_nothing_is_kept(session: Session, tmp_path: Path) -> None:
    said = Submission("什么都行", Mode.NAMED, VILLAGE, text="长" * 20_001)
    with cheap_hashes(), pytest.raises(BadFields) as caught:
        submit(session, said, prepare(PEPPER), tmp_path, now_utc())
    assert {problem.field for problem in caught.value.errors} == {"kind", "contact", "text"}
    assert session.scalars(select(Complaint)).all() == []


def test_where_no_organ_has_a_key_nothing_is_taken_and_another_way_is_told(session: Session, tmp_path: Path) -> None:
    for key in session.scalars(select(AuthorityKey)):
        key.retired_on = now_utc().date()
    Act_ = Act("test", "收回")
    set_passphrase(session, "city-head", new_personal(PASSPHRASE, memory_kib=64, passes=1), Act_, now_utc())
    with cheap_hashes(), pytest.raises(Refused, match="12388"):
        submit(session, Submission("钱没到", Mode.ANONYMOUS, VILLAGE), prepare(PEPPER), tmp_path, now_utc())


def test_the_length_of_a_box_does_not_tell_a_short_word_from_a_long_one() -> None:
    assert {len(padded(b"x" * n)) for n in range(511)} == {512}
    assert [unpadded(padded(b"x" * n + b"\0")) for n in (0, 1, 600)] == [b"\0", b"x\0", b"x" * 600 + b"\0"]


def test_files_are_still_open_to_those_who_stay_and_originals_to_the_first_organ_alone(
    session: Session, tmp_path: Path
) -> None:
    attachments = [
        Attachment(b"voice", "audio/ogg"),
        Attachment(b"as it was taken", "image/original", is_original=True),
    ]
    complaint, _code = taken(session, tmp_path, Submission("数不对", Mode.ANONYMOUS, VILLAGE, attachments=attachments))
    assert [one.media_type for one in list_files(session, complaint, opened(session, "city-head"))] == ["audio/ogg"]
    former, _new = rotate(
        session, opened(session, "county-head"), COUNTY, ["county-head", "county-inspector"], ACT, now_utc()
    )
    rewrap_rotated(session, former, public_keys(session, [COUNTY])[COUNTY], [complaint.id])
    staying = opened(session, "county-inspector")
    found = {
        open_one(session, complaint, one.id, tmp_path, staying).data for one in list_files(session, complaint, staying)
    }
    assert found == {b"voice", b"as it was taken"}
    assert all(b"voice" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
