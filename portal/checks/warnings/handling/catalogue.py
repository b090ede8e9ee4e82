"""The rules over handling, in the order of the catalogue."""

from __future__ import annotations

from portal.checks.warnings.handling.hands import S05
from portal.checks.warnings.handling.lateness import S01
from portal.checks.warnings.handling.rectifying import S04
from portal.checks.warnings.handling.routine import S03

HANDLING = (S01, S03, S04, S05)
