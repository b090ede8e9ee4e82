"""Sealed files: whole or not at all, unreadable without the key, bound to their name."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from portal.kernel import sealed_files
from portal.kernel.errors import NotFound
from portal.kernel.sealing import Keyring, SealError, make_keyring

NAME = "ab" * 32 + ".original"
OTHER = "cd" * 32 + ".original"


@pytest.fixture
def keyring() -> Keyring:
    return make_keyring([b"k" * 32], b"i" * 32)


def test_a_file_is_kept_once_and_read_again(tmp_path: Path, keyring: Keyring) -> None:
    assert sealed_files.keep(tmp_path, NAME, b"a picture", keyring)
    assert not sealed_files.keep(tmp_path, NAME, b"a picture", keyring)
    assert sealed_files.read(tmp_path, NAME, keyring) == b"a picture"
    path = sealed_files.place_of(tmp_path, NAME)
    assert b"a picture" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [NAME]


def test_two_files_cannot_change_places(tmp_path: Path, keyring: Keyring) -> None:
    sealed_files.keep(tmp_path, NAME, b"one", keyring)
    sealed_files.keep(tmp_path, OTHER, b"two", keyring)
    sealed_files.place_of(tmp_path, NAME).replace(sealed_files.place_of(tmp_path, OTHER))
    with pytest.raises(SealError):
        sealed_files.read(tmp_path, OTHER, keyring)
    with pytest.raises(NotFound):
        sealed_files.read(tmp_path, NAME, keyring)


def test_a_removed_file_is_gone_and_removing_it_again_does_no_harm(tmp_path: Path, keyring: Keyring) -> None:
    sealed_files.keep(tmp_path, NAME, b"one", keyring)
    sealed_files.remove(tmp_path, NAME)
    sealed_files.remove(tmp_path, NAME)
    with pytest.raises(NotFound):
        sealed_files.read(tmp_path, NAME, keyring)


@pytest.mark.parametrize("call", ["write", "fsync", "rename"])
def test_whoever_fails_in_the_middle_leaves_nothing_under_the_name(
    tmp_path: Path, keyring: Keyring, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def fail(*_arguments: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        if call == "rename":
            broken.setattr(Path, "rename", fail)
        elif call == "fsync":
            broken.setattr(os, "fsync", fail)
        else:
            broken.setattr(Keyring, "seal_bytes", fail)
        with pytest.raises(OSError, match="space"):
            sealed_files.keep(tmp_path, NAME, b"one", keyring)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
    assert sealed_files.keep(tmp_path, NAME, b"one", keyring)


def test_leftovers_of_whoever_was_killed_are_swept_when_they_are_old(tmp_path: Path, keyring: Keyring) -> None:
    sealed_files.keep(tmp_path, NAME, b"one", keyring)
    folder = sealed_files.place_of(tmp_path, NAME).parent
    for name, age in ((".abababab.1.x.part", 90_000), (".abababab.2.y.part", 10)):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (time.time() - age,) * 2)
    assert sealed_files.remove_leftovers(tmp_path, time.time() - 86_400) == 1
    assert sorted(p.name for p in folder.iterdir()) == [".abababab.2.y.part", NAME]
