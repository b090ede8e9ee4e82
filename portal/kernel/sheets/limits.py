"""What one file may cost before it is refused; the defaults fit a million rows and stop every known bomb."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Ceilings for reading one file (bytes, counts, seconds)."""

    file_bytes: int = 512 * MIB
    members: int = 2_000
    inflated_bytes: int = 2048 * MIB
    ratio: int = 100
    ratio_floor_bytes: int = 16 * MIB
    rows: int = 5_000_000
    columns: int = 1_000
    cells: int = 20_000_000
    line_bytes: int = 1 * MIB
    memory_bytes: int = 1536 * MIB
    output_bytes: int = 4096 * MIB
    cpu_seconds: int = 300
    wall_seconds: int = 600
    open_files: int = 64


DEFAULT_LIMITS: Final = Limits()
