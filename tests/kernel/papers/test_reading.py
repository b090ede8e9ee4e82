"""Papers of strangers become pictures of their pages, in the jail, or a refusal in words."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from PIL import Image

from portal.kernel.errors import BadInput, Busy
from portal.kernel.papers.limits import PaperLimits
from portal.kernel.papers.reading import draw_page
from portal.kernel.photos.jail import PhotoJail

INSIDE = "portal.kernel.papers.inside"


def paper(*colours: str, size: tuple[int, int] = (600, 800)) -> bytes:
    """A PDF with a page of each colour."""
    out = io.BytesIO()
    pages = [Image.new("RGB", size, colour) for colour in colours]
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], title="marked", author="somebody")
    return out.getvalue()


def endless(operations: int) -> bytes:
    """A page whose drawing takes for ever: shapes over shapes."""
    content = b"0.5 g 0 0 200 200 re f " * operations
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
    ]
    body = b"".join(b"%d 0 obj%s endobj\n" % (n, one) for n, one in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF"


@pytest.fixture(scope="module")
def jail() -> Iterator[PhotoJail]:
    """One child for the papers here; a refused one does not end it."""
    one = PhotoJail(PaperLimits(pages=2), INSIDE)
    yield one
    one.close()


def test_each_page_becomes_a_picture_and_nothing_else(jail: PhotoJail) -> None:
    data = paper("red", "blue", "green")
    page = draw_page(data, 2, jail)
    assert (page.pages, page.shown, page.height) == (3, 2, 1600)
    picture = Image.open(io.BytesIO(page.picture))
    assert picture.format == "JPEG"
    red, _green, blue = picture.convert("RGB").resize((1, 1)).tobytes()
    assert blue > 200 > red
    assert b"/Author" in data
    assert b"Author" not in page.picture


@pytest.mark.parametrize("number", [0, 3, 4])
def test_pages_that_are_not_there_or_are_too_many_are_refused(jail: PhotoJail, number: int) -> None:
    with pytest.raises(BadInput, match="没有这一页"):
        draw_page(paper("red", "blue", "green"), number, jail)


@pytest.mark.parametrize("data", [b"%PDF-1.7 rubbish", b"", paper("red")[:200]])
def test_what_is_broken_is_refused_and_the_child_lives(jail: PhotoJail, data: bytes) -> None:
    with pytest.raises(BadInput, match="画不成图"):
        draw_page(data, 1, jail)
    assert draw_page(paper("red"), 1, jail).pages == 1


def test_a_page_says_its_size_and_is_drawn_at_ours(jail: PhotoJail) -> None:
    huge = endless(1).replace(b"[0 0 200 200]", b"[0 0 9999999 9999999]")
    page = draw_page(huge, 1, jail)
    assert max(page.width, page.height) <= 1600


def test_a_page_that_takes_too_long_ends_its_child_and_is_told() -> None:
    jail = PhotoJail(PaperLimits(wall_seconds=60, cpu_seconds=1), INSIDE)
    with pytest.raises(BadInput) as refused:
        draw_page(endless(400_000), 1, jail)
    assert refused.value.why == "它坏了，或者超过了时间、内存的限度"
    assert jail.child_pid is None


def test_a_page_that_the_machine_had_no_time_for_is_not_called_broken() -> None:
    jail = PhotoJail(PaperLimits(wall_seconds=0.2), INSIDE)
    with pytest.raises(Busy):
        draw_page(endless(400_000), 1, jail)
    assert jail.child_pid is None
