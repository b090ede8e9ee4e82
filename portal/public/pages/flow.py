"""The flow page: one picture of the funds register becomes sentence, drawing, ladder, table and download alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup

from portal.public.drawing.fold import between, fold, with_ends
from portal.public.drawing.layout import Frame, lay_out
from portal.public.drawing.picture import HELD, PAID, ColumnTitle, FlowLink, FlowNode, FlowPicture
from portal.public.drawing.strip import strip
from portal.public.drawing.svg import SERIAL, Words, draw
from portal.registers.funds import flow as funds
from portal.registers.funds.flows.rules import SOURCES
from portal.web.filters import Unit, colon, in_unit, unit_for, unit_name
from portal.web.language import gettext as _

FILLS = {1: "f1", 2: "f2", 3: "f3", 4: "f4", 5: "f5"}


@dataclass(slots=True)  # not frozen: a city has thousands, and freezing costs four times the making
class Row:
    """One line of the table: a link of the picture, or what a holder keeps, paid out or sent back."""

    kind: str
    source_id: str
    source: str
    source_href: str
    target_id: str
    target: str
    target_href: str
    fen: int
    whole_fen: int
    fill: str
    days: int | None = None


@dataclass(frozen=True)
class Rung:
    """One holder on the phone's ladder."""

    name: str
    href: str
    weight_fen: int
    out_fen: int
    paid_fen: int
    held_fen: int
    held_days: int | None
    fill: str


@dataclass(frozen=True)
class Tier:
    """One screen of the ladder. `first` is shown until the address names another."""

    number: int
    serial: str
    title: str
    question: str
    above: str
    strip: Markup
    nodes: tuple[Rung, ...]
    total_fen: int
    widest_fen: int
    before: int | None
    after: int | None
    first: bool


def column_titles() -> dict[int, ColumnTitle]:
    """Titles of the five pinned tiers."""
    return {
        funds.SOURCE: ColumnTitle(_("来源"), _("谁出的钱")),
        funds.KIND: ColumnTitle(_("类别"), _("按什么名目")),
        funds.DEPARTMENT: ColumnTitle(_("主管部门"), _("谁管")),
        funds.TOWN: ColumnTitle(_("县、镇"), _("谁经手")),
        funds.LEAF: ColumnTitle(_("项目和农户"), _("到了哪里")),
    }


