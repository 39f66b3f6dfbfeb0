from datetime import UTC, datetime, timedelta

import pytest
from google.cloud.firestore import Client

from tests.tsunagu.audiences.people import NOON, key
from tsunagu.audiences import store
from tsunagu.audiences.rules import Audience
from tsunagu.audiences.upload import upload
from tsunagu.cloud.outcomes import Rejected

BY = "editor@city.example"
read = Audience.model_validate
FAMILIES = read({"any": [{"topics": ["childcare"]}, {"all": [{"age_bands": ["30s"]}, {"wards": ["chuo"]}]}]})


def audits(db: Client) -> list[tuple[str, str, str]]:
    lines = [line.to_dict() or {} for line in db.collection("audit").stream()]
    return sorted((line["who"], line["did"], line["what"]) for line in lines)


def test_an_audience_is_kept_under_its_name_and_the_audit_knows_who(db: Client) -> None:
    saved = store.save(db, "families", "子育て世帯", FAMILIES, BY, NOON)
    assert ("families", "子育て世帯", FAMILIES, BY, NOON, 1) == tuple(vars(saved).values())
    assert saved == store.get(db, "families")
    assert {"families": FAMILIES} == store.by_name(db)
    assert [None, None] == [store.get(db, name) for name in ("other", "a/b")]
    assert [(BY, "audience.save", "families")] == audits(db)


def test_who_has_not_seen_the_last_saving_does_not_undo_it(db: Client) -> None:
    for version in (0, 1):
        store.save(db, "families", "F", FAMILIES, BY, NOON, version)
    for version in (0, 1, 3):
        with pytest.raises(Rejected):
            store.save(db, "families", "F", Audience(), BY, NOON, version)
    assert ({"families": FAMILIES}, 2) == (store.by_name(db), len(audits(db)))
    assert 3 == store.save(db, "families", "F", Audience(), BY, NOON).version


def test_what_is_made_of_itself_or_of_something_unknown_is_not_saved(db: Client) -> None:
    store.save(db, "a", "A", Audience(), BY, NOON)
    store.save(db, "b", "B", read({"not": {"saved": "a"}}), BY, NOON)
    for name, expression in (("a", {"any": [{"saved": "b"}]}), ("c", {"saved": "c"}), ("c", {"all": [{"saved": "x"}]})):
        with pytest.raises(Rejected):
            store.save(db, name, name, read(expression), BY, NOON)
    with pytest.raises(Rejected) as error:
        store.delete(db, "a", BY, NOON)
    assert "'a' is part of b: change or delete that first" == error.value.reason
    for name in ("b", "a"):
        store.delete(db, name, BY, NOON)
    assert {} == store.by_name(db)
    with pytest.raises(Rejected):
        store.delete(db, "a", BY, NOON)


@pytest.mark.parametrize("name", ["", "A", "家族", "a/b", "..", "__a__", "-a", "a" * 41])
def test_a_name_that_cannot_be_one_is_a_sentence(db: Client, name: str) -> None:
    with pytest.raises(Rejected) as error:
        store.save(db, name, "T", FAMILIES, BY, NOON)
    assert "1 to 40 of a–z, 0–9 and -" in error.value.reason
    with pytest.raises(Rejected):
        upload(db, name, "T", f"U{key(1).hex()}".encode(), BY, NOON)
    with pytest.raises(Rejected):
        store.holds(db, name, key(1))


def test_saved_audiences_and_lists_of_one_name_are_told_apart(db: Client) -> None:
    store.save(db, "pilot", "試行の対象", FAMILIES, BY, NOON)
    upload(db, "pilot", "試行の名簿", f"U{key(1).hex()}".encode(), BY, NOON)
    assert {"audiences/pilot": "試行の対象", "id_lists/pilot": "試行の名簿"} == store.titles(db)


def test_a_list_of_which_a_part_has_ended_is_no_list_rather_than_a_shorter_one(db: Client) -> None:
    upload(db, "pilot", "P", f"U{key(1).hex()}".encode(), BY, datetime.now(UTC), timedelta(days=1))
    found = store.list_there(db, "pilot")
    assert [key(1)] == store.ids_of(db, found)
    store.parts_of(db, "pilot").document(f"{found.upload}-0").delete()
    with pytest.raises(Rejected) as error:
        store.ids_of(db, found)
    assert "the uploaded list 'pilot' has expired: upload it again" == error.value.reason


def test_a_list_that_is_uploaded_anew_while_it_is_read_is_read_anew(db: Client) -> None:
    for number in (1, 2):
        upload(db, "pilot", "P", f"U{key(number).hex()}".encode(), BY, NOON)
        if number == 1:
            before = store.list_there(db, "pilot")
    assert [key(2)] == store.ids_of(db, before)
