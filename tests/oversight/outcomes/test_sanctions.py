"""T06 and its neighbours: which sanction may fall on whom, for how long, and which of the four forms it is."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.errors import BadInput, ProductError, Refused
from portal.oversight.outcomes.models import Admin, Form, Measure, Party, Standing
from portal.oversight.outcomes.rules import VILLAGE_ADMIN, ends_on, form_of, months_of, sanction_problem


@pytest.mark.parametrize("admin", [Admin.DEMOTION, Admin.REMOVAL, Admin.DISMISSAL])
def test_a_village_committees_manager_gets_three_sanctions_and_no_other(admin: Admin) -> None:
    with pytest.raises(ProductError) as refused:
        sanction_problem(Standing.VILLAGE, False, None, admin, None)
    said = f"{refused.value.what} {refused.value.why} {refused.value.fix}"
    assert refused.value.code == "art22"
    assert "第二十二条" in said
    for legal in ("警告", "记过", "记大过"):
        assert legal in said


def test_the_three_legal_ones_pass() -> None:
    for admin in VILLAGE_ADMIN:
        sanction_problem(Standing.VILLAGE, False, None, admin, None)


def test_no_party_sanction_without_membership() -> None:
    with pytest.raises(Refused, match="不是党员"):
        sanction_problem(Standing.OFFICIAL, False, Party.WARNING, None, None)


def test_a_member_who_is_an_official_may_get_both() -> None:
    sanction_problem(Standing.OFFICIAL, True, Party.SERIOUS_WARNING, Admin.DEMOTION, None)
    sanction_problem(Standing.VILLAGE, True, Party.EXPULSION, Admin.SERIOUS_DEMERIT, None)


def test_who_has_no_public_duty_gets_no_administrative_sanction() -> None:
    with pytest.raises(Refused, match="不是公职人员"):
        sanction_problem(Standing.NONE, True, Party.WARNING, Admin.WARNING, None)
    sanction_problem(Standing.NONE, True, Party.WARNING, None, None)


def test_nothing_is_no_sanction() -> None:
    with pytest.raises(BadInput, match="没有选处理方式"):
        sanction_problem(Standing.OFFICIAL, True, None, None, None)


@pytest.mark.parametrize(
    ("party", "admin", "months"),
    [
        (Party.WARNING, Admin.WARNING, (12, 6)),
        (Party.SERIOUS_WARNING, Admin.DEMERIT, (18, 12)),
        (Party.REMOVAL, Admin.SERIOUS_DEMERIT, (24, 18)),
        (Party.PROBATION_ONE, Admin.DEMOTION, (12, 24)),
        (Party.PROBATION_TWO, Admin.REMOVAL, (24, 24)),
        (Party.EXPULSION, Admin.DISMISSAL, (None, None)),
        (None, None, (None, None)),
    ],
)
def test_periods(party: Party | None, admin: Admin | None, months: tuple[int | None, int | None]) -> None:
    assert months_of(party, admin) == months


def test_the_longer_period_ends_it_and_a_short_month_is_no_trap() -> None:
    assert ends_on(date(2026, 8, 31), (6, 18)) == date(2028, 2, 29)
    assert ends_on(date(2026, 8, 31), (6, None)) == date(2027, 2, 28)
    assert ends_on(date(2026, 8, 31), (None, None)) is None


@pytest.mark.parametrize(
    ("party", "admin", "measure", "form"),
    [
        (None, None, Measure.REMINDER, Form.FIRST),
        (None, None, Measure.ADMONITION, Form.FIRST),
        (None, None, Measure.DISMISSAL, Form.SECOND),
        (Party.SERIOUS_WARNING, None, None, Form.SECOND),
        (None, Admin.SERIOUS_DEMERIT, Measure.CRITICISM, Form.SECOND),
        (Party.REMOVAL, Admin.WARNING, None, Form.THIRD),
        (None, Admin.DEMOTION, None, Form.THIRD),
        (Party.EXPULSION, Admin.DISMISSAL, Measure.PROSECUTION, Form.FOURTH),
    ],
)
def test_the_gravest_of_what_was_decided_names_the_form(
    party: Party | None, admin: Admin | None, measure: Measure | None, form: Form
) -> None:
    assert form_of(party, admin, measure) is form


@given(
    st.sampled_from(Standing), st.booleans(), st.none() | st.sampled_from(Party), st.none() | st.sampled_from(Admin),
    st.none() | st.sampled_from(Measure),
)  # fmt: skip
def test_whatever_passes_is_known_to_the_law(
    standing: Standing, member: bool, party: Party | None, admin: Admin | None, measure: Measure | None
) -> None:
    lawful = bool(party or admin or measure) and (member or not party)
    lawful = lawful and not (admin and standing is Standing.NONE)
    lawful = lawful and not (admin and standing is Standing.VILLAGE and admin not in VILLAGE_ADMIN)
    if lawful:
        sanction_problem(standing, member, party, admin, measure)
    else:
        with pytest.raises(ProductError):
            sanction_problem(standing, member, party, admin, measure)
