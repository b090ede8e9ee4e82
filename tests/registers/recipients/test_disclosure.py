"""What leaves the recipients' register: counts of five and more, masked forms, never the last four of an ID."""

from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.sealing import make_keyring
from portal.registers.recipients import disclosure
from portal.registers.recipients.queries import VillageCount
from portal.registers.sealed import identity_columns, number_columns
from tests.factories.recipients import make_id

RING = make_keyring([b"s" * 32], b"i" * 32)
CATEGORIES = ["低保户", "特困供养户", "低保边缘户", "刚性支出困难户", "其他困难户"]


def counts(**parts: int) -> list[VillageCount]:
    return [VillageCount("v", category, "在册", n) for category, n in parts.items()]


def test_a_place_with_few_households_has_no_figure() -> None:
    (place,) = disclosure.public_counts(counts(低保户=4))
    assert (place.households, place.by_category) == (None, ())


def test_small_parts_merge_into_the_rest() -> None:
    (place,) = disclosure.public_counts(counts(低保户=20, 特困供养户=3, 低保边缘户=4))
    assert place.households == 27
    assert place.by_category == (("低保户", 20), ("其他", 7))


def test_a_small_rest_takes_the_next_part_along() -> None:
    (place,) = disclosure.public_counts(counts(低保户=20, 特困供养户=6, 低保边缘户=2))
    assert place.by_category == (("低保户", 20), ("其他", 8))


@given(st.dictionaries(st.sampled_from(CATEGORIES), st.integers(1, 40)))
def test_no_shown_or_derivable_part_is_under_five(parts: dict[str, int]) -> None:
    for place in disclosure.public_counts(VillageCount("v", c, "在册", n) for c, n in parts.items()):
        shown = [n for _category, n in place.by_category]
        assert all(n >= 5 for n in shown)
        if place.households is not None:
            assert sum(shown) == place.households == sum(parts.values())


def values(**more: object) -> dict[str, object]:
    empty = {"name": "张建国", "id_sealed": None, "id_prefix": None, "account_sealed": None, "phone_sealed": None}
    return {**empty, **more}


def test_masked_forms_never_show_the_last_four_of_an_id() -> None:
    number = make_id(9)
    person = values(
        **identity_columns(RING, "persons", number),
        **number_columns(RING, "persons", "account", "6228480402564890018"),
        **number_columns(RING, "persons", "phone", "13812345678"),
    )
    forms = disclosure.person_forms(person, RING, full=False)
    assert forms == {
        "id_number": "320826************",
        "account": "****0018",
        "phone": "138****5678",
        "name": "张*国",
    }
    assert number[-4:] not in "".join(forms.values())
    assert "name" not in disclosure.person_forms(person, RING, full=True)


def test_nothing_stands_for_a_number_that_nobody_registered() -> None:
    assert disclosure.person_forms(values(), RING, full=True) == {}


def test_a_list_row_hides_the_head_and_an_address_ends_at_the_group() -> None:
    row = {"head_name": "欧阳明月"}
    assert disclosure.household_row(row, full=False)["head_name"] == "欧阳*月"
    assert disclosure.household_row(row, full=True) is row
    assert disclosure.household_forms({"address": "扎新村三组12号"}, full=False) == {"address": "扎新村三组"}
