"""What a page of a paper may cost before the child that draws it is ended."""

from __future__ import annotations

from dataclasses import dataclass

from portal.kernel.photos.limits import PhotoLimits


@dataclass(frozen=True)
class PaperLimits(PhotoLimits):
    """Limits of the jailed child. A page is drawn at one size, whatever size it says that it has."""

    derivative_side: int = 1600  # the drawn page's longer side in pixels
    derivative_quality: int = 85
    pages: int = 60  # what lies behind them is not shown
    photos_per_child: int = 60  # pages; the next paper may have another child
    seconds_per_child: float = 120.0
