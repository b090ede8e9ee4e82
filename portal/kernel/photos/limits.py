"""What a photo may cost before the child that decodes it is ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PhotoLimits:
    """Limits of the jailed child. Memory is reserved address space, of which libraries take some 300 MiB."""

    memory_bytes: int = 1536 * 1024 * 1024
    cpu_seconds: int = 10  # for one photo
    wall_seconds: float = 20.0  # for one photo; then the child is killed
    start_seconds: float = 60.0  # until a new child can take its first photo: no photo's fault
    open_files: int = 32
    pixels: int = 40_000_000
    derivative_side: int = 640  # the rebuilt picture's longer side: from here to just below the double, in pixels
    derivative_quality: int = 80
    photos_per_child: int = 2000
    seconds_per_child: float = 1800.0
