"""The picture away from its page: as a PNG, as metadata, and as a citation. All from the page's own figures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import segno

from portal.public.drawing import raster, sheet
from portal.public.drawing.layout import frame_for
from portal.public.pages.columns import flow_columns
from portal.public.pages.flow_page import FlowPage
from portal.public.pages.log import LogState
from portal.web.filters import colon, day, in_unit, unit_name
from portal.web.language import current_language
from portal.web.language import gettext as _
from portal.web.sessions import installation
from portal.web.site import address_of_site

SUFFIXES = ("csv", "xlsx", "json", "png", "svg", "metadata.json")
PICTURE_FOOT = 30.0  # what a drawing leaves below its frame


@dataclass(frozen=True)
class Citation:
    """How to cite a picture: who publishes it, what it is called, of which day, where it stays."""

    publisher: str
    site: str
    title: str
    as_of: date
    link: str

    @property
    def text(self) -> str:
        """One line for a footnote."""
        said = {"publisher": self.publisher, "title": self.title, "site": self.site, "day": day(self.as_of)}
        return str(_("%(publisher)s：《%(title)s》，%(site)s，数据截至 %(day)s。", **said)) + " " + self.link


def citation(page: FlowPage) -> Citation:
    """How the picture of a request is cited."""
    settings = installation().settings
    link = permanent_link(page, address_of_site())
    return Citation(settings.organiser, settings.site_name, flow_title(page), page.view.picture.as_of, link)


def flow_title(page: FlowPage) -> str:
    """What a picture is called where it stands alone."""
    return f"{_('资金流向')}{colon()}{page.place} {page.year}"


def permanent_link(page: FlowPage, address: str) -> str:
    """The address of a picture that stays: year and focus, without the reader's own modes. `address`: of the site."""
    return f"{address}{page.path}{page.suffix}"


def licence() -> str:
    """Under which words the figures may be used."""
    return str(_("可以自由使用、转载和改编，注明来源和取数日期。"))


@dataclass(frozen=True)
class Qr:
    """A QR code as the `d` of a stroked path, one unit a module."""

    path: str
    modules: int


def qr_of(link: str) -> Qr:
    """The code of an address, for print and pictures."""
    # One mask for all: readers take any, and weighing the eight costs more than the rest of the code.
    code = segno.make(link, error="m", mask=3)
    path = re.search(r' d="([^"]*)"', code.svg_inline(border=0, omitsize=True))
    return Qr(path[1] if path else "", int(code.symbol_size(border=0)[0]))


def flow_png(page: FlowPage, cite: Citation) -> bytes:
    """The picture with its words, at twice its size. Raises NoFont."""
    frame = frame_for(page.view.ended)
    drawing = str(page.view.svg(page.finding))
    height = frame.top + frame.height + PICTURE_FOOT
    return raster.png(sheet.compose(flow_sheet(page, cite), drawing, height))


def flow_sheet(page: FlowPage, cite: Citation) -> sheet.Sheet:
    """The words around the drawing."""
    view, summary = page.view, page.view.summary
    qr = qr_of(cite.link)
    ends = [
        (_("收到"), summary.received_fen),
        (_("＝ 已到项目和农户"), summary.paid_fen),
        (_("＋ 还在账上"), summary.held_fen),
        (_("＋ 退回"), summary.returned_fen),
    ]
    if summary.outside_fen:
        ends.append((_("＋ 转到别处"), summary.outside_fen))
    short = any(node.held_fen < 0 for node in view.picture.nodes)
    measure = f"{page.year} · {_('单位')}{colon()}{unit_name(view.unit)} · " + _(
        "数据截至 %(day)s", day=day(view.picture.as_of)
    )
    return sheet.Sheet(
        sentence=page.plain,
        finding=page.finding,
        measure=measure,
        legend=[(_("还在账上"), True), *([(_("对不上"), False)] if short else [])],
        balance=[(label, in_unit(fen, view.unit)) for label, fen in ends],
        verdict=_("账是平的，一分不差") if view.balanced else _("账不平，差额见表"),
        balanced=view.balanced,
        source=[
            f"{_('来源')}{colon()}{cite.publisher} · {cite.site} · {flow_title(page)}",
            cite.link,
            licence(),
        ],
        qr_path=qr.path,
        qr_modules=qr.modules,
    )


def flow_metadata(page: FlowPage, cite: Citation, log: LogState) -> dict[str, Any]:
    """What the picture is, for machines: title, unit, source, columns, licence, as-of date, link, state of the log."""
    columns = [
        {
            "code": column.code,
            "title": column.label,
            "kind": column.kind,
            **({"unit": {"json": "fen", "csv": "yuan", "xlsx": "yuan"}} if column.kind == "fen" else {}),
        }
        for column in flow_columns()
    ]
    base = cite.link.partition("?")[0]
    return {
        "title": flow_title(page),
        "subtitle": page.plain,
        "finding": page.finding,
        "language": "en" if current_language() == "en" else "zh-Hans",
        "year": page.year,
        "focus": page.view.picture.focus,
        "unit": {"name": "fen", "note": _("JSON 里的金额是整数分；CSV 和 Excel 里是元，两位小数。")},
        "source": {"name": cite.publisher, "site": cite.site},
        "columns": columns,
        "rows": page.view.row_count,
        "licence": licence(),
        "citation": cite.text,
        "as_of": page.view.picture.as_of.isoformat(),
        "permanent_link": cite.link,
        "files": {suffix: f"{base}.{suffix}{page.suffix}" for suffix in SUFFIXES},
        "trail_checkpoint": None if log.size is None else {"origin": log.origin, "size": log.size, "root": log.root},
    }
