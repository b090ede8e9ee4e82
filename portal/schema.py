"""Imports every models.py once, so that migrations and tests see the whole schema."""

from portal.accounts import models as accounts
from portal.accounts.challenges import models as challenges
from portal.accounts.devices import models as devices
from portal.analysis.entitled import models as entitled
from portal.checks import models as checks
from portal.checks.health import models as rule_pauses
from portal.intake import models as imports
from portal.kernel.database import Base
from portal.oversight.cases import models as cases
from portal.oversight.cases.dispositions import models as case_dispositions
from portal.oversight.cases.links import models as case_links
from portal.oversight.cases.members import models as case_members
from portal.oversight.complaints import models as complaints
from portal.oversight.complaints.counts import models as complaint_counts
from portal.oversight.complaints.handling import models as complaint_handling
from portal.oversight.complaints.keys import models as complaint_keys
from portal.oversight.complaints.rooms import models as case_rooms
from portal.oversight.complaints.routing import models as complaint_routing
from portal.oversight.inspections import models as inspections
from portal.oversight.leads import models as leads
from portal.oversight.leads.assigning import models as lead_steps
from portal.oversight.leads.exceptions import models as lead_exceptions
from portal.oversight.leads.findings import models as lead_findings
from portal.oversight.leads.hearings import models as lead_hearings
from portal.oversight.leads.rounds import models as lead_rounds
from portal.oversight.leads.searches import models as lead_searches
from portal.oversight.leads.sheets import models as lead_sheets
from portal.oversight.orders import models as orders
from portal.oversight.orders.replies import models as order_replies
from portal.oversight.outcomes import models as outcomes
from portal.oversight.outcomes.recoveries import models as recoveries
from portal.oversight.reads import models as bound_reads
from portal.publishing.canaries import models as canaries
from portal.publishing.exports import models as exports
from portal.publishing.exposure import models as exposures
from portal.publishing.notices import models as notices
from portal.publishing.notices.objections import models as notice_objections
from portal.publishing.policies import models as policies
from portal.publishing.questions import models as questions
from portal.registers.divisions import models as divisions
from portal.registers.divisions.calendar import models as calendar
from portal.registers.divisions.parameters import models as parameters
from portal.registers.divisions.parameters.proposals import models as parameter_proposals
from portal.registers.funds import models as funds
from portal.registers.funds.balances import models as balances
from portal.registers.funds.flows import models as flows
from portal.registers.funds.payments import models as payments
from portal.registers.funds.payouts import models as payouts
from portal.registers.helpers import models as helpers
from portal.registers.helpers.check_ins import models as check_ins
from portal.registers.helpers.check_ins.answers import models as visit_answers
from portal.registers.helpers.check_ins.claims import models as claims
from portal.registers.helpers.check_ins.needs import models as needs
from portal.registers.helpers.check_ins.paper import models as paper_visits
from portal.registers.helpers.check_ins.photos import models as photos
from portal.registers.helpers.check_ins.questions import models as visit_questions
from portal.registers.helpers.check_ins.sampling import models as sampling
from portal.registers.projects import models as projects
from portal.registers.projects.assets import models as assets
from portal.registers.recipients import models as recipients
from portal.registers.recipients.answers import models as household_answers
from portal.registers.recipients.cards import models as household_cards
from portal.registers.recipients.cards.sign_ins import models as household_sign_ins
from portal.registers.recipients.incomes import models as incomes
from portal.registers.recipients.incomes.adjustments import models as income_adjustments
from portal.registers.recipients.incomes.confirming import models as second_hands
from portal.registers.recipients.incomes.support import models as support_obligors
from portal.registers.recipients.procedures import models as procedures
from portal.registers.recipients.procedures.changes import models as household_changes
from portal.registers.recipients.procedures.draws import models as procedure_draws
from portal.registers.recipients.procedures.files import models as procedure_files
from portal.registers.recipients.procedures.objections import models as objections
from portal.registers.recipients.procedures.reconfirmations import models as reconfirmations
from portal.registers.recipients.requests import models as help_requests
from portal.trail import models as trail

metadata = Base.metadata

MODULES = (
    accounts, assets, balances, bound_reads, calendar, canaries, case_dispositions, case_links, case_members,
    case_rooms, cases, challenges, check_ins, checks, claims, complaint_counts, complaint_handling, complaint_keys, complaint_routing,
    complaints, devices, divisions, entitled, exports, exposures, flows, funds, help_requests, helpers,
    household_answers, household_cards, household_changes, household_sign_ins, imports, income_adjustments, incomes,
    inspections, lead_exceptions, lead_findings, lead_hearings, lead_rounds, lead_searches, lead_sheets, lead_steps,
    leads, needs, notice_objections, notices, objections, order_replies, orders, outcomes, paper_visits,
    parameter_proposals, parameters, payments, payouts, photos, policies, procedure_draws, procedure_files,
    procedures, projects, questions, recipients, reconfirmations, recoveries, rule_pauses, sampling, second_hands,
    support_obligors, trail, visit_answers, visit_questions,
)  # fmt: skip
