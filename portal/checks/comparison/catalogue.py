"""The rules that compare, in the order of their codes."""

from __future__ import annotations

from portal.checks.comparison.identity import Q03
from portal.checks.comparison.income.counting import I01, I02, I03
from portal.checks.comparison.income.lacking import L09
from portal.checks.comparison.income.versions import I04, I05
from portal.checks.comparison.quality import QUALITY
from portal.checks.comparison.whereabouts import Q09

Q01, Q08, Q10 = QUALITY

COMPARISON = (L09, Q01, Q03, Q08, Q09, Q10, I01, I02, I03, I04, I05)
