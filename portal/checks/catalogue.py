"""All rules of the product, in the order of the catalogue. Later rules are added to the groups, never beside them."""

from __future__ import annotations

from portal.checks.comparison.quality import QUALITY
from portal.checks.registry import Registry

RULES = Registry(QUALITY)

COMPARED = "ELQI"
WARNED = "FPHS"
