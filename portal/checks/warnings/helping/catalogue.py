"""The rules over helping, in the order of their codes."""

from __future__ import annotations

from portal.checks.warnings.helping.chains import H09
from portal.checks.warnings.helping.clocks import H07, H08
from portal.checks.warnings.helping.duty import H01, H06
from portal.checks.warnings.helping.pictures import H03
from portal.checks.warnings.helping.places import H02, H04, H05

HELPING = (H01, H02, H03, H04, H05, H06, H07, H08, H09)
