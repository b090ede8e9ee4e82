"""Imports every models.py once, so that migrations and tests see the whole schema."""

from portal.accounts import models as accounts
from portal.checks import models as checks
from portal.intake import models as imports
from portal.kernel.database import Base
from portal.oversight.leads import models as leads
from portal.registers.divisions import models as divisions
from portal.registers.divisions.calendar import models as calendar
from portal.registers.divisions.parameters import models as parameters
from portal.registers.funds import models as funds
from portal.registers.funds.balances import models as balances
from portal.registers.funds.flows import models as flows
from portal.registers.funds.payments import models as payments
from portal.registers.funds.payouts import models as payouts
from portal.registers.helpers import models as helpers
from portal.registers.projects import models as projects
from portal.registers.projects.assets import models as assets
from portal.registers.recipients import models as recipients
from portal.registers.recipients.incomes import models as incomes
from portal.trail import models as trail

metadata = Base.metadata

MODULES = (
    accounts, assets, balances, calendar, checks, divisions, flows, funds, helpers, imports, incomes, leads, parameters, payments, payouts,
    projects, recipients, trail,
)  # fmt: skip
