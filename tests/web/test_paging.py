import pytest

from portal.kernel.errors import BadInput
from portal.web.paging import Cursor, page_of, read_cursor, write_cursor


def test_a_cursor_survives_the_address_bar() -> None:
    cursor = Cursor(("产业发展", 312_400_000, None), 7)
    text = write_cursor(cursor)
    assert text.replace("-", "").replace("_", "").isalnum()
    assert read_cursor(text, width=3) == cursor


def test_no_cursor_means_the_first_page() -> None:
    assert read_cursor(None) is None
    assert read_cursor("") is None


@pytest.mark.parametrize(
    "text", ["x", "e30", "W10", "WzFd", "WzEsMV0", "WyJhIiwxXQ", "WzIsW11d", "%%%", "中文", "A" * 9999]
)
def test_a_broken_cursor_is_explained(text: str) -> None:
    with pytest.raises(BadInput, match="翻页"):
        read_cursor(text, width=1)


def test_the_extra_row_only_says_that_there_is_more() -> None:
    first = page_of(list(range(11)), lambda n: (n,), None, size=10)
    assert list(first.rows) == list(range(10))
    assert read_cursor(first.next) == Cursor((9,), 2)
    last = page_of([10], lambda n: (n,), read_cursor(first.next), size=10)
    assert (last.number, last.next) == (2, None)
