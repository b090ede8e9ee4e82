"""A beginning is compared sign by sign, alike on both databases, and no sign is a wildcard."""

import pytest
from sqlalchemy import Engine, literal, or_, select

from portal.kernel.database import reading
from portal.kernel.prefix import begins


@pytest.mark.parametrize(
    ("name", "words", "expected"),
    [
        ("王秀英", "王", True),
        ("王秀英", "王秀英", True),
        ("王秀英", "秀", False),
        ("王", "王秀", False),
        ("汪秀英", "王", False),
        ("王\U00020000", "王", True),  # a rare character beyond the basic plane
        ("王\U0010fffd", "王", True),
        ("100%", "100%", True),
        ("1000", "100%", False),
        ("a_b", "a_", True),
        ("axb", "a_", False),
        ("Abc", "a", False),
        ("'; --", "'", True),
    ],
)
def test_a_text_begins_so_or_not(engine: Engine, name: str, words: str, expected: bool) -> None:
    with reading(engine) as session:
        found = session.execute(select(literal(1)).where(or_(begins(literal(name), words), literal(1) == 2))).all()
    assert bool(found) is expected
