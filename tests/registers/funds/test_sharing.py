"""The differencing attack: linear algebra over everything that is published of a programme never isolates 1 to 4 households."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import combinations

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.registers.funds.disclosure import public_allocation, public_line
from portal.registers.funds.payouts.rules import shown_codes
from portal.registers.funds.queries import allocation_detail, list_allocations
from portal.registers.funds.sharing.rules import NATION, kept_back
from portal.registers.funds.verification.queries import verify_totals
from tests.factories.divisions import GAOGOU, VILLAGE, make_county
from tests.factories.funds import make_holders, make_line, make_programme, pay
from tests.factories.recipients import make_household

PRIME = (1 << 61) - 1
VILLAGES = ["320826104201", "320826104202", "320826104203", "320826105201", "320826105202"]
#: (line, village) → how many households it paid there; households of a village are paid from the first on.
registers = st.dictionaries(
    st.tuples(st.integers(1, 5), st.sampled_from(VILLAGES)), st.integers(1, 9), min_size=1, max_size=10
)


def rank(rows: list[list[int]]) -> int:
    """Rank of an integer matrix, modulo a large prime."""
    rows, found = [row[:] for row in rows], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((r for r in range(found, len(rows)) if rows[r][column] % PRIME), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        inverse = pow(rows[found][column], -1, PRIME)
        for r in range(found + 1, len(rows)):
            factor = rows[r][column] * inverse % PRIME
            if factor:
                rows[r] = [(a - factor * b) % PRIME for a, b in zip(rows[r], rows[found], strict=True)]
        found += 1
    return found


def isolated(published: list[set[int]], households: list[set[str]]) -> list[tuple[int, ...]]:
    """Sets of atoms with under five households in all of which some combination of what is published says something.

    An atom is what one line paid in one village. Every published sum is a set of atoms; a combination of sums that is
    zero everywhere outside a set of columns exists exactly when leaving these columns out lowers the rank.
    """
    count = len(households)
    matrix = [[int(atom in sum_) for atom in range(count)] for sum_ in published]
    whole, found = rank(matrix), []
    small = [atom for atom in range(count) if len(households[atom]) < 5]
    for size in range(1, min(len(small), 4) + 1):
        for chosen in combinations(small, size):
            if len(set().union(*(households[atom] for atom in chosen))) < 5:
                rest = [[value for at, value in enumerate(row) if at not in chosen] for row in matrix]
                if rank(rest) < whole:
                    found.append(chosen)
    return found


@settings(max_examples=400, deadline=None)
@given(registers, st.integers(0, 2))
def test_no_difference_of_published_sums_is_about_one_to_four_households(
    register: dict[tuple[int, str], int], stride: int
) -> None:
    atoms = sorted(register)
    # With a stride the lines reach different households of a village; without one the same come first in each.
    people = [{f"{v}/{line * stride + k}" for k in range(register[line, v])} for line, v in atoms]
    cells: dict[str, set[str]] = defaultdict(set)
    for (_line, village), paid in zip(atoms, people, strict=True):
        cells[village] |= paid
    shown = shown_codes({village: len(paid) for village, paid in cells.items()})
    assume(NATION not in shown.values())  # a programme that is too small as a whole has nothing to differ from
    shares: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for (line, village), paid in zip(atoms, people, strict=True):
        shares[shown[village]][line] |= paid
    back = kept_back({place: {line: len(s) for line, s in lines.items()} for place, lines in shares.items()})
    lines = [{i for i, atom in enumerate(atoms) if atom[0] == line} for line in {a[0] for a in atoms} - back]
    places = [{i for i, atom in enumerate(atoms) if shown[atom[1]] == place} for place in shares]
    everything = [set(range(len(atoms)))]
    assert isolated([*places, *lines, *everything], people) == []


def test_the_attack_finds_what_an_unguarded_register_gives_away() -> None:
    one, eight = {"a"}, {"b", "c", "d", "e", "f", "g", "h", "i"}
    village, first_line, second_line = {0, 1}, {0}, {1}
    assert isolated([village, first_line, second_line], [one, eight]) == [(0,)]
    assert isolated([village, second_line], [one, eight]) == [(0,)]
    assert isolated([village], [one, eight]) == []


def lines_kept_back(session: Session) -> set[str]:
    assert verify_totals(session) == []
    return {row.no for row in list_allocations(session) if not row.is_shown_here}


def test_a_line_that_paid_one_household_and_its_complement_keep_their_sums_back(session: Session) -> None:
    make_county(session)
    units, programme = make_holders(session), make_programme(session)
    homes = [make_household(session, f"HH-{i}").id for i in range(9)]
    top = make_line(session, programme, 900_000, to_unit_id=units["department"].id)
    here = {"to_unit_id": units["village"].id, "division_code": VILLAGE}
    single, rest, repeated = (make_line(session, programme, 200_000, top, **here) for _ in range(3))
    pay(session, single, [(homes[0], 7_000)])
    pay(session, rest, [(home, 1_000) for home in homes[1:]])
    assert lines_kept_back(session) == {single.no, rest.no}
    detail = public_allocation(allocation_detail(session, top.no), date(2026, 6, 1))
    assert {line.no: line.paid_fen for line in detail.children} == {single.no: None, rest.no: None, repeated.no: 0}
    pay(session, repeated, [(homes[0], 500)] * 7)  # seven payments, one household
    own = [public_line(row, date(2026, 6, 1)) for row in list_allocations(session, programme=programme.code)]
    assert {line.no for line in own if line.is_merged} == {single.no, rest.no, repeated.no} == lines_kept_back(session)


def test_lines_that_each_reach_enough_households_stay_open(session: Session) -> None:
    make_county(session)
    units, programme = make_holders(session), make_programme(session)
    homes = [make_household(session, f"HH-{i}").id for i in range(9)]
    here = {"to_unit_id": units["town"].id, "division_code": GAOGOU}
    first, second = (make_line(session, programme, 200_000, **here) for _ in range(2))
    pay(session, first, [(home, 1_000) for home in homes])
    pay(session, second, [(home, 2_000) for home in homes[:5]])
    assert lines_kept_back(session) == set()
    few = make_line(session, programme, 200_000, **here)
    pay(session, few, [(homes[0], 1_000)])
    assert lines_kept_back(session) == {first.no, second.no, few.no}


def test_a_town_line_that_paid_only_a_merged_village_keeps_its_sum_back(session: Session) -> None:
    make_county(session)
    units, programme = make_holders(session), make_programme(session)
    few = [make_household(session, f"HF-{i}", "320826104202").id for i in range(3)]
    many = [make_household(session, f"HM-{i}").id for i in range(8)]
    here = {"to_unit_id": units["town"].id, "division_code": GAOGOU}
    small, large = (make_line(session, programme, 200_000, **here) for _ in range(2))
    pay(session, small, [(home, 1_000) for home in few])
    pay(session, large, [(home, 2_000) for home in many])
    assert lines_kept_back(session) == {small.no, large.no}
