"""What a household is told about its disputes. Nobody else reads these words but who handles the dispute."""

from __future__ import annotations

from typing import Final

from portal.kernel.sealing import Keyring
from portal.registers.sealed import seal_name

TEXT_SEAL: Final = seal_name("household_disputes", "text_sealed")


def told(sealed: bytes | None, keyring: Keyring) -> str:
    """The answer to a dispute, for the household itself and for who handles it; empty when there is none yet."""
    return keyring.open_(sealed, TEXT_SEAL) if sealed is not None else ""
