"""The child of the photos' jail on a machine where a process needs long to begin."""

from __future__ import annotations

import time
from typing import Final

from portal.kernel.photos import inside

BEGINS_AFTER: Final = 3.0


def main() -> None:
    """Begin late, then serve as always."""
    time.sleep(BEGINS_AFTER)
    inside.main()
