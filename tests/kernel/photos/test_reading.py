"""Photos from outside: rebuilt without any metadata, upright, and bombs or broken files end the child at most."""

from __future__ import annotations

import io
import os
import struct
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image, PngImagePlugin

from portal.kernel.errors import BadInput, Busy
from portal.kernel.photos.hashing import distance
from portal.kernel.photos.jail import PhotoJail, TimeIsOver
from portal.kernel.photos.limits import PhotoLimits
from portal.kernel.photos.reading import MOST_BYTES, read_photo, window_hashes
from tests.factories.visits import picture
from tests.kernel.photos import slow_to_begin
from tests.kernel.photos.slow_to_begin import BEGINS_AFTER

MARK = b"secret-remark-4711"


@pytest.fixture(scope="module")
def jail() -> Iterator[PhotoJail]:
    jail = PhotoJail()
    yield jail
    jail.close()


def with_exif(size: tuple[int, int] = (320, 240)) -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0131] = "HUAWEI", "LYA-AL00", "Adobe Photoshop"
    exif[0x0112] = 6  # held upright, stored lying
    details, place = exif.get_ifd(0x8769), exif.get_ifd(0x8825)
    details[0x9003], details[0x9011] = "2026:11:20 14:06:00", "+08:00"
    place[1], place[2], place[3], place[4] = "N", (33.0, 46.0, 52.4442), "E", (119.0, 15.0, 40.4442)
    return picture(5, size, exif=exif.tobytes(), comment=MARK)


