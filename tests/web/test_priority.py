"""Threads that answer give way to those that hash, once and for good; a hash made in a thread of its own is the same."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from portal.accounts.passwords import Hashing
from portal.web.priority import BEHIND, GivingWay

LEAST = 19  # the niceness below which nothing goes


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux knows the priority of a single thread")
def test_threads_that_answer_give_way_once_and_those_that_hash_do_not() -> None:
    hashing, seen = Hashing(memory_kib=8, passes=1), []
    hashing.start()

    @Request.application
    def answer(_request: Request) -> Response:
        seen.append((niceness(), hashing._slowly(niceness)))
        return Response("")

    before, browser = niceness(), Client(GivingWay(answer))
    with ThreadPoolExecutor(1) as server:
        for _ in range(2):
            server.submit(browser.get, "/").result()
    assert seen == [(min(before + BEHIND, LEAST), before)] * 2 and niceness() == before


def test_what_is_hashed_in_threads_of_its_own_is_the_same() -> None:
    here, apart = Hashing(memory_kib=8, passes=1), Hashing(memory_kib=8, passes=1)
    apart.start()
    assert here.stretch(b"secret", bytes(16)) == apart.stretch(b"secret", bytes(16))
    known = apart.hash("right")
    assert here.verify(known, "right") and apart.verify(known, "right")
    assert not apart.verify(known, "wrong") and not apart.verify(None, "right") and not apart.verify("no hash", "right")
    assert apart.done == 6
