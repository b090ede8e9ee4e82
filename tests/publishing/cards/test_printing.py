"""The card on paper: two pages for each household, the code inside, every glyph in the file, the year's money beside it."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import typst
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from portal.kernel.fonts import find_fonts
from portal.publishing.cards import printing
from portal.publishing.cards.printing import print_papers
from portal.publishing.cards.queries import Paper, PaperItem
from portal.registers.recipients.cards.rules import Print, new_token

AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
SITE = "https://yangguang.example.cn"
ITEMS = [PaperItem(date(2026, 11 - n % 10, 10), "农村居民最低生活保障金", 560_00, "成功") for n in range(14)]
ITEMS += [PaperItem(date(2026, 1, 10), "耕地地力保护补贴", 384_00, "退票")]
PRINTS = [
    Print("MB-2026-000123", 1, "HH-1", "320826104001", new_token()),
    Print("MB-2026-000124", 2, "HH-2", "", "y" * 24),
]
PAPERS = {
    1: Paper(1, "HH-1", "涟水县高沟镇扎新村3组", "王秀英", "12317、12388", 5, 2026, ITEMS),
    2: Paper(2, "HH-2", "涟水县高沟镇扎新村", "钱有福", "12317", 5, 2026, []),
}


@pytest.fixture(scope="module")
def printed() -> bytes:
    return print_papers(PRINTS, PAPERS, SITE, AT)


def test_two_a4_pages_for_each_household_and_every_glyph_inside(printed: bytes) -> None:
    reader = PdfReader(io.BytesIO(printed))
    assert len(reader.pages) == 4
    assert [round(float(v) / 72 * 25.4) for v in reader.pages[0].mediabox[2:]] == [297, 210]
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            [inner] = font["/DescendantFonts"]
            assert {"/FontFile2", "/FontFile3"} & set(inner["/FontDescriptor"])


def test_outside_says_whose_it_is_and_inside_what_arrived(printed: bytes) -> None:
    pages = [page.extract_text().replace(" ", "") for page in PdfReader(io.BytesIO(printed)).pages]
    assert "王*英" in pages[0] and "MB-2026-000123" in pages[0] and "高沟镇扎新村3组" in pages[0]
    assert "王秀英" not in "".join(pages) and "低保" not in pages[0] and "生活保障" not in pages[0]
    assert "7,840.00" in pages[1] and "另有3笔" in pages[1] and "5个工作日" in pages[1]
    assert "没有给您家发过钱" in pages[3]


def pictures(values: dict[str, Any]) -> list[Image.Image]:
    fonts = find_fonts()
    assert fonts is not None
    made = typst.compile(
        str(printing._DOCUMENT), font_paths=sorted({str(Path(f).parent) for f in fonts.files}), format="png", ppi=100,
        sys_inputs={"data": orjson.dumps({**values, "sans": fonts.sans, "serif": fonts.serif}).decode()},
    )  # fmt: skip
    pages = made if isinstance(made, list) else [made]
    return [Image.open(io.BytesIO(page)) for page in pages]


def test_the_code_lies_inside_and_leads_to_the_sign_in() -> None:
    cards = [printing._card(one, PAPERS[one.household_id], SITE) for one in PRINTS]
    found = [[code.text for code in zxingcpp.read_barcodes(p)] for p in pictures({"cards": cards, "day": "今天"})]
    assert found == [[], [f"{SITE}/q/{PRINTS[0].token}"], [], [f"{SITE}/q/{PRINTS[1].token}"]]
