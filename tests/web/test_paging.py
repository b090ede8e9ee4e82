"""Lists turn pages both ways, and what comes or goes in between moves an edge but loses no row."""

from bisect import bisect_right

import pytest

from portal.kernel.errors import BadInput
from portal.kernel.keyset import Start
from portal.web.paging import Cursor, Page, read_cursor, turn_to, write_cursor


class Numbers:
    """A list of numbers as a register would give it."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = sorted(numbers)

    def fetch(self, start: Start | None, limit: int) -> list[int]:
        place = bisect_right(self.numbers, start.key[0]) if start else 0
        if start and start.back:
            return self.numbers[max(place - limit, 0) : place]
        return self.numbers[place : place + limit]

    def page(self, cursor: str | None = None) -> Page[int]:
        return turn_to(read_cursor(cursor, 1), self.fetch, lambda n: (n,), size=10)


def test_a_cursor_survives_the_address_bar() -> None:
    for back, page in ((False, 7), (True, 7), (True, 1)):
        cursor = Cursor(Start(("产业发展", 312_400_000, None), back), page)
        text = write_cursor(cursor)
        assert text.replace("-", "").replace("_", "").isalnum()
        assert read_cursor(text, width=3) == cursor


def test_no_cursor_means_the_first_page() -> None:
    assert read_cursor(None) is None
    assert read_cursor("") is None


@pytest.mark.parametrize(
    "text", ["x", "e30", "W10", "WzFd", "WzEsMV0", "WzAsMV0", "WyJhIiwxXQ", "WzIsW11d", "%%%", "中文", "A" * 9999]
)
def test_a_broken_cursor_is_explained(text: str) -> None:
    with pytest.raises(BadInput, match="翻页"):
        read_cursor(text, width=1)


def test_a_list_of_one_page_has_no_neighbours() -> None:
    page = Numbers(*range(10)).page()
    assert (list(page.rows), page.number, page.previous, page.next) == (list(range(10)), 1, None, None)


def test_pages_turn_forwards_to_the_end_and_back_to_the_beginning() -> None:
    numbers = Numbers(*range(25))
    first = numbers.page()
    second = numbers.page(first.next)
    third = numbers.page(second.next)
    assert [list(p.rows) for p in (first, second, third)] == [
        list(range(10)),
        list(range(10, 20)),
        list(range(20, 25)),
    ]
    assert ([p.number for p in (first, second, third)], third.next) == ([1, 2, 3], None)
    back = numbers.page(third.previous)
    assert (list(back.rows), back.number) == (list(second.rows), 2)
    assert list(numbers.page(back.next).rows) == list(third.rows)
    start = numbers.page(back.previous)
    assert (list(start.rows), start.number, start.previous, start.next) == (list(first.rows), 1, None, first.next)


def test_going_back_to_a_beginning_that_shrank_shows_a_whole_first_page() -> None:
    numbers = Numbers(*range(25))
    second = numbers.page(numbers.page().next)
    numbers.numbers = [n for n in numbers.numbers if n not in (0, 3, 9)]
    first = numbers.page(second.previous)
    assert (list(first.rows), first.number, first.previous) == ([1, 2, 4, 5, 6, 7, 8, 10, 11, 12], 1, None)
    assert numbers.page(first.next).rows[0] == 13


def test_rows_deleted_at_the_edge_shift_it_and_lose_nothing() -> None:
    numbers = Numbers(*range(40))
    third = numbers.page(numbers.page(numbers.page().next).next)
    numbers.numbers.remove(19)  # the very row that the cursor names
    numbers.numbers.remove(20)  # the first row of the page that is open
    back = numbers.page(third.previous)
    assert list(back.rows) == [9, *range(10, 19)]
    assert list(numbers.page(back.next).rows) == list(range(21, 31))


def test_rows_added_before_the_edge_are_met_on_the_way_back() -> None:
    numbers = Numbers(*range(0, 60, 2))
    second = numbers.page(numbers.page().next)
    numbers.numbers = sorted([*numbers.numbers, 15, 17])
    back = numbers.page(second.previous)
    assert (list(back.rows), back.number) == ([4, 6, 8, 10, 12, 14, 15, 16, 17, 18], 2)
    assert list(numbers.page(back.previous).rows)[:2] == [0, 2]


def test_a_page_that_emptied_leads_back() -> None:
    numbers = Numbers(*range(15))
    link = numbers.page().next
    numbers.numbers = list(range(10))
    empty = numbers.page(link)
    assert (list(empty.rows), empty.number, empty.next) == ([], 2, None)
    assert list(numbers.page(empty.previous).rows) == list(range(10))
