"""Of how many a response rate is."""

from typing import Any

import pytest
from google.cloud import firestore

from tsunagu.broadcasts.rules import State, Totals
from tsunagu.surveys.invited import invited


def sent(
    db: firestore.Client, id: str, state: State, audience: int | None, accepted: int | None = None, **of: Any
) -> None:
    totals = None if accepted is None else Totals(accepted=accepted).to_document()
    told = {"survey": "s", "state": state.value, "audience": audience, "totals": totals, **of}
    db.collection("broadcasts").document(id).set(told)


def test_all_whom_it_went_to_or_is_going_to(db: firestore.Client) -> None:
    assert invited(db, "s") is None
    sent(db, "draft", State.DRAFT, None)
    assert invited(db, "s") is None
    sent(db, "sent", State.SENT, 400, 390)
    sent(db, "sending", State.SENDING, 30)
    sent(db, "reminder", State.SENT, 200, 200, remind=True)
    sent(db, "another", State.SENT, 50, 50, survey="t")
    assert 430 == invited(db, "s")


@pytest.mark.parametrize("state", [State.FAILED, State.WITHDRAWN, State.EXPIRED])
def test_of_one_that_was_cut_short_only_those_it_still_went_to(db: firestore.Client, state: State) -> None:
    sent(db, "first", state, 400, 25)
    assert 25 == invited(db, "s")
    sent(db, "first", state, 400)
    assert invited(db, "s") is None
    sent(db, "again", State.SENT, 400, 400)
    assert 400 == invited(db, "s")
