from concurrent.futures import ThreadPoolExecutor

import pytest
from google.cloud import firestore

from tests.tsunagu.racing import until_it_won
from tsunagu.cloud.firestore import in_transaction


def test_a_value_error_of_the_body_is_not_taken_for_contention(db: firestore.Client) -> None:
    def body(transaction: firestore.Transaction) -> None:
        raise ValueError("of the body")

    with pytest.raises(ValueError, match="of the body"):
        in_transaction(db, body)


def test_racing_transactions_lose_nothing(db: firestore.Client) -> None:
    counter = db.collection("counters").document("one")
    counter.set({"n": 0})

    def add(transaction: firestore.Transaction) -> None:
        n = counter.get(transaction=transaction).get("n")
        transaction.update(counter, {"n": n + 1})

    with ThreadPoolExecutor(4) as racers:
        list(racers.map(lambda _: until_it_won(lambda: in_transaction(db, add)), range(12)))
    assert 12 == counter.get().get("n")
