"""Make a profile from a sheet whose headings are unknown: what stands in it, what it seems to be, and the YAML to save."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from portal.intake.declaration import Kind
from portal.intake.headers import folded
from portal.intake.profiles import Profile
from portal.intake.stage import mask_value
from portal.kernel.errors import BadInput
from portal.kernel.sheets.reading import read_table

LOOKED_AT = 20
SAMPLES = 3
_NUMBER = re.compile(r"[0-9][0-9 -]{8,}[0-9Xx]")


@dataclass(frozen=True)
class SheetColumn:
    """One column of the sheet: its heading, a few of its values (long numbers masked), and what it seems to be."""

    name: str
    samples: tuple[str, ...]
    guess: str


@dataclass(frozen=True)
class SheetHead:
    """A sheet as it is shown for mapping; `rows` are its first rows with their numbers."""

    sheet: str
    sheets: tuple[str, ...]
    header_row: int
    columns: tuple[SheetColumn, ...]
    rows: Mapping[int, Sequence[str | None]] = field(default_factory=dict)


def read_head(
    path: Path, kind: Kind, scratch: Path, *, sheet: int | str = 1, header_row: int | None = None
) -> SheetHead:
    """The headings and samples of a sheet; without `header_row` the likeliest row is taken. FileRefused as on import."""
    with read_table(path, sheet=sheet, header_row=header_row or 1, scratch=scratch) as table:
        batch = next(table.batches(), None)
        found = list(range(min(LOOKED_AT, len(batch)))) if batch else []
        rows: dict[int, Sequence[str | None]] = {
            batch.rows[i]: [column[i] for column in batch.columns] for i in found if batch
        }
        names, title, titles = table.names, table.sheet_name, table.sheet_names
        stated = [None if column.name == f"列{column.letter}" else column.name for column in table.columns]
        banner = dict(enumerate(table.banner, 1))
    if header_row is None:
        likely = _likely_row(kind, {1: stated, **rows})
        if likely != 1:
            return read_head(path, kind, scratch, sheet=sheet, header_row=likely)
    known = known_names(kind)
    columns = tuple(
        SheetColumn(name, _samples(rows.values(), place), known.get(folded(name), ""))
        for place, name in enumerate(names)
    )
    start = header_row or 1
    return SheetHead(title, titles, start, _once(columns), {**banner, start: names, **rows})


def known_names(kind: Kind) -> dict[str, str]:
    """Headings as compared → header of the dictionary."""
    known = {folded(name): column.header for column in kind.columns for name in column.aliases}
    return known | {folded(column.header): column.header for column in kind.columns}


def _once(columns: Sequence[SheetColumn]) -> tuple[SheetColumn, ...]:
    """A header of the dictionary is guessed for one column only."""
    seen: set[str] = set()
    kept = []
    for column in columns:
        guess = "" if column.guess in seen else column.guess
        seen.add(guess)
        kept.append(SheetColumn(column.name, column.samples, guess))
    return tuple(kept)


def _likely_row(kind: Kind, rows: Mapping[int, Sequence[str | None]]) -> int:
    """The row with the most known headings; among equals the one with the most different words, then the first."""
    known = known_names(kind)

    def weight(row: int) -> tuple[int, int, int]:
        texts = {folded(cell) for cell in rows[row] if cell}
        words = sum(not text.replace(".", "").replace("-", "").isdigit() for text in texts)
        return len(texts & known.keys()), words, -row

    return max(rows, key=weight)


def _samples(rows: Iterable[Sequence[str | None]], place: int) -> tuple[str, ...]:
    found: list[str] = []
    for cells in rows:
        text = (cells[place] or "").strip() if place < len(cells) else ""
        if text and text not in found:
            found.append(text)
    return tuple(_NUMBER.sub(lambda m: mask_value(m[0]), text)[:40] for text in found[:SAMPLES])


def fits(profile: Profile, head: SheetHead) -> bool:
    """Whether the headings that a profile reads stand where it expects them."""
    cells = head.rows.get(profile.header_row)
    wanted = {folded(name) for name in (*profile.columns, *profile.ignore)}
    return bool(cells and wanted and wanted <= {folded(cell) for cell in cells if cell})


@dataclass(frozen=True)
class Mapped:
    """What a person chose on the mapping page."""

    header_row: int
    sheet: str
    unit: str
    columns: Mapping[str, str]  # heading of the sheet → header of the dictionary
    constants: Mapping[str, str]
    ignore: Sequence[str]


def profile_text(kind: Kind, mapped: Mapped) -> str:
    """The YAML of a profile. BadInput when two columns are to be the same, or when a key of the kind is missing."""
    targets = list(mapped.columns.values())
    twice = sorted({target for target in targets if targets.count(target) > 1 or target in mapped.constants})
    if twice:
        raise BadInput(f"“{twice[0]}”选了不止一次", fix="每一列只对应一次；其余的选“不导入”或“照原名留着”")
    needed = [c.header for c in kind.columns if c.field in kind.key and c.required]
    lacking = [header for header in needed if header not in targets and header not in mapped.constants]
    if lacking:
        raise BadInput(f"还缺必填的列：{'、'.join(lacking)}", fix="选出它是表里的哪一列；每行都一样的，在下面填一次")
    content: dict[str, object] = {"kind": kind.name, "header_row": mapped.header_row}
    if mapped.sheet:
        content["sheet"] = mapped.sheet
    if kind.money and mapped.unit != "元":
        content["unit"] = mapped.unit
    content["columns"] = dict(mapped.columns)
    if mapped.constants:
        content["constants"] = dict(mapped.constants)
    if mapped.ignore:
        content["ignore"] = list(mapped.ignore)
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
