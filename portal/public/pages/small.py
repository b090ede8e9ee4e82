"""The small picture: source, kind, and where it went, from the same rows as the large one; sums meet to the fen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from markupsafe import Markup

from portal.public.drawing.fold import fold, with_ends
from portal.public.drawing.layout import Frame, lay_out
from portal.public.drawing.picture import ColumnTitle, FlowLink, FlowNode, FlowPicture
from portal.public.drawing.strip import strip
from portal.public.drawing.svg import Words, draw
from portal.public.pages.flow_address import flow_query
from portal.registers.funds.flow import FlowRow, Unbalanced
from portal.registers.funds.flows.rules import SOURCES
from portal.web.language import gettext as _

WORKS, HOMES, ELSEWHERE = "works", "homes", "elsewhere"
FRAME = Frame(width=700.0, height=350.0, right=196.0, top=52.0)


class Small:
    """Money summed by source, kind and end."""

    def __init__(self, rows: Iterable[FlowRow], as_of: date) -> None:
        self.came: Counter[tuple[str, str]] = Counter()
        self.went: Counter[tuple[str, str]] = Counter()
        self.held: Counter[str] = Counter()
        self.returned: Counter[str] = Counter()
        self.days: dict[str, int] = {}
        for row in rows:
            self._add(row, as_of)

    def _add(self, row: FlowRow, as_of: date) -> None:
        if row.through:
            self.came[row.source, row.kind] += row.paid_household_fen
            self.went[row.kind, HOMES] += row.paid_household_fen
            return
        if row.parent_tier == 0:
            self.came[row.source, row.kind] += row.gross_fen
            self.returned[row.kind] += row.returned_fen
        self.went[row.kind, HOMES] += row.paid_household_fen
        self.went[row.kind, WORKS] += row.paid_fen - row.paid_household_fen
        self.held[row.kind] += row.held_fen
        if row.held_fen > 0 and row.waiting_since is not None:
            self.days[row.kind] = max(self.days.get(row.kind, 0), (as_of - row.waiting_since).days)

    def end_fen(self, end: str) -> int:
        """All that went to one end."""
        return sum(fen for (_kind, where), fen in self.went.items() if where == end)

    def by_source(self) -> dict[str, int]:
        """What each source gave."""
        sums: Counter[str] = Counter()
        for (source, _kind), fen in self.came.items():
            sums[source] += fen
        return {source: sums[source] for source in (*SOURCES, "") if sums[source]}

    def picture(self, root: str, year: int, area: str = "") -> FlowPicture:
        """Three columns; every node leads into the large picture."""
        nodes: list[FlowNode] = []
        links: list[FlowLink] = []
        kinds: Counter[str] = Counter()
        for (_source, kind), fen in self.came.items():
            kinds[kind] += fen
        table = f"{root}/flow?{flow_query(year, area)}"
        for source, fen in self.by_source().items():
            href = f"{root}/flow?{flow_query(year, f'source:{source}')}" if source and not area else table
            nodes.append(FlowNode(f"s{source}", 1, _(SOURCES.get(source, "来源未填")), fen, fen, href=href))
        for kind, fen in sorted(kinds.items(), key=lambda item: (-item[1], item[0])):
            nodes.append(self._kind(kind, fen, root, year, area, table))
        links += [FlowLink(f"s{s}", f"k{k}", fen) for (s, k), fen in sorted(self.came.items()) if fen]
        for end, name in ((WORKS, _("项目")), (HOMES, _("农户")), (ELSEWHERE, _("转到别处"))):
            fen = self.end_fen(end)
            if fen:
                nodes.append(FlowNode(end, 5, name, fen, 0, fen, href=table, household=end == HOMES))
                links += [
                    FlowLink(f"k{k}", end, part)
                    for (k, where), part in sorted(self.went.items())
                    if where == end and part > 0
                ]
        titles = (
            ColumnTitle(_("来源"), _("谁出的钱")),
            ColumnTitle(_("类别"), _("按什么名目")),
            ColumnTitle(_("去向"), _("到了哪里")),
        )
        picture = FlowPicture(tuple(nodes), tuple(links), titles)
        return with_ends(
            fold(picture, lambda n: _("其余 %(n)s 项", n=n), lambda _t: table), _("还在账上"), _("已发出"), table
        )

    def _kind(self, kind: str, fen: int, root: str, year: int, area: str, table: str) -> FlowNode:
        out = self.went[kind, WORKS] + self.went[kind, HOMES]
        held, returned = self.held[kind], self.returned[kind]
        self.went[kind, ELSEWHERE] = fen - out - held - returned
        out += self.went[kind, ELSEWHERE]
        if fen != out + held + returned or self.went[kind, ELSEWHERE] < 0:
            raise Unbalanced(f"kind {kind}: {fen} fen")
        href = f"{root}/flow?{flow_query(year, f'kind:{kind}')}" if kind and not area else table
        name = _(kind) if kind else _("类别未填")
        return FlowNode(f"k{kind}", 2, name, fen, out, 0, held, returned, href, self.days.get(kind))


def small_svg(picture: FlowPicture, words: Words) -> tuple[Markup, Markup]:
    """The drawing for wide screens and the upright one for phones. Every text was escaped by the drawing."""
    wide = draw(picture, lay_out(picture, FRAME), words, prefix="w")
    return Markup(wide), Markup(strip(picture, words, prefix="v", drop=84.0))  # noqa: S704
