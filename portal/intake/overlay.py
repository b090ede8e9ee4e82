"""Cells corrected on screen, laid over the rows of the file as it is read again; the file itself is never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from portal.kernel.sheets.reading import Batch

Cells = Mapping[tuple[int, str], str | None]
"""(row of the sheet, header of the dictionary) → what stands there now; None empties the cell."""


@dataclass
class Overlay:
    """The corrections of one file, and what stood in their cells before."""

    cells: Cells
    before: dict[tuple[int, str], str | None] = field(default_factory=dict)

    def on_sheet(self, batch: Batch, places: Mapping[str, int]) -> Batch:
        """A batch of the sheet with the corrected cells of the columns that the sheet has."""
        index = self._rows(batch.rows)
        if not index:
            return batch
        columns = list(batch.columns)
        for (row, header), value in self.cells.items():
            if row in index and header in places:
                place = places[header]
                if columns[place] is batch.columns[place]:
                    columns[place] = list(columns[place])
                self.before[row, header] = columns[place][index[row]]
                columns[place][index[row]] = value
        return Batch(batch.rows, columns)

    def on_columns(self, raw: dict[str, Sequence[str | None]], rows: Sequence[int], places: Mapping[str, int]) -> None:
        """The corrected cells of columns that the sheet lacks or that a profile fills; `raw` is changed in place."""
        index = self._rows(rows)
        for (row, header), value in self.cells.items():
            if row in index and header not in places:
                column = list(raw.get(header) or [None] * len(rows))
                self.before[row, header] = column[index[row]]
                column[index[row]] = value
                raw[header] = column

    def _rows(self, rows: Sequence[int]) -> dict[int, int]:
        touched = {row for row, _ in self.cells}
        return {row: index for index, row in enumerate(rows) if row in touched} if touched else {}
