"""All rules of the product, in the order of the catalogue. Later rules are added to the groups, never beside them."""

from __future__ import annotations

from portal.checks.comparison.catalogue import COMPARISON
from portal.checks.registry import Registry
from portal.checks.warnings.approving import APPROVED
from portal.checks.warnings.complaining import COMPLAINING
from portal.checks.warnings.handling.catalogue import HANDLING
from portal.checks.warnings.helping.catalogue import HELPING
from portal.checks.warnings.inspecting import INSPECTING
from portal.checks.warnings.watching import WATCHING

RULES = Registry(COMPARISON, HELPING, HANDLING, WATCHING, COMPLAINING, APPROVED, INSPECTING)

COMPARED = "ELQI"
WARNED = "FPHS"
