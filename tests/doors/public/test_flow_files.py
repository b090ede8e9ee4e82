"""The picture in every suffix: the same figures, a picture that people can read alone, and how to cite it."""

import io
import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from portal.public.drawing import raster
from portal.public.drawing.sheet import Sheet, compose, wrap
from portal.public.pages.flow_files import SUFFIXES, Citation
from portal.trail.publish import LogFiles
from tests.factories.divisions import VILLAGE
from tests.factories.money_village import make_money_village

FOCUS = f"year=2026&focus=area:{VILLAGE}"

pytestmark = pytest.mark.begins_with(fill=make_money_village)


def test_the_page_links_every_suffix_and_each_opens(client: FlaskClient) -> None:
    page = client.get(f"/flow?{FOCUS}").get_data(as_text=True)
    for suffix in SUFFIXES:
        assert f'href="/flow.{suffix}?{FOCUS.replace("&", "&amp;")}"' in page, suffix
        assert client.get(f"/flow.{suffix}?{FOCUS}").status_code == 200, suffix
    assert 'href="#cite"' in page and 'id="cite"' in page


def test_the_picture_is_a_png_at_twice_its_size(client: FlaskClient) -> None:
    answer = client.get(f"/flow.png?{FOCUS}")
    assert answer.content_type == "image/png"
    with Image.open(io.BytesIO(answer.get_data())) as picture:
        assert picture.width == 2284 and picture.height > 1500
        colours = picture.convert("RGB").getcolors(1 << 24)
    assert colours is not None and len(colours) > 200


def test_the_picture_carries_what_it_needs_away_from_its_page(client: FlaskClient, monkeypatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(raster, "png", lambda svg: drawn.append(svg) or b"")
    client.get(f"/flow.png?{FOCUS}&unit=yuan")
    sentence = client.get(f"/flow.json?{FOCUS}").get_json()["sentence"]
    words = "".join(re.findall(r">([^<]+)<", drawn[0]))
    assert sentence in words
    for needed in ("单位：元", "数据截至", "还在账上", "来源", f"http://localhost/flow?{FOCUS}".replace("&", "&amp;")):
        assert needed in words, needed


def test_a_machine_without_chinese_fonts_says_so_instead_of_drawing_boxes(client: FlaskClient, monkeypatch) -> None:
    monkeypatch.setattr(raster, "find_fonts", lambda: None)
    for path, words in (("/flow.png", "没有中文字体"), ("/en/flow.png", "no font with Chinese")):
        answer = client.get(path)
        assert answer.status_code == 503
        assert words in answer.get_data(as_text=True)


def test_metadata_says_what_the_picture_is(client: FlaskClient, app: Flask) -> None:
    said = client.get(f"/flow.metadata.json?{FOCUS}").get_json()
    data = client.get(f"/flow.json?{FOCUS}").get_json()
    assert (said["subtitle"], said["as_of"], said["focus"]) == (data["sentence"], data["as_of"], data["focus"])
    assert said["permanent_link"] == f"http://localhost/flow?{FOCUS}"
    assert set(said["files"]) == set(SUFFIXES)
    assert said["permanent_link"] in said["citation"] and said["source"]["name"] in said["citation"]
    assert {c["code"] for c in said["columns"]} >= {"from", "to", "fen"}
    assert said["trail_checkpoint"] is None


def test_metadata_names_the_state_of_the_log_of_the_moment(client: FlaskClient, app: Flask) -> None:
    client.get(f"/flow.metadata.json?{FOCUS}")  # a page that is kept would never show a newer checkpoint
    settings = app.extensions["portal.installation"].settings
    LogFiles(settings.log_dir).put_checkpoint("example.org/log\n7\nROOT\n\n— example.org/log signature\n")
    said = client.get(f"/flow.metadata.json?{FOCUS}").get_json()
    assert said["trail_checkpoint"] == {"origin": "example.org/log", "size": 7, "root": "ROOT"}


def test_metadata_and_picture_speak_english_under_en(client: FlaskClient) -> None:
    said = client.get(f"/en/flow.metadata.json?{FOCUS}").get_json()
    assert said["language"] == "en" and said["title"].startswith("Money flow")
    assert said["permanent_link"] == f"http://localhost/en/flow?{FOCUS}"


def test_a_citation_reads_as_a_footnote(app: Flask) -> None:
    cite = Citation(
        "县农业农村局", "阳光帮扶", "资金流向：柳荫村 2026", date(2026, 11, 20), "https://e.org/flow?year=2026"
    )
    with app.test_request_context("/"):
        assert cite.text.startswith("县农业农村局：《资金流向：柳荫村 2026》，阳光帮扶，数据截至 2026 年 11 月 20 日。")
        assert cite.text.endswith("https://e.org/flow?year=2026")


def test_clauses_stay_whole_where_they_fit() -> None:
    said = "2026 年柳荫村收到 312.4 万元，91% 已到项目或农户，27.9 万元还在账上，最久 63 天。"
    lines = wrap(said, 700, 30)
    assert "".join(lines) == said
    assert all(line.endswith(("，", "。")) for line in lines)
    assert [len(line) for line in wrap("柳" * 50, 600, 30)] == [20, 20, 10]
    assert wrap("reached projects or households", 200, 30) == ["reached", "projects or", "households"]


def test_what_is_written_on_the_sheet_is_escaped() -> None:
    sheet = Sheet(
        "<b>", "a & b", "2026", [("还在账上", True), ("对不上", False)], [("收到", "1")], "平", False, ["<i>"], "", 0
    )
    drawn = compose(sheet, "<svg viewBox='0 0 1 1'></svg>", 100)
    assert "<b>" not in drawn and "<i>" not in drawn and "a &amp; b" in drawn
    assert raster.png(drawn).startswith(b"\x89PNG")
