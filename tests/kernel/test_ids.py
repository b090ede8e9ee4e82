"""Ids that many people take at once: each once, and nobody waits for another's commit."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from portal.kernel.database import WRITING, next_id, reserve_ids


def test_ids_are_taken_once_and_never_reused(engine: Engine) -> None:
    taken = []
    for _ in range(3):
        with engine.execution_options(**{WRITING: True}).begin() as connection:
            taken += [next_id(connection, "check_ins") for _ in range(20)]
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        first = reserve_ids(connection, "check_ins", 5)
    assert len(set(taken)) == 60 and first > max(taken)


def test_on_postgresql_nobody_waits_for_another_ones_commit(engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer: there is nobody to wait for")
    writing = engine.execution_options(**{WRITING: True})
    with writing.begin() as one, writing.begin() as other:
        assert next_id(one, "check_ins") != next_id(other, "check_ins")


def test_a_transaction_that_holds_the_counter_itself_gets_its_id_all_the_same(engine: Engine) -> None:
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        first = reserve_ids(connection, "check_ins", 10)
        assert next_id(connection, "check_ins") == first + 10
