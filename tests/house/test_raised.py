"""Layers below `web` know no language; whatever their errors say has English all the same."""

import re

from portal.web.language import CATALOGUE, ENGLISH, english, read_catalogue
from tests.house.raised import HAN, as_message, raised, said_by
from tests.house.tree import ROOT

HOLE = re.compile(r"%\(\w\)s")


def test_every_error_has_its_english() -> None:
    known = read_catalogue(CATALOGUE, ENGLISH).known
    missing = {text: file for text, file in raised(ROOT).items() if not known.get(text)}
    assert missing == {}, "run scripts/catalogue and write the English of these"


def test_the_english_has_the_same_holes_and_no_chinese_but_what_is_to_be_typed() -> None:
    known = english().known
    for text in raised(ROOT):
        assert sorted(HOLE.findall(text)) == sorted(HOLE.findall(known[text])), text
        assert [word for word in re.findall(r"[\u4e00-\u9fff]+", known[text]) if word not in text] == [], text


def test_a_new_error_without_english_is_seen() -> None:
    source = 'raise NotFound(f"没有 {name} 这种东西", fix="换" + "一个" if ok else "算了")'
    assert set(said_by(source)) == {"没有 %(a)s 这种东西", "换一个", "算了"}
    assert as_message("到 100% 为止") == "到 100% 为止"
    assert as_message("\0 到 100%") == "%(a)s 到 100%%"


def test_a_text_that_was_put_together_finds_its_english() -> None:
    said = english().gettext
    assert said("没有账号 li.wei") == "There is no account li.wei"
    assert said("批次 PC-2026-001 的第 15 行已经登记过") == "Row 15 of batch PC-2026-001 is already registered"
    assert said("分不清是 5% 还是 500%") == "5% or 500%? It cannot be told"
    assert said(
        "从这些里选一个：扶贫资金、社会救助"
    ) == "Choose one of these: Poverty relief funds, Social assistance" or (
        not HAN.search(said("从这些里选一个：扶贫资金、社会救助"))
    )


def test_what_nobody_knows_stays_as_it_is() -> None:
    said = english().gettext
    assert said("柳荫村") == "柳荫村"
    assert said("<script>") == "<script>"
    assert said("柳" * 5000) == "柳" * 5000