class FlowView:
    """Everything that the templates show of one picture; all of it from the same nodes and links."""

    def __init__(self, picture: funds.FlowPicture, root: str, table_url: str) -> None:
        self.picture = picture
        self.summary = picture.summary
        self.root = root
        self.table_url = table_url
        self.unit: Unit = unit_for([node.in_fen for node in picture.nodes])
        self.balanced = all(node.gap_fen == 0 and node.held_fen >= 0 for node in picture.nodes)

    @cached_property
    def whole(self) -> FlowPicture:
        """The register's picture as a drawing takes it, unfolded."""
        titles = column_titles()
        nodes = tuple(
            FlowNode(
                n.id,
                n.tier,
                shown_name(n),
                n.in_fen,
                n.out_fen,
                n.paid_fen,
                n.held_fen,
                n.returned_fen,
                self.root + n.href if n.href else "",
                n.held_days,
                n.household,
                n.focal,
            )
            for n in sorted(self.picture.nodes, key=_budget_order)
        )
        links = tuple(FlowLink(k.source, k.target, k.fen) for k in self.picture.links)
        return FlowPicture(nodes, links, tuple(titles[t] for t in sorted({n.tier for n in nodes})))

    @cached_property
    def folded(self) -> FlowPicture:
        """At most ten nodes a column."""
        return fold(self.whole, lambda n: _("其余 %(n)s 项", n=n), lambda _tier: self.table_url)

    @cached_property
    def ended(self) -> FlowPicture:
        """Folded, with the ends of money that goes no further."""
        return with_ends(self.folded, _("还在账上"), _("已发到农户"), self.table_url)

    def words(self, title: str) -> Words:
        """What the drawing says, in the page's language and the picture's unit."""
        return Words(
            amount=lambda fen: in_unit(fen, self.unit),
            describe=self.describe,
            held=_("还在账上"),
            short=_("对不上，差"),
            days=lambda d: _("最久 %(n)s 天", n=d),
            title=title,
            description=_(
                "每一块是一个经手人，可以点开；带子的粗细是钱数，单位 %(unit)s。同样的数在图下的表里。",
                unit=unit_name(self.unit),
            ),
        )

    def describe(self, node: FlowNode) -> str:
        """A node in words, for its accessible name."""
        parts = [_("收到 %(sum)s", sum=in_unit(node.in_fen, self.unit))] if node.id != HELD else []
        for label, fen in (
            (_("往下"), node.out_fen),
            (_("已发出"), node.paid_fen),
            (_("还在账上"), node.held_fen),
            (_("退回"), node.returned_fen),
        ):
            if fen and node.id not in (HELD, PAID):
                parts.append(f"{label} {in_unit(fen, self.unit)}")
        if node.id == HELD:
            parts.append(in_unit(node.held_fen, self.unit))
        return f"{node.name}{colon()}{'，'.join(parts)} {unit_name(self.unit)}"

    def svg(self, title: str, *, alone: bool = False) -> Markup:
        """The wide drawing. Markup: every text in it was escaped by the drawing."""
        placed = lay_out(self.ended, Frame())
        return Markup(draw(self.ended, placed, self.words(title), alone=alone))  # noqa: S704

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The unfolded table: what stands still first, then by amount."""
        return tuple(sorted(_rows(self.whole), key=lambda r: (r.kind != "held", -abs(r.fen), r.source, r.target)))

    @cached_property
    def ladder(self) -> tuple[Tier, ...]:
        """The phone's screens; the one shown first stands last, which is how plain CSS can choose."""
        tiers = self.folded.tiers
        first = next((n.tier for n in self.folded.nodes if n.focal), tiers[0] if tiers else 0)
        screens = [self._tier(rank, first) for rank in range(len(tiers))]
        return tuple(sorted(screens, key=lambda screen: screen.first))

    def _tier(self, rank: int, first: int) -> Tier:
        tiers, titles = self.folded.tiers, column_titles()
        number = tiers[rank]
        nodes = sorted(self.folded.in_tier(number), key=lambda n: (not n.focal, -n.weight_fen))
        drawing = ""
        if rank:
            pair = with_ends(between(self.folded, tiers[rank - 1], number), _("账上"), _("已发"))
            drawing = strip(pair, self.words(""), prefix=f"s{number}")
        above = titles[tiers[rank - 1]] if rank else None
        return Tier(
            number=number,
            serial=SERIAL[rank],
            title=titles[number].title,
            question=titles[number].question,
            above=f"{SERIAL[rank - 1]} {above.title}" if above else "",
            strip=Markup(drawing),  # noqa: S704
            nodes=tuple(_rung(n) for n in nodes),
            total_fen=sum(n.weight_fen for n in nodes),
            widest_fen=max((n.weight_fen for n in nodes), default=0),
            before=tiers[rank - 1] if rank else None,
            after=tiers[rank + 1] if rank + 1 < len(tiers) else None,
            first=number == first,
        )


def _budget_order(node: funds.FlowNode) -> tuple[int, int]:
    """Sources in the order of the budget; everything else as it comes."""
    order = list(SOURCES)
    code = node.id.removeprefix("source:")
    return node.tier, order.index(code) if code in order else len(order)


_COUNTED = re.compile(r"(.*) (\d+) 户")


def shown_name(node: funds.FlowNode) -> str:
    """A node's name; enumerations, headings and counts have their English, names of the trade stay as they are."""
    if node.tier <= funds.KIND and node.name:
        return str(_(node.name))
    counted = _COUNTED.fullmatch(node.name)
    if counted:
        return str(_("%(name)s %(n)s 户", name=counted[1], n=counted[2]))
    own = {"直达农户": _("直达农户"), "县级直达": _("县级直达"), "转往别处": _("转往别处"), "单位未填": _("单位未填")}
    return str(own.get(node.name, node.name))


def _rung(node: FlowNode) -> Rung:
    fill = "f6" if node.household else FILLS[node.tier]
    return Rung(node.name, node.href, node.weight_fen, node.out_fen, node.paid_fen, node.held_fen, node.held_days, fill)


def _rows(picture: FlowPicture) -> Iterator[Row]:
    for link in picture.links:
        source, target = picture.node(link.source), picture.node(link.target)
        fill = "f6" if target.household else FILLS[target.tier]
        yield Row(
            "link",
            source.id,
            source.name,
            source.href,
            target.id,
            target.name,
            target.href,
            link.fen,
            source.in_fen,
            fill,
        )
    # Looked up once: a city has thousands of rows.
    waits, gap, back, home, out = _("还在账上"), _("对不上"), _("退回上级"), _("发到农户"), _("发出")
    for node in picture.nodes:
        for kind, label, fen in (
            ("held", waits if node.held_fen >= 0 else gap, node.held_fen),
            ("returned", back, node.returned_fen),
            ("paid", home if node.household else out, node.paid_fen),
        ):
            if fen:
                fill = {"held": "hatch" if fen > 0 else "mismatch", "returned": "f2", "paid": "f6"}[kind]
                days = node.held_days if kind == "held" else None
                yield Row(kind, node.id, node.name, node.href, "", label, "", fen, node.in_fen, fill, days)
