from datetime import UTC, datetime

from google.cloud.firestore import Client

from local.seed import fill_city, people, roster_of
from tsunagu.packs.read import read
from tsunagu.residents import store
from tsunagu.residents.city import city
from tsunagu.residents.rules import row

NOW = datetime(2026, 11, 1, tzinfo=UTC)
MANY = 1_234


def test_a_seeded_city_is_as_if_the_chat_had_written_each_resident(db: Client) -> None:
    assert MANY == sum(fill_city(db, MANY, "s", NOW))
    expected = {}
    for user, resident in people(MANY, "s", NOW):
        (reference, truth), _note = store.documents_of(db, user, resident)
        expected[reference.id] = truth
    assert expected == {found.id: found.to_dict() for found in db.collection(store.RESIDENTS).stream()}


def test_its_roster_is_what_notes_would_have_made(db: Client) -> None:
    list(fill_city(db, MANY, "s", NOW))
    expected = {
        store.key_of(user): {"version": resident.version, **row(resident, city().ward_of)}
        for user, resident in people(MANY, "s", NOW)
    }
    assert expected == {found.pop("key"): found for found in read(store.residents_shelf(db)).to_dicts()}


def test_the_same_seed_makes_the_same_residents() -> None:
    assert roster_of(people(50, "s", NOW)).equals(roster_of(people(50, "s", NOW)))
    assert not roster_of(people(50, "s", NOW)).equals(roster_of(people(50, "t", NOW)))
