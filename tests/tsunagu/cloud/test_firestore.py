from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from google.api_core.exceptions import Cancelled, DeadlineExceeded, ServiceUnavailable
from google.cloud import firestore

from tests.tsunagu.racing import until_it_won
from tsunagu.cloud.firestore import connect, in_transaction
from tsunagu.cloud.outcomes import TryAgain


def test_a_value_error_of_the_body_is_not_taken_for_contention(db: firestore.Client) -> None:
    def body(transaction: firestore.Transaction) -> None:
        raise ValueError("of the body")

    with pytest.raises(ValueError, match="of the body"):
        in_transaction(db, body)


@pytest.mark.parametrize("broken", [ServiceUnavailable, DeadlineExceeded, Cancelled])
def test_a_call_that_broke_off_is_tried_again(db: firestore.Client, broken: Callable[[str], Exception]) -> None:
    def body(transaction: firestore.Transaction) -> None:
        raise broken("by the network")

    with pytest.raises(TryAgain, match="Firestore did not answer"):
        in_transaction(db, body)


@pytest.mark.parametrize("host", ["127.0.0.1:1", "127.0.0.1"])
def test_an_emulator_that_is_not_there_is_said_at_once(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", host)
    with pytest.raises(TryAgain, match=f"no Firestore answers at {host}: is the local city up"):
        connect("nowhere")


def test_racing_transactions_lose_nothing(db: firestore.Client) -> None:
    counter = db.collection("counters").document("one")
    counter.set({"n": 0})

    def add(transaction: firestore.Transaction) -> None:
        n = counter.get(transaction=transaction).get("n")
        transaction.update(counter, {"n": n + 1})

    with ThreadPoolExecutor(4) as racers:
        list(racers.map(lambda _: until_it_won(lambda: in_transaction(db, add)), range(12)))
    assert 12 == counter.get().get("n")
