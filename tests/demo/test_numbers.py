"""Invented numbers are right in form, differ from each other, and carry prefixes that nobody has."""

from __future__ import annotations

import numpy as np
from stdnum import luhn
from stdnum.cn import uscc

from portal.demo import numbers
from portal.demo.build import Demonstration
from portal.kernel.identity import IdCheck, classify_many


def test_every_id_is_unique_and_only_a_few_are_wrong_on_purpose(county: Demonstration) -> None:
    ids = county.people.members.id_number.tolist()
    assert len(set(ids)) == len(ids)
    read = classify_many(ids)
    assert not read.refused
    assert set(read.findings.values()) == {IdCheck.BAD_CHECK}
    assert 0 < len(read.findings) < len(ids) / 1000


def test_ids_say_the_birth_date_and_sex_of_the_person(county: Demonstration) -> None:
    members = county.people.members
    born = np.char.replace(members.born.astype("datetime64[D]").astype("U10"), "-", "")
    assert (born == np.array([number[6:14] for number in members.id_number])).all()
    assert (members.male == np.array([int(number[16]) % 2 == 1 for number in members.id_number])).all()


def test_prefixes_are_invented_or_abolished(county: Demonstration) -> None:
    prefixes = {number[:6] for number in county.people.members.id_number}
    assert prefixes == {"320899", "320802", "320811", "320829"}


def test_cards_and_company_codes_pass_their_checks() -> None:
    assert all(luhn.is_valid(card) for card in numbers.bank_cards(np.arange(0, 10**6, 977)))
    assert all(uscc.is_valid(numbers.company_code(serial)) for serial in range(64))
