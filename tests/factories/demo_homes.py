"""Homes that `yangguang demo` filled: built once for a whole run of tests, in whichever process needs one first, then copied."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from portal.settings import PROJECT_ROOT


def shared_place(factory: pytest.TempPathFactory) -> Path:
    """A directory that all processes of this run share; another run has another."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def copy_village(factory: pytest.TempPathFactory, home: Path) -> dict[str, Any]:
    """Put the demonstration village into `home`, which is not there yet; what the command answered."""
    place = shared_place(factory)
    with (place / "demo-village.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told = place / "demo-village.json"
        if not told.exists():
            built = place / "demo-village"
            shutil.rmtree(built, ignore_errors=True)  # of somebody who was stopped half-way
            told.with_suffix(".new").write_bytes(_fill(built))
            told.with_suffix(".new").rename(told)
    shutil.copytree(place / "demo-village", home)
    answer: dict[str, Any] = json.loads(told.read_bytes())
    return answer


def _fill(home: Path) -> bytes:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("YANGGUANG_")}
    done = subprocess.run(
        [sys.executable, "-m", "portal.cli", "demo", "--scale", "village", "--no-serve", "--json"],
        cwd=PROJECT_ROOT, env={**environment, "YANGGUANG_HOME": str(home)}, capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"the demonstration did not build: {done.stderr.decode()[-2000:]}")
    return done.stdout
