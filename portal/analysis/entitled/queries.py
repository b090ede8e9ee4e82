"""Who is entitled to what: the whole register at once, and one household with every test, value, threshold and article."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.analysis.entitled.evaluator import (
    NO,
    UNKNOWN,
    YES,
    Facts,
    Ints,
    Values,
    by_household,
    entitled_members,
    evaluate,
)
from portal.analysis.entitled.gathering import Gathered, gather
from portal.analysis.entitled.tracing import Finding, find
from portal.kernel.errors import NotFound
from portal.publishing.policies.language import Node
from portal.publishing.policies.queries import PolicyRow, fits, list_in_force
from portal.registers.divisions.queries import ancestors
from portal.registers.funds.models import Allocation, Programme
from portal.registers.funds.payments.models import BankReturn, Payment, ReturnResult
from portal.registers.funds.payouts.models import HouseholdPayout
from portal.registers.recipients.models import Household, Person

WINDOW = timedelta(days=365)


@dataclass(frozen=True)
class Evaluated:
    """One policy over all households: entitled or not or unknown, how many members are, and who gets it already."""

    policy: PolicyRow
    values: Values
    members: Ints
    reached: NDArray[np.bool_]

    @property
    def unreached(self) -> NDArray[np.bool_]:
        """Surely entitled, and nothing of it has arrived."""
        found: NDArray[np.bool_] = (self.values == YES) & ~self.reached
        return found

    def counts(self) -> dict[str, Any]:
        """What a run keeps of it."""
        return {
            "policy": self.policy.slug,
            "version": self.policy.version,
            "yes": int((self.values == YES).sum()),
            "no": int((self.values == NO).sum()),
            "unknown": int((self.values == UNKNOWN).sum()),
            "reached": int(self.reached.sum()),
            "unreached": int(self.unreached.sum()),
        }


def conditions_of(policies: Collection[PolicyRow]) -> list[Node]:
    """Every tree that policies are decided by."""
    trees = [policy.tree() for policy in policies]
    return trees + [tree for policy in policies if (tree := policy.reached_tree()) is not None]


def evaluate_register(session: Session, as_of: date) -> tuple[Gathered, Iterator[Evaluated]]:
    """Every policy in force over every household. The number of statements depends on neither.

    The policies come one after the other, so that only one's intermediate results are held at a time.
    """
    policies = list_in_force(session, as_of)
    gathered = gather(session, as_of, conditions_of(policies))
    paid = _paid(session, policies, as_of)
    inside = _inside(session, policies, gathered.divisions)
    return gathered, _evaluated(policies, gathered, paid, inside)


def _evaluated(
    policies: Sequence[PolicyRow],
    gathered: Gathered,
    paid: dict[str, set[int]],
    inside: dict[str, NDArray[np.bool_]],
) -> Iterator[Evaluated]:
    facts = gathered.facts
    ids = np.array(gathered.household_ids, np.int64)
    for policy in policies:
        outcome = evaluate(policy.tree(), facts)
        here = inside[policy.division_code]
        values = np.where(here, by_household(outcome, facts), NO).astype(np.int8)
        members = np.where(here, entitled_members(outcome, facts), 0)
        yield Evaluated(policy, values, members, _reached(policy, facts, ids, paid[policy.slug]))


def _reached(policy: PolicyRow, facts: Facts, ids: Ints, paid: set[int]) -> NDArray[np.bool_]:
    found = np.isin(ids, np.fromiter(paid, np.int64, len(paid)))
    tree = policy.reached_tree()
    if tree is not None:
        found |= by_household(evaluate(tree, facts), facts) == YES
    return found


def _inside(
    session: Session, policies: Collection[PolicyRow], divisions: Sequence[str]
) -> dict[str, NDArray[np.bool_]]:
    """Which households live where a policy holds; one statement."""
    chains = ancestors(session, sorted(set(divisions)))
    above = {code: {place.code for place in chain} | {code} for code, chain in chains.items()}
    return {
        place: np.array([place in above.get(code, {code}) for code in divisions], bool)
        for place in {policy.division_code for policy in policies}
    }


def _paid(
    session: Session, policies: Collection[PolicyRow], as_of: date, household_id: int | None = None
) -> dict[str, set[int]]:
    """Households that got money of each policy's programmes in the last twelve months (successful payments only).

    This year's programmes are read from the kept sums, earlier ones payment by payment: constant statements.
    """
    since = as_of - WINDOW
    programmes = session.execute(select(Programme.id, Programme.code, Programme.year)).all()
    by_policy = {
        p.slug: {i for i, code, _y in programmes if any(fits(f, code) for f in p.programmes)} for p in policies
    }
    this_year = {i for i, _code, year in programmes if year == as_of.year}
    wanted = set[int]().union(*by_policy.values())
    found: dict[int, set[int]] = {}
    sums = select(HouseholdPayout.programme_id, HouseholdPayout.household_id).where(
        HouseholdPayout.programme_id.in_(wanted & this_year), HouseholdPayout.paid_fen > 0
    )
    payments = (
        select(Allocation.programme_id, Payment.household_id)
        .join(Allocation, Allocation.id == Payment.allocation_id)
        .join(BankReturn, BankReturn.payment_id == Payment.id)
        .where(
            Allocation.programme_id.in_(_recent(programmes, wanted, since.year) - this_year), Payment.paid_on > since,
            Payment.paid_on <= as_of, BankReturn.result == ReturnResult.SUCCESS, Payment.household_id.is_not(None),
        )
        .group_by(Allocation.programme_id, Payment.household_id)
        .having(func.sum(Payment.amount_fen) > 0)
    )  # fmt: skip
    if household_id is not None:
        sums = sums.where(HouseholdPayout.household_id == household_id)
        payments = payments.where(Payment.household_id == household_id)
    for programme, household in (*session.execute(sums), *session.execute(payments)):
        if household is not None:
            found.setdefault(programme, set()).add(household)
    return {slug: set[int]().union(*(found.get(i, set()) for i in ids)) for slug, ids in by_policy.items()}


def _recent(programmes: Sequence[Any], wanted: set[int], first_year: int) -> set[int]:
    """Programmes whose payments may fall into the window: of last year's, and those without a year."""
    return {i for i, _code, year in programmes if i in wanted and (year is None or year >= first_year - 1)}