def test_a_photo_is_rebuilt_without_metadata_and_upright(jail: PhotoJail) -> None:
    data = with_exif() + MARK
    found = read_photo(data, jail)
    assert (found.media_type, found.width, found.height) == ("image/jpeg", 240, 320)
    assert data.count(MARK) == 2 and MARK not in found.derivative
    rebuilt = Image.open(io.BytesIO(found.derivative))
    assert rebuilt.size == (240, 320)
    assert not rebuilt.getexif() and set(rebuilt.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_the_facts_of_the_exif_are_told_as_plain_values(jail: PhotoJail) -> None:
    assert read_photo(with_exif(), jail).exif == {
        "taken": "2026-11-20T14:06:00",
        "offset": "+08:00",
        "make": "HUAWEI",
        "model": "LYA-AL00",
        "editor": "Adobe Photoshop",
        "lat_e7": 337_812_345,
        "lng_e7": 1_192_612_345,
    }
    assert read_photo(picture(5), jail).exif == {}


@pytest.mark.parametrize("save", [{"format": "PNG"}, {"format": "WEBP", "quality": 60}, {"quality": 30}])
def test_the_same_picture_in_another_form_has_nearly_the_same_hash(jail: PhotoJail, save: dict[str, object]) -> None:
    first, other = read_photo(picture(7), jail), read_photo(picture(7, **save), jail)
    assert distance(first.phash, other.phash) <= 2
    assert distance(first.phash, read_photo(picture(8), jail).phash) >= 10


def test_a_large_jpeg_is_decoded_small_and_has_the_same_hash(jail: PhotoJail) -> None:
    large = read_photo(picture(7, (3200, 2400)), jail)
    assert (large.width, large.height) == (3200, 2400)
    assert 640 <= max(Image.open(io.BytesIO(large.derivative)).size) < 1280
    assert distance(large.phash, read_photo(picture(7), jail).phash) <= 2


def test_the_first_window_is_the_whole_and_a_crop_is_found_among_them(jail: PhotoJail) -> None:
    data = picture(9, (800, 600))
    whole, windows = read_photo(data, jail).phash, window_hashes(data, jail)
    assert len(windows) == 38 and distance(windows[0], whole) <= 2
    crop = Image.open(io.BytesIO(data)).crop((40, 30, 760, 570))
    out = io.BytesIO()
    crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(out, "JPEG", quality=60)
    part = read_photo(out.getvalue(), jail).phash
    assert distance(part, whole) > 10
    assert min(distance(part, window) for window in windows[19:]) <= 4


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is enormous, with little data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 50_000_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def long_text() -> bytes:
    """A PNG with a compressed remark that inflates to 200 MB."""
    info = PngImagePlugin.PngInfo()
    out = io.BytesIO()
    info.add(b"zTXt", b"a\0\0" + zlib.compress(b"x" * 200_000_000))
    Image.new("RGB", (64, 64)).save(out, "PNG", pnginfo=info)
    return out.getvalue()


BAD = {
    "nothing": b"",
    "text": b"hello" * 100,
    "half a jpeg": picture(1)[:3000],
    "half a png": picture(1, format="PNG")[:3000],
    "gif": b"GIF89a" + bytes(200),
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "tiff": b"II*\0" + bytes(100),
    "50,000 × 50,000": bomb(50_000, 50_000),
    "40 million and a row": bomb(8000, 5001),
    "a remark of 200 MB": long_text(),
    "one pixel": picture(1, (1, 1)),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD.keys())
def test_what_is_no_photo_is_refused_and_the_next_one_is_read(jail: PhotoJail, data: bytes) -> None:
    with pytest.raises(BadInput) as refusal:
        read_photo(data, jail)
    assert refusal.value.code == "bad_photo"
    assert read_photo(picture(1), jail).width == 320


def test_a_photo_beyond_eight_megabytes_never_reaches_the_child(jail: PhotoJail) -> None:
    before = jail.child_pid
    with pytest.raises(BadInput, match="8 MB"):
        read_photo(bytes(MOST_BYTES + 1), jail)
    assert jail.child_pid == before


def test_a_child_that_was_killed_is_replaced_without_a_word() -> None:
    jail = PhotoJail()
    read_photo(picture(1), jail)
    first = jail.child_pid
    assert first is not None
    os.kill(first, 9)
    assert read_photo(picture(1), jail).width == 320
    assert jail.child_pid not in (None, first)
    jail.close()


def test_a_child_that_takes_too_long_is_ended() -> None:
    jail = PhotoJail(PhotoLimits(wall_seconds=0.001))
    with pytest.raises(TimeIsOver):
        jail.ask(b"p", picture(1))
    assert jail.child_pid is None


@pytest.mark.parametrize("limits", [PhotoLimits(wall_seconds=0.001), PhotoLimits(start_seconds=0.001)])
def test_a_photo_that_the_machine_had_no_time_for_is_not_called_broken(limits: PhotoLimits) -> None:
    jail = PhotoJail(limits)
    with pytest.raises(Busy) as told:
        read_photo(picture(1), jail)
    assert (told.value.status, told.value.retry_after) == (503, 5)
    assert jail.child_pid is None


def test_the_time_that_a_new_child_needs_to_begin_is_not_the_photos() -> None:
    limits = PhotoLimits(wall_seconds=2.5)
    assert limits.wall_seconds < BEGINS_AFTER
    jail = PhotoJail(limits, slow_to_begin.__name__)
    assert read_photo(picture(1, (64, 48)), jail).width == 64
    jail.close()


def test_a_child_that_needs_too_much_memory_is_ended_or_says_so() -> None:
    out = io.BytesIO()
    Image.new("LA", (6300, 6300)).save(out, "PNG", compress_level=1)
    jail = PhotoJail(PhotoLimits(memory_bytes=420 * 1024 * 1024))
    with pytest.raises(BadInput) as refusal:
        read_photo(out.getvalue(), jail)
    assert refusal.value.code == "bad_photo"
    assert read_photo(picture(1), jail).width == 320
    jail.close()


def test_a_child_is_replaced_after_its_share() -> None:
    jail = PhotoJail(PhotoLimits(photos_per_child=2))
    pids = []
    for _ in range(4):
        read_photo(picture(1), jail)
        pids.append(jail.child_pid)
    assert pids[0] == pids[1] != pids[2] == pids[3]
    jail.close()


def test_many_threads_share_one_child(jail: PhotoJail) -> None:
    read_photo(picture(1), jail)
    pid, hashes = jail.child_pid, {seed: read_photo(picture(seed), jail).phash for seed in range(6)}
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: (n % 6, read_photo(picture(n % 6), jail).phash), range(48)))
    assert all(hashes[seed] == value for seed, value in found)
    assert jail.child_pid == pid
    assert threading.active_count() < 50


def test_a_forked_process_starts_a_child_of_its_own_and_leaves_the_parents_alone() -> None:
    jail = PhotoJail()
    read_photo(picture(1), jail)
    parents = jail.child_pid
    came, went = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover  (another process)
        try:
            ok = jail.child_pid is None and read_photo(picture(2), jail).width == 320
            os.write(went, f"{ok} {jail.child_pid}".encode())
            jail.close()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    said, its_pid = os.read(came, 100).decode().split()
    os.close(came)
    os.close(went)
    assert said == "True" and int(its_pid) != parents
    assert read_photo(picture(1), jail).width == 320 and jail.child_pid == parents
    jail.close()
