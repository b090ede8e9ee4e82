"""Photos: kept whole or not at all, sealed, shown by an act, and found again when they are used a second time."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.jobs.photos import hash_windows
from portal.kernel import sealed_files
from portal.kernel.database import reading, writing
from portal.kernel.errors import BadInput, NotFound, Refused
from portal.registers.corrections import Act
from portal.registers.divisions.rules import NATION
from portal.registers.helpers.check_ins.photos.actions import keep_photo, open_original
from portal.registers.helpers.check_ins.photos.models import Photo, PhotoBand, PhotoWindows
from portal.registers.helpers.check_ins.photos.queries import list_matches, list_waiting
from portal.registers.helpers.check_ins.photos.rules import FOLDER, Filed, derivative_name, likenesses, original_name
from portal.registers.helpers.check_ins.rules import Context
from portal.registers.sealed import keyring_of
from portal.settings import PROJECT_ROOT, Settings
from portal.trail import queries as trail
from tests.factories.divisions import make_parameter
from tests.factories.visits import NOON, picture

WHO = ("B-1", "d-1")
LOOK = Act("user:inspector", "核对照片是否翻拍")


@pytest.fixture
def context(settings: Settings) -> Context:
    return Context("user:helper", settings.files_dir)


def keep(session: Session, context: Context, data: bytes, device: str = "d-1") -> bool:
    return keep_photo(session, context, "B-1", device, hashlib.sha256(data).hexdigest(), data, NOON)


def test_a_photo_is_kept_sealed_with_its_rebuilt_picture_beside_it(session: Session, context: Context) -> None:
    data = picture(1, comment=b"plain remark")
    digest = hashlib.sha256(data).hexdigest()
    assert keep(session, context, data)
    assert not keep(session, context, data)
    folder, keyring = context.files_dir / FOLDER, keyring_of(session)
    assert sealed_files.read(folder, original_name(digest), keyring) == data
    rebuilt = sealed_files.read(folder, derivative_name(digest), keyring)
    assert Image.open(io.BytesIO(rebuilt)).size == (320, 240) and b"plain remark" not in rebuilt
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) == 2 and all(b"JFIF" not in path.read_bytes() for path in files)
    photo = session.scalars(select(Photo)).one()
    assert (photo.width, photo.height, photo.size, photo.exif_sealed) == (320, 240, len(data), None)


def test_another_device_s_upload_of_the_same_bytes_is_its_own(session: Session, context: Context) -> None:
    data = picture(1)
    assert keep(session, context, data)
    assert keep(session, context, data, device="d-2")
    rows = session.scalars(select(Photo).order_by(Photo.id)).all()
    assert [row.device_id for row in rows] == ["d-1", "d-2"]
    assert rows[0].phash == rows[1].phash and rows[0].width == rows[1].width


def test_other_bytes_than_announced_and_no_picture_leave_nothing(session: Session, context: Context) -> None:
    with pytest.raises(BadInput) as refusal:
        keep_photo(session, context, *WHO, "ab" * 32, picture(1), NOON)
    assert refusal.value.code == "digest_mismatch"
    with pytest.raises(BadInput) as refusal:
        keep(session, context, b"\x89PNG\r\n\x1a\n no picture")
    assert refusal.value.code == "bad_photo"
    assert not (context.files_dir / FOLDER).exists()
    assert session.scalar(select(func.count()).select_from(Photo)) == 0


def test_the_same_upload_many_times_at_once_is_one(engine: Engine, context: Context) -> None:
    data = picture(1)

    def send(_number: int) -> bool:
        with writing(engine) as session:
            return keep(session, context, data)

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(send, range(6)))
    assert sorted(found) == [False] * 5 + [True]
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(Photo)) == 1


_KILLED = """
import hashlib, os, signal, sys
from pathlib import Path
from portal.kernel import sealed_files
from portal.kernel.database import writing
from portal.registers.helpers.check_ins.photos import actions
from portal.registers.helpers.check_ins.rules import Context
from portal.settings import read_settings
from portal.trail.connect import connect
from tests.factories.visits import NOON, picture
import portal.schema

calls, stop = [0], int(sys.argv[1])
def counted(real):
    def call(*a, **k):
        calls[0] += 1
        if calls[0] == stop:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*a, **k)
    return call
os.fsync, Path.rename = counted(os.fsync), counted(Path.rename)
actions.record = counted(actions.record)
settings = read_settings()
engine = connect(settings)
data = picture(1)
with writing(engine) as session:
    actions.keep_photo(session, Context("user:h", settings.files_dir), "B-1", "d-1", hashlib.sha256(data).hexdigest(), data, NOON)