@dataclass(frozen=True)
class Standing:
    """What one policy says of one household, and whether the household has it already."""

    finding: Finding
    is_reached: bool


def standings_of(session: Session, household_id: int, as_of: date) -> list[Standing]:
    """Every policy in force, for one household, with the trace: the same evaluator as the run over all.

    First what it is entitled to, then what it may be, then the rest. A constant number of statements. Raises NotFound.
    """
    policies = list_in_force(session, as_of)
    gathered = gather(session, as_of, conditions_of(policies), [household_id])
    if not gathered.household_ids:
        raise NotFound("没有这一户", why="注销的户不再找政策", fix="核对户编号")
    paid = _paid(session, policies, as_of, household_id)
    inside = _inside(session, policies, gathered.divisions)
    recorded = _recorded(session, household_id)
    found = []
    for policy in policies:
        if not inside[policy.division_code][0]:
            continue
        finding = find(policy, gathered.facts, gathered.person_ids, recorded)
        ids = np.array(gathered.household_ids, np.int64)
        found.append(Standing(finding, bool(_reached(policy, gathered.facts, ids, paid[policy.slug])[0])))
    return sorted(found, key=lambda s: (s.is_reached, -s.finding.value))


def _recorded(session: Session, household_id: int) -> dict[str, date]:
    """On which day what the facts rest on was last recorded: the household, its members."""
    home = session.scalar(select(Household.recorded_at).where(Household.id == household_id))
    people = session.scalar(select(func.max(Person.recorded_at)).where(Person.household_id == household_id))
    return {
        source: moment.date()
        for source, moment in (("对象台账·户", home), ("对象台账·家庭成员", people))
        if moment is not None
    }
