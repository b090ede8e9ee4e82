"""The flow page: one picture of the funds register becomes sentence, drawing, ladder, table and download alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from heapq import nsmallest
from operator import attrgetter

from markupsafe import Markup

from portal.public.drawing.fold import between, choose, merge, with_ends
from portal.public.drawing.layout import frame_for, lay_out
from portal.public.drawing.picture import HELD, PAID, ColumnTitle, FlowNode, FlowPicture
from portal.public.drawing.strip import strip
from portal.public.drawing.svg import SERIAL, Words, draw
from portal.public.pages.flow_address import node_href, node_subject
from portal.public.pages.flow_rows import BRIEF, Entry, Row, entries
from portal.registers.funds import flow as funds
from portal.registers.funds.flows.rules import SOURCES
from portal.web.filters import Unit, colon, in_unit, unit_for, unit_name
from portal.web.language import gettext as _

FILLS = {1: "f1", 2: "f2", 3: "f3", 4: "f4", 5: "f5"}


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
    subject: str


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


Naming = Callable[[Collection[str]], Mapping[str, str]]


class FlowView:
    """Everything that the templates show of one picture; all of it from the same nodes and links.

    A wide picture has hundreds of nodes and shows ten a column: names and addresses are made for what is shown, by one
    call of `naming`. `whole` names all of them, for the table and the files; `also` names more nodes by id.
    """

    def __init__(
        self,
        picture: funds.FlowPicture,
        root: str,
        table_url: str,
        naming: Naming,
        *,
        whole: bool = False,
        also: Collection[str] = (),
    ) -> None:
        self.picture = picture
        self.summary = picture.summary
        self.root = root
        self.table_url = table_url
        self.unit: Unit = unit_for([node.in_fen for node in picture.nodes])
        self.balanced = all(node.gap_fen == 0 and node.held_fen >= 0 for node in picture.nodes)
        self._nodes = {node.id: node for node in picture.nodes}
        self._chosen = choose(sorted(picture.nodes, key=_budget_order))
        self.names = naming(list(self._nodes) if whole else [*self._shown(), *also])

    def _shown(self) -> list[str]:
        """Ids of the nodes that a page names: the drawn ones, those of the first rows, and the one of its title."""
        brief = [node_id for entry in self._entries[:BRIEF] for node_id in (entry.source, entry.target) if node_id]
        ids = [*(node.id for node in self._chosen.kept), *brief, *(node.id for node in largest_holders(self.picture))]
        return list(dict.fromkeys(ids))

    def name(self, node_id: str) -> str:
        """A node's name as the page shows it."""
        return shown_name(self._nodes[node_id].tier, self.names.get(node_id, node_id))

    def href(self, node_id: str) -> str:
        """Where a node leads: the picture that starts from it, or its own page."""
        return self.root + node_href(node_id, self.picture.year, self.picture.focus)

    @cached_property
    def folded(self) -> FlowPicture:
        """At most ten nodes a column."""
        titles = column_titles()
        columns = tuple(titles[tier] for tier in sorted({node.tier for node in self.picture.nodes}))
        rest_name = partial(_rest_name, _("其余 %(n)s 项"))
        return merge(self._chosen, self.picture.links, columns, self._dress, rest_name, lambda _tier: self.table_url)

    def _dress(self, n: funds.FlowNode) -> FlowNode:
        return FlowNode(
            n.id, n.tier, self.name(n.id), n.in_fen, n.out_fen, n.paid_fen, n.held_fen, n.returned_fen,
            self.href(n.id), n.held_days, n.household, n.focal,
        )  # fmt: skip

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
        placed = lay_out(self.ended, frame_for(self.ended))
        return Markup(draw(self.ended, placed, self.words(title), alone=alone))  # noqa: S704

    @cached_property
    def _entries(self) -> list[Entry]:
        return sorted(entries(self.picture), key=attrgetter("rank"))

    @property
    def row_count(self) -> int:
        """Rows of the unfolded table."""
        return len(self._entries)

    def rows(self, first: int = 0, last: int | None = None) -> list[Row]:
        """Rows of the unfolded table: what stands still first, then by amount. Names what the view has names for."""
        # Looked up once: a city has thousands of rows.
        ends = {
            "held": _("还在账上"),
            "short": _("对不上"),
            "returned": _("退回上级"),
            "paid": _("发出"),
            "home": _("发到农户"),
        }
        return [self._row(entry, ends) for entry in self._entries[first:last]]

    def _row(self, entry: Entry, ends: Mapping[str, str]) -> Row:
        source = self._nodes[entry.source]
        given = (source.id, self.name(source.id), self.href(source.id))
        if entry.target:
            target = self._nodes[entry.target]
            fill = "f6" if target.household else FILLS[target.tier]
            taken = (target.id, self.name(target.id), self.href(target.id))
            return Row("link", *given, *taken, entry.fen, source.in_fen, fill)
        word, fill = entry.kind, {"held": "hatch", "returned": "f2", "paid": "f6"}[entry.kind]
        if entry.kind == "held" and entry.fen < 0:
            word, fill = "short", "mismatch"
        elif entry.kind == "paid" and source.household:
            word = "home"
        days = source.held_days if entry.kind == "held" else None
        return Row(entry.kind, *given, "", ends[word], "", entry.fen, source.in_fen, fill, days)

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


_BUDGET = {f"source:{code}": place for place, code in enumerate(SOURCES)}


def _budget_order(node: funds.FlowNode) -> tuple[int, int]:
    """Sources in the order of the budget; everything else as it comes."""
    return node.tier, _BUDGET.get(node.id, len(_BUDGET))


_COUNTED = re.compile(r"(.*) (\d+) 户")


def shown_name(tier: int, name: str) -> str:
    """A node's name; enumerations, headings and counts have their English, names of the trade stay as they are."""
    if tier <= funds.KIND and name:
        return str(_(name))
    counted = _COUNTED.fullmatch(name)
    if counted:
        return str(_("%(name)s %(n)s 户", name=counted[1], n=counted[2]))
    own = {"直达农户": _("直达农户"), "县级直达": _("县级直达"), "转往别处": _("转往别处"), "单位未填": _("单位未填")}
    return str(own.get(name, name))


def largest_holders(picture: funds.FlowPicture, most: int = 3) -> list[funds.FlowNode]:
    """Who holds the most; whoever passed on more than it had stands first, the largest shortfall of all."""
    holding = (node for node in picture.nodes if node.held_fen)
    return nsmallest(most, holding, key=lambda n: (n.held_fen > 0, -abs(n.held_fen), n.id))


def _rest_name(words: str, n: int) -> str:
    return words % {"n": n}


def _rung(node: FlowNode) -> Rung:
    fill = "f6" if node.household else FILLS[node.tier]
    return Rung(
        node.name,
        node.href,
        node.weight_fen,
        node.out_fen,
        node.paid_fen,
        node.held_fen,
        node.held_days,
        fill,
        node_subject(node.id),
    )