print("kept")
"""


@pytest.mark.parametrize("step", [2, 4, 5, 7, 8, 10])
def test_whoever_is_killed_while_keeping_a_photo_leaves_a_whole_one_or_none(
    engine: Engine, settings: Settings, step: int
) -> None:
    home = {"YANGGUANG_HOME": str(settings.home), "YANGGUANG_DATABASE_URL": settings.database_url}
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(step)],
        cwd=PROJECT_ROOT, env={**os.environ, **home}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr[-500:]
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(Photo)) == 0
    data, context = picture(1), Context("user:helper", settings.files_dir)
    for name in (original_name(hashlib.sha256(data).hexdigest()), derivative_name(hashlib.sha256(data).hexdigest())):
        place = sealed_files.place_of(settings.files_dir / FOLDER, name)
        with writing(engine) as session:
            assert not place.exists() or sealed_files.read(settings.files_dir / FOLDER, name, keyring_of(session))
    with writing(engine) as session:
        assert keep(session, context, data)
        assert sealed_files.read(settings.files_dir / FOLDER, name, keyring_of(session))


def test_an_original_is_opened_by_an_act_that_leaves_a_sealed_event(session: Session, context: Context) -> None:
    data = picture(1)
    keep(session, context, data)
    photo = session.scalars(select(Photo)).one()
    with pytest.raises(BadInput):
        open_original(session, context, photo.id, Act("user:inspector", ""), NOON)
    assert open_original(session, context, photo.id, LOOK, NOON) == data
    entries = trail.list_history(session, "photo", str(photo.id))
    assert [entry.kind for entry in entries] == ["access.photo_opened", "photo.kept"]
    assert entries[0].why == LOOK.why
    with pytest.raises(NotFound):
        open_original(session, context, photo.id + 1, LOOK, NOON)


def test_originals_count_against_the_day_s_quota(session: Session, context: Context) -> None:
    make_parameter(session, "reveal_quota", "1", NATION)
    data = picture(1)
    keep(session, context, data)
    number = session.scalars(select(Photo.id)).one()
    assert open_original(session, context, number, LOOK, NOON) == data
    with pytest.raises(Refused):
        open_original(session, context, number, LOOK, NOON)


def altered(seed: int, how: str) -> bytes:
    """A picture that was used before, altered as somebody would who does not want it to be found."""
    image = Image.open(io.BytesIO(picture(seed, (800, 600))))
    if how == "mirrored":
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    elif how == "cropped":
        image = image.crop((40, 30, 760, 570))
    elif how == "cropped and mirrored":
        image = image.crop((80, 60, 720, 540)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    elif how == "half the size":
        image = image.resize((400, 300))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=55)
    return out.getvalue()


def test_the_worker_finds_what_was_used_before_and_nothing_else(
    engine: Engine, settings: Settings, context: Context
) -> None:
    ways = ("recompressed", "half the size", "mirrored", "cropped", "cropped and mirrored")
    pictures = [picture(seed, (800, 600)) for seed in range(20, 26)]
    pictures += [altered(20 + number, how) for number, how in enumerate(ways)]
    for data in pictures:
        with writing(engine) as session:
            keep(session, context, data)
    with reading(engine) as session:
        assert len(list_waiting(session, 100)) == 11
    assert hash_windows(settings) == {"hashed": 11, "alike": 5, "failed": 0}
    with reading(engine) as session:
        ids = list(session.scalars(select(Photo.id).order_by(Photo.id)))
        found = list_matches(session, ids)
        assert [(m.photo_id, m.earlier_id) for m in found] == [(ids[6 + n], ids[n]) for n in range(5)]
        assert [(m.window > 0, m.mirrored) for m in found] == [
            (False, False), (False, False), (False, True), (True, False), (True, True),
        ]  # fmt: skip
        assert all(m.bits <= 4 for m in found)
        assert list_waiting(session, 100) == []
    assert hash_windows(settings) == {"hashed": 0, "alike": 0, "failed": 0}


def test_an_earlier_crop_is_found_in_the_later_whole(engine: Engine, settings: Settings, context: Context) -> None:
    for data in (altered(30, "cropped"), picture(30, (800, 600))):
        with writing(engine) as session:
            keep(session, context, data)
    assert hash_windows(settings)["alike"] == 1


def test_a_picture_that_is_gone_is_tried_three_times_and_then_left(
    engine: Engine, settings: Settings, context: Context
) -> None:
    with writing(engine) as session:
        keep(session, context, picture(1))
    for path in (settings.files_dir / FOLDER).rglob("*.rebuilt"):
        path.unlink()
    assert hash_windows(settings) == {"hashed": 0, "alike": 0, "failed": 3}
    with reading(engine) as session:
        assert list_waiting(session, 10) == []
        assert session.scalar(select(func.count()).select_from(PhotoBand)) == 0
        assert session.scalars(select(PhotoWindows.tries)).one() == 3


def test_the_nearest_likeness_counts_once_for_each_earlier_photo() -> None:
    hashes = [0] + [2**64 - 1] * 18 + [0b111] + [2**63] * 18
    filed = [Filed(1, 0, 0b1), Filed(1, 5, 0b11), Filed(2, 3, 0b101), Filed(3, 0, 0xFFFF)]
    assert [(like.earlier_id, like.bits, like.window, like.mirrored) for like in likenesses(hashes, filed)] == [
        (1, 1, 0, False),
        (2, 1, 3, True),
    ]


def test_no_file_of_the_home_names_anybody(engine: Engine, settings: Settings, context: Context) -> None:
    with writing(engine) as session:
        keep(session, context, picture(1))
    names = [path.relative_to(settings.files_dir).as_posix() for path in settings.files_dir.rglob("*")]
    assert names and not any("B-1" in name or "d-1" in Path(name).name for name in names)
