"""Geometry and markup of the flow picture: bands sum, nothing overlaps, every node is a link."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from portal.public.drawing.fold import MOST, between, fold, with_ends
from portal.public.drawing.layout import Drawing, Frame, lay_out
from portal.public.drawing.picture import HELD, PAID, FlowLink, FlowNode, FlowPicture
from portal.public.drawing.strip import strip
from portal.public.drawing.svg import Words, draw
from tests.doors.public.pictures import crowded, node, village

SVG = "{http://www.w3.org/2000/svg}"
WORDS = Words(
    amount=lambda fen: f"{fen / 1_000_000:,.1f}",
    describe=lambda n: f"{n.name}，收到 {n.in_fen}",
    held="还在账上",
    short="差",
    days=lambda d: f"最久 {d} 天",
    title="题目",
    description="说明",
)


def folded(picture: FlowPicture) -> FlowPicture:
    return with_ends(fold(picture, lambda n: f"其余 {n} 项", lambda _t: "#table"), "还在账上", "已发到农户", "#table")


def drawing(picture: FlowPicture) -> Drawing:
    return lay_out(picture, Frame())


PICTURES = [village(), *(crowded(seed) for seed in range(6))]


@pytest.mark.parametrize("picture", PICTURES)
def test_folding_keeps_every_fen_and_at_most_ten_nodes_a_column(picture: FlowPicture) -> None:
    small = folded(picture)
    for tier in picture.tiers:
        assert len(small.in_tier(tier)) <= MOST
        ends = [n for n in small.in_tier(tier) if n.id not in (HELD, PAID)]
        assert sum(n.in_fen for n in ends) == sum(n.in_fen for n in picture.in_tier(tier))
    assert all(n.balanced for n in small.nodes)
    before = sum(link.fen for link in picture.links)
    assert sum(link.fen for link in small.links if link.target not in (HELD, PAID)) == before


def test_the_focal_node_is_never_folded_away() -> None:
    small = [node(f"镇{i}", 4, 100 - i) for i in range(30)]
    focal = FlowNode("小镇", 4, "小镇", 1, 1, focal=True)
    kept = fold(FlowPicture((*small, focal), ()), lambda n: f"其余 {n} 项", lambda _t: "#table").in_tier(4)
    assert focal in kept
    assert [n.name for n in kept if n.id.startswith("rest")] == ["其余 22 项"]


@pytest.mark.parametrize("picture", PICTURES)
def test_bands_fill_their_nodes_exactly(picture: FlowPicture) -> None:
    placed = drawing(folded(picture))
    for box in placed.boxes:
        leaving = sum(b.height for b in placed.bands if b.source == box.node.id)
        arriving = sum(b.height for b in placed.bands if b.target == box.node.id)
        gone = box.node.out_fen + (max(box.node.held_fen, 0) + box.node.paid_fen if leaving else 0)
        if leaving:
            assert leaving == pytest.approx(gone * placed.scale)
        if arriving:
            assert arriving == pytest.approx(box.node.in_fen * placed.scale)
            assert arriving <= box.height + 1e-6


@pytest.mark.parametrize("picture", PICTURES)
def test_nodes_do_not_overlap_and_stay_inside_the_frame(picture: FlowPicture) -> None:
    placed = drawing(folded(picture))
    for column in range(len(placed.columns)):
        boxes = [b for b in placed.boxes if b.column == column]
        for upper, lower in pairwise(boxes):
            assert lower.y >= upper.y + upper.height
            assert lower.middle - upper.middle >= 20  # a label's height
        assert min(b.y for b in boxes) >= placed.frame.top - 1e-6
        assert max(b.y + b.height for b in boxes) <= placed.frame.top + placed.frame.height + 1e-6
    assert placed.frame.width - max(b.x for b in placed.boxes) >= 200


@pytest.mark.parametrize("picture", PICTURES)
def test_every_node_is_a_named_link_and_no_number_is_broken(picture: FlowPicture) -> None:
    shown = folded(picture)
    text = draw(shown, drawing(shown), WORDS, alone=True)
    root = ElementTree.fromstring(text)
    links = root.findall(f".//{SVG}a")
    assert len(links) == len(shown.nodes)
    assert all(link.get("href") and link.findtext(f"{SVG}title") for link in links)
    assert not re.search(r"nan|inf|undefined|None", text, re.IGNORECASE)
    assert " style=" not in text
    assert len(text) < 60_000  # every node linked to every other


def test_the_usual_size_is_about_twenty_kilobytes() -> None:
    shown = folded(village())
    assert len(draw(shown, drawing(shown), WORDS)) < 8_000


def test_money_that_stands_still_is_hatched_from_its_holder_to_the_account() -> None:
    shown = folded(village())
    placed = drawing(shown)
    held = [b for b in placed.bands if b.held]
    assert {b.source for b in held} == {"农业农村局", "红窑镇"}
    assert sum(b.fen for b in held) == shown.node(HELD).held_fen == 28_000_000
    assert shown.node(HELD).held_days == 63
    assert draw(shown, placed, WORDS).count("url(#fh)") == 5  # two bands, two feet, the end


def test_a_shortfall_is_red_with_its_sum() -> None:
    short = FlowNode("镇", 2, "镇", 10_000_000, 12_500_000, held_fen=-2_500_000, href="/x")
    nodes = (node("县", 1, 10), short, node("村", 3, 12, paid=12))
    picture = FlowPicture(nodes, (FlowLink("县", "镇", 10_000_000), FlowLink("镇", "村", 12_500_000)))
    text = draw(picture, drawing(picture), WORDS)
    assert "url(#fm)" in text
    assert "差 2.5" in text


def test_one_node_and_no_node_can_be_drawn() -> None:
    for nodes in ((), (node("国库", 1, 0),), (node("国库", 1, 3, held=3),)):
        picture = with_ends(FlowPicture(nodes, ()), "还在账上", "已发", "")
        assert "nan" not in draw(picture, drawing(picture), WORDS)


def test_a_flow_that_runs_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match="backwards"):
        FlowPicture((node("镇", 4, 1), node("县", 3, 1)), (FlowLink("镇", "县", 1),))


def test_names_are_escaped_in_the_markup() -> None:
    picture = FlowPicture((FlowNode("a", 1, '<script>"&', 1, 1, href='/x?a="&b'),), ())
    text = draw(picture, drawing(picture), WORDS)
    assert "<script" not in text
    ElementTree.fromstring(text)


def test_the_phone_strip_draws_two_tiers_upright() -> None:
    pair = with_ends(between(village(), 3, 4), "账上", "已发")
    text = strip(pair, WORDS, prefix="s3")
    root = ElementTree.fromstring(text)
    assert root.get("aria-hidden") == "true"
    assert "农业农村局" in text and "红窑镇" in text
    widths = [float(r.get("width", "0")) for r in root.findall(".//rect")]
    assert sum(widths) <= 2 * 358


def test_the_figure_of_what_is_held_is_the_headlines() -> None:
    """The last column's own held money counts in the figure, though its band starts only above."""
    nodes = (
        FlowNode("unit:1", 3, "局", 100, out_fen=70, held_fen=30),
        FlowNode("project:1", 5, "项目", 70, paid_fen=50, held_fen=20, held_days=9),
    )
    ended = with_ends(FlowPicture(nodes, (FlowLink("unit:1", "project:1", 70),), ()), "还在账上", "已发")
    held = next(node for node in ended.nodes if node.id == "held")
    assert (held.in_fen, held.held_fen, held.held_days) == (30, 50, 9)
