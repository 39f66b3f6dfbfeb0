from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from tsunagu.residents.city import city
from tsunagu.residents.rules import Resident

WARD_OF = city().ward_of
CHOICES = st.one_of(
    st.tuples(st.just("wards"), st.sampled_from([(), ("chuo",), ("kita",)])),
    st.tuples(st.just("language"), st.sampled_from(["ja", "en"])),
    st.tuples(st.just("topics/refuse"), st.booleans()),
    st.tuples(st.just("topics/health"), st.booleans()),
)


def after(events: list[tuple[int, tuple[str, object]]]) -> Resident:
    resident = Resident()
    for at, (name, value) in events:
        if name.startswith("topics/"):
            resident = resident.toggle_topic(name.removeprefix("topics/"), bool(value), at)
        else:
            resident = resident.choose(name, value, at)
    return resident


@given(st.lists(CHOICES, max_size=5))
def test_any_order_and_repetition_of_choices_ends_alike(choices: list[tuple[str, object]]) -> None:
    in_time = list(enumerate(choices))
    expected = after(in_time)
    for order in permutations(in_time):
        assert expected == after([*order, *order])


def test_the_later_choice_wins_however_late_the_earlier_one_comes() -> None:
    resident = Resident().choose("wards", ("kita",), 20).choose("wards", ("chuo",), 10)
    assert ("kita",) == resident.wards


def test_a_change_of_ward_leaves_the_district_of_the_old_one_behind() -> None:
    resident = Resident().choose("wards", ("chuo",), 1).choose("districts", ("harutake",), 2)
    assert ("harutake",) == resident.districts_within(WARD_OF)
    assert () == resident.choose("wards", ("kita",), 3).districts_within(WARD_OF)


def test_districts_are_found_by_any_part_in_any_script() -> None:
    def found(words: str, wards: list[str]) -> list[str]:
        return [district.id for district in city().find_districts(words, wards)]

    assert ["harutake"] == found("春竹", [])
    assert ["harutake"] == found("はるた", [])
    assert ["harutake"] == found("ハルタケ", [])
    assert ["harutake"] == found("ＨＡＲＵ take", [])
    assert ["harutake"] == found("春竹校区", ["chuo"])
    assert ["izumi"] == found("出水", [])
    assert ["takuma-higashi", "takuma-nishi", "takuma-minami", "takuma-kita"] == found("託麻", ["higashi"])
    assert [] == found("春竹", ["kita"])
    assert [] == found("", [])


def test_the_city_file_is_sound() -> None:
    wards = {ward.id for ward in city().wards}
    assert {"chuo", "higashi", "nishi", "minami", "kita"} == wards
    assert wards == {district.ward for district in city().districts}
    for choices in (city().wards, city().topics, city().age_bands, city().districts):
        ids = [choice.id for choice in choices]
        assert len(ids) == len(set(ids))
        for choice in choices:
            assert {"ja", "ja-easy", "en"} == set(choice.name), choice.id
