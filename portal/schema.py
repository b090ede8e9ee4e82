"""Imports every models.py once, so that migrations and tests see the whole schema."""

from portal.kernel.database import Base
from portal.registers.divisions import models as divisions
from portal.registers.divisions.calendar import models as calendar
from portal.registers.divisions.parameters import models as parameters
from portal.registers.funds import models as funds
from portal.registers.funds.payments import models as payments
from portal.registers.helpers import models as helpers
from portal.registers.projects import models as projects
from portal.registers.projects.assets import models as assets
from portal.registers.recipients import models as recipients
from portal.registers.recipients.incomes import models as incomes

metadata = Base.metadata

__all__ = [
    "assets",
    "calendar",
    "divisions",
    "funds",
    "helpers",
    "incomes",
    "metadata",
    "parameters",
    "payments",
    "projects",
    "recipients",
]
