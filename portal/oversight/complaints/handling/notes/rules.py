"""What a note's box is bound to."""

from __future__ import annotations

from portal.oversight.complaints.models import Part


def part_of(step_id: int) -> str:
    """The part of one step's note."""
    return f"{Part.NOTE}:{step_id}"
