"""The sheet for the board: small, tagged, numbered, every glyph inside, and a code that leads to /v/<no>."""

import dataclasses
import io
import pickle
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import typst
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from portal.kernel.fonts import find_fonts
from portal.publishing.containers import scan
from portal.publishing.notices.disclosure import PublicNotice, Source, SourceRow, public_notice
from portal.publishing.notices.sheets import printing
from portal.publishing.notices.sheets.printing import Paper, print_notice
from tests.factories.divisions import VILLAGE
from tests.factories.notices import SITE, TODAY


def sixty() -> PublicNotice:
    rows = [
        SourceRow(
            {"name": f"张小{n % 9}明", "group": f"扎新村{n % 7 + 1}组", "persons": n % 5 + 1, "opinion": "拟纳入"}
        )
        for n in range(60)
    ]
    facts = {
        "no": "GS-2026-000123", "kind": "公示", "pattern": "entry", "title": "扎新村拟纳入农户公示",
        "issuer": "扎新村村民委员会", "division_code": VILLAGE, "days": 7, "day_unit": "工作日", "replaces_no": None,
    }  # fmt: skip
    source = Source(board_place="村委会门口", contact="0517-82345678", rows=rows)
    return public_notice(facts, source, "涟水县 高沟镇 扎新村", "12317、12388")


@pytest.fixture(scope="module", params=list(Paper))
def printed(request: pytest.FixtureRequest) -> tuple[Paper, bytes]:
    return request.param, print_notice(sixty(), request.param, SITE, TODAY)


def test_sixty_lines_and_a_code_fit_into_four_hundred_kilobytes(printed: tuple[Paper, bytes]) -> None:
    paper, content = printed
    assert len(content) <= 400_000
    reader = PdfReader(io.BytesIO(content))
    width = round(float(reader.pages[0].mediabox.width) / 72 * 25.4)
    assert width == {Paper.A4: 210, Paper.A3: 297}[paper]
    assert reader.metadata is not None
    assert reader.metadata.title == "扎新村拟纳入农户公示 GS-2026-000123"
    assert reader.root_object["/Lang"] in ("zh", "zh-CN")
    assert reader.root_object["/MarkInfo"]["/Marked"]


@pytest.mark.parametrize("n", [3, 4, 12, 23, 25])
def test_the_foot_is_never_alone_on_a_page(n: int) -> None:
    """However many lines there are: where the foot has gone to another page, the last lines and the head are with it."""
    whole = sixty()
    content = print_notice(dataclasses.replace(whole, rows=whole.rows[:n]), Paper.A4, SITE, TODAY)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    assert len(pages) == (2 if n > 20 else 1)
    assert "监督电话" in pages[-1]
    assert all(pages[-1].count(f"{k} 张*") == 1 for k in range(n - 2, n + 1))
    assert [page.count("初步意见") for page in pages] == [1] * len(pages)


def test_a_long_text_gets_the_room_that_names_do_not_need() -> None:
    whole = sixty()
    rows = [{**row, "opinion": "符合纳入条件，拟纳入"} for row in whole.rows[:16]]
    content = print_notice(dataclasses.replace(whole, rows=rows), Paper.A4, SITE, TODAY)
    (page,) = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    assert page.count("符合纳入条件，拟纳入") == 16, "each on one line"


def test_every_page_says_its_number_and_every_glyph_is_inside(printed: tuple[Paper, bytes]) -> None:
    reader = PdfReader(io.BytesIO(printed[1]))
    pages = [page.extract_text() for page in reader.pages]
    for number, text in enumerate(pages, 1):
        assert f"第{number}页，共{len(pages)}页" in re.sub(r"\s", "", text)
        assert "GS-2026-000123" in text
    whole = "".join(pages)
    assert whole.count("张**明") == 60
    assert "7 个工作日" in re.sub(r"[\s]+", " ", whole)
    assert "12317" in whole
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
            assert any(key.startswith("/FontFile") for key in descriptor)


def test_the_code_on_the_sheet_leads_to_the_check(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(printing, "print_pdf", as_picture)
    pages = zipless(print_notice(sixty(), Paper.A4, SITE, TODAY))
    found = [code.text for page in pages for code in zxingcpp.read_barcodes(page)]
    assert found == [f"{SITE}/v/GS-2026-000123"]


def test_what_is_printed_holds_no_number_of_anybody(printed: tuple[Paper, bytes]) -> None:
    assert scan(printed[1], "application/pdf") == []


def as_picture(document: Path, values: Mapping[str, Any], _at: datetime) -> bytes:
    """The same document with the same values, as pictures of its pages instead of a PDF."""
    fonts = find_fonts()
    assert fonts is not None
    data = orjson.dumps({**values, "sans": fonts.sans, "serif": fonts.serif}).decode()
    folders = sorted({str(Path(file).parent) for file in fonts.files})
    made = typst.compile(
        str(document), root=str(document.parent), font_paths=folders, sys_inputs={"data": data}, format="png", ppi=120
    )
    return pickle.dumps(made if isinstance(made, list) else [made])


def zipless(made: bytes) -> list[Image.Image]:
    """The pages again."""
    return [Image.open(io.BytesIO(page)).convert("L") for page in pickle.loads(made)]
