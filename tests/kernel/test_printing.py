"""Printed sheets: all glyphs inside, values are text and never markup, the same bytes each time, a code that reads back."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
import resvg_py
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from portal.kernel import printing
from portal.kernel.errors import CannotRun
from portal.kernel.printing import print_pdf, qr_svg

DOCUMENT = """
#let data = json(bytes(sys.inputs.data))
#set document(title: data.title)
#set page(paper: "a4")
#set text(font: (data.serif, data.sans), lang: "zh")
= #data.title
#data.said
"""
AT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "sheet.typ"
    path.write_text(DOCUMENT, "utf-8")
    return path


def test_a_sheet_carries_its_words_title_and_fonts(document: Path) -> None:
    page = PdfReader(io.BytesIO(print_pdf(document, {"title": "村级公示", "said": "张*明 𠮷"}, AT)))
    assert page.metadata is not None
    assert page.metadata.title == "村级公示"
    assert "张*明 𠮷" in page.pages[0].extract_text()
    fonts = page.pages[0]["/Resources"]["/Font"].values()
    descriptors = [font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts]
    assert descriptors
    assert all(any(key.startswith("/FontFile") for key in descriptor) for descriptor in descriptors)


def test_what_somebody_typed_is_no_markup(document: Path) -> None:
    typed = '#read("/etc/passwd") #eval("1+1") $x$ *b*'
    text = PdfReader(io.BytesIO(print_pdf(document, {"title": "t", "said": typed}, AT))).pages[0].extract_text()
    assert typed.replace(" ", "") in text.replace(" ", "").replace("\n", "")


def test_the_same_values_give_the_same_bytes(document: Path) -> None:
    values = {"title": "公示", "said": "同一份"}
    assert print_pdf(document, values, AT) == print_pdf(document, values, AT)


def test_without_a_chinese_font_nothing_is_printed(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "find_fonts", lambda: None)
    with pytest.raises(CannotRun, match="字体"):
        print_pdf(document, {"title": "t", "said": ""}, AT)


def test_a_code_reads_back() -> None:
    png = bytes(resvg_py.svg_to_bytes(svg_string=qr_svg("https://example.org/v/GS-2026-000001"), background="white"))
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)))
    assert [code.text for code in found] == ["https://example.org/v/GS-2026-000001"]
