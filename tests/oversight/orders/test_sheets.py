"""The printed order: one A4 page, every glyph inside, tagged, and a code that leads to `/v/<no>`."""

from __future__ import annotations

import io
import time
from datetime import date
from pathlib import Path

import orjson
import pytest
import typst
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from portal.kernel.errors import Refused
from portal.kernel.fonts import find_fonts
from portal.oversight.orders.queries import OrderRow, TaskRow
from portal.oversight.orders.sheets import printing
from portal.oversight.orders.sheets.printing import print_order

SITE = "https://yangguang.example.cn"
ORDER = OrderRow(
    1, "DB-2026-7K3M9QXD", 1, None, True, "案件需要", "中共涟水县纪律检查委员会", "核实高沟镇补贴名单",
    "请核实反映的补贴名单不实问题。\n核实情况如实报告，不得告知被反映人。", "签发", "user:jia", "user:head",
    date(2026, 11, 20), "5f0c2a11-0000-4000-8000-000000000000", None,
)  # fmt: skip
TASKS = [
    TaskRow(
        n,
        1,
        n,
        "U-GG",
        "320826104000",
        10,
        f"逐户核对第 {n} 批名单，报核对表。",
        "待签收",
        date(2026, 12, 4),
        None,
        None,
    )
    for n in range(1, 9)
]
UNITS = {"U-GG": "高沟镇人民政府"}


@pytest.fixture(scope="module")
def printed() -> tuple[bytes, float]:
    began = time.monotonic()
    made = print_order(ORDER, TASKS, UNITS, "周正", SITE)
    return made, time.monotonic() - began


def test_it_is_small_and_the_same_each_time(printed: tuple[bytes, float]) -> None:
    assert len(printed[0]) <= 400_000
    assert print_order(ORDER, TASKS, UNITS, "周正", SITE) == printed[0]


def test_every_glyph_is_inside_and_title_and_language_are_told(printed: tuple[bytes, float]) -> None:
    reader = PdfReader(io.BytesIO(printed[0]))
    assert [round(float(v) / 72 * 25.4) for v in reader.pages[0].mediabox[2:]] == [210, 297]
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            [inner] = font["/DescendantFonts"]
            assert {"/FontFile2", "/FontFile3"} & set(inner["/FontDescriptor"])
    assert reader.metadata is not None
    assert reader.metadata.title == "督办单 DB-2026-7K3M9QXD"
    assert str(reader.trailer["/Root"]["/Lang"]).startswith("zh")
    said = "".join(page.extract_text() for page in reader.pages).replace(" ", "").replace("\n", "")
    for words in (
        "核实高沟镇补贴名单",
        "挂牌督办",
        "高沟镇人民政府",
        "2026-12-04（10个工作日）",
        "签发：周正",
        "2026年11月20日",
    ):
        assert words in said, words


def test_the_code_leads_to_the_live_record(monkeypatch: pytest.MonkeyPatch) -> None:
    fonts, taken = find_fonts(), {}
    assert fonts is not None
    monkeypatch.setattr(printing, "print_pdf", lambda _document, values, _at: taken.update(values) or b"")
    print_order(ORDER, TASKS, UNITS, "周正", SITE)
    document = Path(printing.__file__).with_name("order.typ")
    values = {**taken, "sans": fonts.sans, "serif": fonts.serif}
    pages = typst.compile(
        str(document), root=str(document.parent), format="png", ppi=150,
        font_paths=sorted({str(Path(file).parent) for file in fonts.files}), ignore_system_fonts=True,
        sys_inputs={"data": orjson.dumps(values).decode()},
    )  # fmt: skip
    pictures = [Image.open(io.BytesIO(page)) for page in (pages if isinstance(pages, list) else [pages])]
    found = [code.text for picture in pictures for code in zxingcpp.read_barcodes(picture)]
    assert found == [f"{SITE}/v/DB-2026-7K3M9QXD"]


def test_a_draft_is_not_printed() -> None:
    draft = OrderRow(**{**ORDER.__dict__, "issued_on": None, "issue_event": None})
    with pytest.raises(Refused, match="没有签发"):
        print_order(draft, TASKS, UNITS, "", SITE)
