"""The gate finds what is somebody's in every form that it goes out in, and lets amounts, codes and digests pass."""

import io
import zipfile
from hashlib import sha256

import orjson
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from portal.kernel.identity import parse_credit_code
from portal.publishing.containers import scan, scan_pieces
from portal.publishing.gate import Form, Kind, Scanner
from tests.publishing.numbers import CARD, ID, OLD_ID, PHONE, cards, ids, phones

TEXT, HTML, JSON, CSV, SVG = "text/plain", "text/html; charset=utf-8", "application/json", "text/csv", "image/svg+xml"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def kinds(content: bytes | str, content_type: str = TEXT, *canaries: str) -> list[Kind]:
    raw = content.encode() if isinstance(content, str) else content
    return [finding.kind for finding in scan(raw, content_type, canaries)]


def sheet(*rows: tuple[str | int, ...], shared: bool = False) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": not shared})
    page = book.add_worksheet()
    for at, row in enumerate(rows):
        page.write_row(at, 0, row)
    book.close()
    return file.getvalue()


def picture(kind: str, **how: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(file, kind, **how)
    return file.getvalue()


@settings(deadline=None, max_examples=60)
@given(number=ids)
def test_every_valid_id_is_found_however_it_is_printed(number: str) -> None:
    parts = f"{number[:6]} {number[6:14]} {number[14:]}", f"{number[:6]}-{number[6:14]}-{number[14:]}"
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number)
    for printed in (
        number,
        number.lower(),
        *parts,
        wide,
        number + "12",
        f"身份证{number}号",
        f"no={number}&",
        "\u200b".join(number),
    ):
        assert kinds(f"<td>{printed}</td>", HTML) == [Kind.RESIDENT_ID], printed


@settings(deadline=None, max_examples=60)
@given(number=ids, wrong=st.integers(1, 9))
def test_a_wrong_check_digit_is_not_an_id(number: str, wrong: int) -> None:
    last = "0123456789X"[("0123456789X".index(number[17]) + wrong) % 11]
    assert Kind.RESIDENT_ID not in kinds(number[:17] + last)


@settings(deadline=None, max_examples=60)
@given(number=phones)
def test_every_mobile_number_is_found_but_not_inside_codes(number: str) -> None:
    for printed in (number, f"{number[:3]}-{number[3:7]}-{number[7:]}", f"{number[:3]} {number[3:7]} {number[7:]}",
                    f"+86{number}", f"电话{number}。", f"Tel{number}", f"/{number}"):  # fmt: skip
        assert kinds(f" {printed} ") == [Kind.PHONE], printed
    for code in (
        f"BF{number}",
        f"2026-{number}",
        f"{number}-01",
        f"{number}.50",
        f"0.{number}",
        f"{number}7",
        f"a1_{number}",
    ):
        assert kinds(f" {code} ") == [], code


@settings(deadline=None, max_examples=60)
@given(number=cards)
def test_every_card_is_found_and_one_wrong_digit_is_not(number: str) -> None:
    spaced = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
    assert Kind.CARD in kinds(f"账号 {number}；")
    if len(number) % 4 or len(number) == 16:
        assert Kind.CARD in kinds(f"账号 {spaced}；")
    assert Kind.CARD not in kinds(number[:-1] + str((int(number[-1]) + 1) % 10))


@settings(deadline=None, max_examples=40)
@given(seed=st.binary(max_size=8), code=st.integers(110000000000, 659999999999), fen=st.integers(-(10**13), 10**13))
def test_digests_division_codes_and_amounts_pass(seed: bytes, code: int, fen: int) -> None:
    digest = sha256(seed).hexdigest()
    assert (
        kinds(f'{digest} <a href="/areas/{code}">{code}</a> {fen / 100:,.2f} {abs(fen) // 100}.{abs(fen) % 100:02d}')
        == []
    )
    assert kinds(orjson.dumps({"paid_fen": fen, "fen": fen, "code": str(code)}), JSON) == []


def test_a_digest_of_digits_hides_no_id_and_is_none() -> None:
    assert kinds("a" * 20 + ID + "b" * 26) == []


def test_a_companys_code_is_not_a_person() -> None:
    code = "91320826MA1XYZ1234"
    assert kinds(code) == []
    assert parse_credit_code("91350100M000100Y43").check_ok
    assert kinds("91350100M000100Y43") == []


@pytest.mark.parametrize(
    "code", ["320826104201001", "320826200201003", "202611210000123", "4114250012340001", "JZ-2026-000000000000123"]
)
def test_codes_of_projects_and_allocations_pass(code: str) -> None:
    assert kinds(f"/allocations/{code} {code}") == []


def test_old_ids_and_ids_that_a_sheet_took_for_numbers_are_found() -> None:
    assert kinds(f"证号 {OLD_ID} ") == [Kind.RESIDENT_ID]
    assert kinds(sheet(("证号",), (int(ID[:17] + "0"),)), XLSX) == [Kind.RESIDENT_ID]


def test_in_json_the_key_decides_and_a_text_is_never_an_amount() -> None:
    assert kinds(b'{"paid_fen":13812345678,"rows":[{"fen":-15912345678}]}', JSON) == []
    assert kinds(b'{"no":13812345678}', JSON) == [Kind.PHONE]
    assert kinds(b'{"paid_fen":"13812345678"}', JSON) == [Kind.PHONE]
    assert kinds(orjson.dumps({"name": "张三\n13812345678"}), JSON) == [Kind.PHONE]


