"""Connecting never makes up what is lost: no empty database, no fresh keys for records that old ones sealed."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from portal.kernel.database import writing
from portal.kernel.errors import CannotRun
from portal.settings import Settings, read_settings
from portal.trail import actions as trail
from portal.trail.connect import connect, missing_keys


def test_looking_at_a_home_that_is_not_there_leaves_nothing_behind(tmp_path: Path) -> None:
    settings = read_settings({"YANGGUANG_HOME": str(tmp_path / "nowhere")})
    with pytest.raises(CannotRun, match="没有数据库"):
        connect(settings)
    assert not settings.home.exists()


def test_a_new_installation_gets_its_keys(settings: Settings) -> None:
    assert missing_keys(settings) == ["seal-*.key", "index.key", "event.key"]
    connect(settings).dispose()
    assert missing_keys(settings) == []


@pytest.mark.parametrize("lost", ["seal-*.key", "index.key", "event.key", "*.key"])
def test_a_lost_key_is_told_and_never_replaced(engine: Engine, settings: Settings, lost: str) -> None:
    with writing(engine) as session:
        trail.record(session, kind="test.set_up", actor="test", subjects=[])
    for path in settings.keys_dir.glob(lost):
        path.unlink()
    left = sorted(path.name for path in settings.keys_dir.glob("*.key"))
    with pytest.raises(CannotRun, match="密钥不见了"):
        connect(settings)
    assert sorted(path.name for path in settings.keys_dir.glob("*.key")) == left
