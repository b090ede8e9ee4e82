"""Work on photos that nobody waits for: hashing their windows and finding near ones; destroying what may not be kept."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy import Engine

from portal.kernel import sealed_files
from portal.kernel.console import say
from portal.kernel.database import now_utc, reading, writing
from portal.kernel.photos.hashing import WINDOWS
from portal.kernel.photos.pool import hash_pictures
from portal.registers.helpers.check_ins.forgetting.actions import (
    erase_places,
    forget_exif,
    last_moment,
    list_destroyed,
)
from portal.registers.helpers.check_ins.photos.actions import file_windows, note_failure
from portal.registers.helpers.check_ins.photos.queries import list_near, list_waiting
from portal.registers.helpers.check_ins.photos.rules import (
    FOLDER,
    Filed,
    Likeness,
    derivative_name,
    likenesses,
    original_name,
)
from portal.settings import Settings
from portal.trail.connect import connected, keyring_of

AT_ONCE: Final = 40
LEFTOVER_SECONDS: Final = 24 * 3600
ACTOR: Final = "job:photos"
LOOK_BACK: Final = timedelta(days=14)


def hash_windows(settings: Settings, *, seconds: float = 50.0) -> dict[str, int]:
    """Hash the windows of waiting photos until none waits or the time is over; returns the counts."""
    done = {"hashed": 0, "alike": 0, "failed": 0}
    end = time.monotonic() + seconds
    with connected(settings) as engine:
        folder, keyring = settings.files_dir / FOLDER, keyring_of(settings)
        while time.monotonic() < end:
            with reading(engine) as session:
                waiting = list_waiting(session, AT_ONCE)
            if not waiting:
                break
            pictures = [partial(sealed_files.read, folder, derivative_name(sha), keyring) for _id, sha in waiting]
            found = dict(zip([photo_id for photo_id, _sha in waiting], hash_pictures(pictures), strict=True))
            for what, count in _file(engine, found).items():
                done[what] += count
    if any(done.values()):
        say("photos: " + " ".join(f"{what}={count}" for what, count in done.items()))
    return done


def _file(engine: Engine, found: Mapping[int, list[int] | None]) -> dict[str, int]:
    """Look for what is alike without keeping anybody from writing, then write all in one transaction."""
    hashed = {photo_id: own for photo_id, own in found.items() if own is not None}
    alike: dict[int, list[Likeness]] = {}
    together: list[Filed] = []  # the earlier ones of this batch are not in the database yet
    with reading(engine) as session:
        for photo_id, own in sorted(hashed.items()):
            alike[photo_id] = likenesses(own, [*list_near(session, own, photo_id), *together])
            together += [Filed(photo_id, window, value) for window, value in enumerate(own[: len(WINDOWS)])]
    with writing(engine) as session:
        for photo_id in found.keys() - hashed.keys():
            note_failure(session, photo_id)
        if hashed:
            file_windows(session, hashed, alike, now_utc())
    return {"hashed": len(hashed), "alike": sum(map(len, alike.values())), "failed": len(found) - len(hashed)}


def forget_places(settings: Settings) -> dict[str, int]:
    """Erase precise places of visits whose time is over, with the originals of photos that hold one; the counts."""
    at = now_utc()
    folder = settings.files_dir / FOLDER
    done = {"claims": 0, "photos": 0, "leftovers": 0}
    with connected(settings) as engine:
        with reading(engine) as session:
            before = last_moment(session, at)
        while True:
            with writing(engine) as session:
                erased = erase_places(session, ACTOR, before, at)
                forgotten, destroyed = forget_exif(session, ACTOR, before, at)
            for sha256 in destroyed:
                sealed_files.remove(folder, original_name(sha256))
            done["claims"] += erased
            done["photos"] += forgotten
            if not erased and not forgotten:
                break
        with reading(engine) as session:
            for sha256 in list_destroyed(session, at - LOOK_BACK):
                sealed_files.remove(folder, original_name(sha256))
    done["leftovers"] = sealed_files.remove_leftovers(folder, time.time() - LEFTOVER_SECONDS)
    say("places: " + " ".join(f"{what}={count}" for what, count in done.items()))
    return done
