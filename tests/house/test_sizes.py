"""Files and functions stay small: whoever opens one can hold it in the head."""

from statistics import median, quantiles

from tests.house.tree import functions, name, python_files

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    sizes = {
        name(p): len(p.read_text(encoding="utf-8").splitlines())
        for p in python_files("portal", "mobile_api", "supervision", "tests")
    }
    assert {p: n for p, n in sizes.items() if n > MOST_LINES_OF_A_FILE} == {}


def test_files_are_small_on_the_whole() -> None:
    sizes = [n for p in python_files() if (n := len(p.read_text(encoding="utf-8").splitlines())) > 5]
    assert median(sizes) <= 130
    assert quantiles(sizes, n=10)[8] <= 300


def test_no_function_is_longer_than_sixty_lines() -> None:
    long = {
        f"{name(p)}:{f.name}": length
        for p in python_files()
        for f in functions(p)
        if (length := (f.end_lineno or f.lineno) - f.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    }
    assert long == {}


def test_functions_are_short_on_the_whole() -> None:
    sizes = [(f.end_lineno or f.lineno) - f.lineno + 1 for p in python_files() for f in functions(p)]
    assert median(sizes) <= 14
    assert quantiles(sizes, n=10)[8] <= 36
