"""Waiting for the database while another import merges."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError

from portal.kernel.errors import Busy

T = TypeVar("T")


def patiently(act: Callable[[], T], wait_s: float) -> T:
    """Do it again while the database is locked; Busy after `wait_s` seconds. Nothing was written by a failed try."""
    deadline = time.monotonic() + wait_s
    while True:
        try:
            return act()
        except OperationalError as error:
            if "locked" not in str(error.orig):
                raise
            if time.monotonic() > deadline:
                raise Busy("数据库正忙，没有写入", why="另一项较长的工作正在写入", fix="过一会儿再导入") from error
        time.sleep(0.2)
