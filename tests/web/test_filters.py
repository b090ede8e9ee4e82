import pytest
from flask import Flask

from portal.web import filters, language
from portal.web.filters import WAN, YI, YUAN, in_unit, share, unit_for


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    language.install(app)
    return app


@pytest.mark.parametrize(
    ("fen", "unit", "shown"),
    [
        (312_400_000, WAN, "312.4"),
        (312_450_000, WAN, "312.5"),
        (-312_450_000, WAN, "−312.5"),
        (49_999, WAN, "<0.1"),
        (-1, WAN, "−<0.1"),
        (0, WAN, "0.0"),
        (486_000_000_000, YI, "48.60"),
        (123_456_789, YUAN, "1,234,567.89"),
        (None, WAN, "—"),
    ],
)
def test_amounts_are_rounded_half_up_on_integers(fen: int | None, unit: filters.Unit, shown: str) -> None:
    assert in_unit(fen, unit) == shown


def test_the_unit_fits_the_largest_amount() -> None:
    assert [unit_for([fen]) for fen in (99_900, 1_000_000, 10**10)] == [YUAN, WAN, YI]


def test_a_share_is_never_all_or_nothing_unless_it_is() -> None:
    assert [share(*pair) for pair in ((1, 3), (99_999, 100_000), (1, 10**6), (5, 5), (0, 5), (1, 0))] == [
        "33.3%",
        "99.9%",
        "0.1%",
        "100.0%",
        "0.0%",
        "—",
    ]


def test_the_exact_sum_stands_in_the_title(app: Flask) -> None:
    with app.test_request_context("/"):
        assert 'title="3,124,000.01 元"' in filters.money(312_400_001)
        assert filters.money_words(312_400_000) == "312.4 万元"
    with app.test_request_context("/", base_url="http://localhost/en"):
        assert filters.money_words(312_400_000) == "¥3.12 million"
        assert filters.money_words(12_345) == "¥123.45"
