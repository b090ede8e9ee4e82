"""The few bytes that stand before a photo and before its answer on the line to the child."""

from __future__ import annotations

import struct
from typing import Final

HEAD: Final = struct.Struct(">cI")
"""Kind (`p` read, `w` windows) and length of the photo."""
ANSWER: Final = struct.Struct(">II")
"""Lengths of the JSON text and of the bytes that follow it."""
READY: Final = b"!"
"""What the child sends once, when it can take the first."""
