"""Which states of an entry may still weigh on an exit: all since two hands last stood for it, the withdrawn one too.

Whoever takes out a loss, lessens a cost or moves an entry to another year raises the sum as surely as whoever adds an
income. So the least of these states counts, and only a second hand for the last of them puts it in their place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

State = TypeVar("State")


def since_proven(states: Sequence[State], is_proven: Callable[[State], bool]) -> Sequence[State]:
    """States of one entry, oldest first, from the last that two hands stand for; empty when that is the present one."""
    last = max((at for at, state in enumerate(states) if is_proven(state)), default=-1)
    if last == len(states) - 1:
        return ()
    return states[max(last, 0) :]
