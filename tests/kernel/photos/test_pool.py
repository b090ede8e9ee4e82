"""Pictures hashed side by side: each in its own place, and one that cannot be read keeps nobody from the others."""

from __future__ import annotations

from portal.kernel.errors import NotFound
from portal.kernel.photos.pool import JAILS, hash_pictures
from portal.kernel.photos.reading import window_hashes
from tests.factories.visits import picture


def gone() -> bytes:
    raise NotFound("这个文件不在了", fix="从备份恢复")


def test_every_picture_has_the_hashes_it_has_alone_and_an_unreadable_one_none() -> None:
    data = [picture(seed) for seed in range(5)]
    found = hash_pictures([*[lambda own=own: own for own in data], lambda: b"no picture", gone])
    assert found == [*[window_hashes(own) for own in data], None, None]
    assert len({tuple(own) for own in found if own}) == 5
    for jail in JAILS:
        jail.close()


def test_without_pictures_no_child_is_started() -> None:
    assert hash_pictures([]) == []
    assert all(jail.child_pid is None for jail in JAILS)