def test_in_csv_the_head_of_the_column_decides() -> None:
    published = (
        "Member State,Year,Fund,Total Paid,Advance,Interim\r\nPoland,2013,CF,13812345678,15912345678,19012345678\r\n"
    )
    assert kinds(published, CSV) == []
    assert kinds('\ufeff村,金额（元）\r\n"高沟, 镇",13812345678\r\n', CSV) == []
    assert kinds("村,备注,金额（元）\r\n高沟,13812345678,5.00\r\n", CSV) == [Kind.PHONE]
    assert kinds("村,金额（元）\r\n13812345678,5.00\r\n", CSV) == [Kind.PHONE]
    assert kinds("村,金额（元）\r\n高沟,电话 13812345678\r\n", CSV) == [Kind.PHONE]


@pytest.mark.parametrize("shared", [False, True])
def test_in_a_workbook_the_head_of_the_column_decides(shared: bool) -> None:
    assert kinds(sheet(("村", "金额（元）"), ("高沟", 13812345678), shared=shared), XLSX) == []
    assert kinds(sheet(("村", "备注"), ("高沟", 13812345678), shared=shared), XLSX) == [Kind.PHONE]
    assert kinds(sheet(("村", "金额（元）"), (f"高沟{ID}", 5), shared=shared), XLSX) == [Kind.RESIDENT_ID]


def test_no_column_exempts_an_id_or_a_card() -> None:
    assert kinds(f'{{"paid_fen":{ID[:17]}0,"fen":{CARD}}}'.encode(), JSON)[-1] is Kind.CARD
    assert kinds(f"金额（元）\r\n1\r\n{ID}\r\n", CSV) == [Kind.RESIDENT_ID]


def test_escapes_and_addresses_hide_nothing() -> None:
    assert kinds(f'<a href="/search?q=%E5%BC%A0{PHONE}&x=%A1{PHONE}">', HTML) == [Kind.PHONE, Kind.PHONE]
    assert kinds(f'<text x="1">{CARD}</text>', SVG) == [Kind.CARD]


def test_a_canary_is_found_and_never_told() -> None:
    (found,) = scan("村民 柳三变，某村".encode(), TEXT, ["柳三变"])
    assert (found.kind, found.offset) == (Kind.CANARY, 7)
    assert "柳" not in found.excerpt


def test_what_is_told_never_shows_the_number() -> None:
    for value in (ID, PHONE, CARD, OLD_ID):
        (found,) = scan(f"x {value} y".encode(), TEXT)
        assert value[2:] not in str(found)
        assert found.excerpt == value[:2] + "*" * (len(value) - 2)
        assert found.offset == 2


def test_archives_are_opened_and_their_names_read() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("公示.csv", f"村,备注\r\n高沟,{PHONE}\r\n")
        archive.writestr(f"{ID}.txt", "")
        archive.writestr("里面.xlsx", sheet(("备注",), (CARD,)))
    found = scan(file.getvalue(), "application/zip")
    assert {f.kind for f in found} == {Kind.PHONE, Kind.RESIDENT_ID, Kind.CARD}
    assert ID not in str(found)


def test_pictures_are_read_with_their_metadata() -> None:
    exif = Image.Exif()
    exif[0x010E] = f"老张 {PHONE}"
    assert Kind.PHONE in kinds(picture("JPEG", exif=exif), "image/jpeg")
    placed = Image.Exif()
    placed.get_ifd(0x8825)[1] = "N"
    assert kinds(picture("JPEG", exif=placed), "image/jpeg") == [Kind.LOCATION]
    packed = PngInfo()
    packed.add_text("Comment", f"证号 {ID}", zip=True)
    assert Kind.RESIDENT_ID in kinds(picture("PNG", pnginfo=packed), "image/png")
    assert kinds(picture("PNG"), "image/png") == []


def test_what_cannot_be_read_does_not_pass() -> None:
    assert kinds(b"PK\x03\x04 broken", XLSX) == [Kind.UNREADABLE]
    assert kinds(b"\xff\xd8 broken", "image/jpeg") == [Kind.UNREADABLE]
    assert kinds(b"%PDF-1.7", "application/pdf") == [Kind.UNREADABLE]


@settings(deadline=None, max_examples=60)
@given(before=st.text(max_size=40), size=st.integers(1, 30), filler=st.integers(0, 4000))
def test_no_border_of_pieces_hides_or_invents_a_number(before: str, size: int, filler: int) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in ID)
    content = (
        f"村,备注,金额（元）\r\n{'镇,,1.00' + chr(13) + chr(10)}" * 2
        + "x" * filler
        + f"；{wide}，{PHONE}；{PHONE}9\r\n"
    )
    raw = before.encode("utf-8", "replace") + content.encode()
    pieces = [raw[at : at + size] for at in range(0, len(raw), size)]
    whole = scan(raw, TEXT)
    scanner = Scanner(Form.TEXT)
    scanner.batch = 1
    assert [f for piece in pieces for f in scanner.feed(piece)] + scanner.finish() == whole
    assert scan_pieces(pieces, TEXT) == whole
    assert [f.kind for f in whole][-2:] == [Kind.RESIDENT_ID, Kind.PHONE]
