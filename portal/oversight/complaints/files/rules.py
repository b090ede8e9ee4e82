"""Where files of complaints lie."""

from __future__ import annotations

from pathlib import Path


def place_of(directory: Path, name: str) -> Path:
    """All in one folder: folders by complaint would tell which files belong together."""
    return directory / name
