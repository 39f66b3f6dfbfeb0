"""Any order and repetition of answer buttons, and of folds killed anywhere between them, gives the same report."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import polars as pl
from google.cloud import firestore
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.tsunagu.surveys.asking import BEGAN, Asked, begin, survey_of
from tests.tsunagu.surveys.kosodate import definition
from tsunagu.line.events import Event
from tsunagu.line.postback import Postback
from tsunagu.packs.fold import Fold
from tsunagu.packs.read import read
from tsunagu.surveys import store
from tsunagu.surveys.report.count import report
from tsunagu.surveys.rows import Said, pack_schema, packed_row

OPTIONS = ["park", "library", "pool"]
SURVEY = definition(
    questions=[{**question.model_dump(mode="json"), "required": False} for question in definition().questions]
)
residents = count(1)


@dataclass(frozen=True)
class Tap:
    who: int  # which of two residents
    at: int  # seconds
    verb: str
    fields: tuple[tuple[str, str], ...]


def taps() -> st.SearchStrategy[list[Tap]]:
    def one(verb: str, **fields: Any) -> st.SearchStrategy[tuple[str, tuple[tuple[str, str], ...]]]:
        drawn = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in fields.items()})
        return drawn.map(lambda chosen: (verb, tuple(sorted(chosen.items()))))

    button = (
        one("answer", q=["uses"], v=["a", "b"])
        | one("answer", q=["content"], v=["1", "5"])
        | one("switch", q=["places"], o=OPTIONS, on=["0", "1"])
        | one("decide", q=["places"])
        | one("skip", q=["uses", "places", "content", "why", "people", "born"])
        | one("start")
    )
    tap = st.builds(lambda who, at, what: Tap(who, at, *what), st.integers(0, 1), st.integers(0, 5), button)
    return st.lists(tap, min_size=1, max_size=9)


def event(numbers: list[int], number: int, tap: Tap) -> Event:
    # Of taps in the same second the one drawn first is the earlier.
    at = int((BEGAN + timedelta(seconds=tap.at)).timestamp() * 1000) + number
    button = Postback(f"surveys/{tap.verb}", {"s": SURVEY.id, **dict(tap.fields)})
    return Event(f"event-{number:03}", "postback", at, user=f"U{numbers[tap.who]:032x}", postback=button)


def recounted(db: firestore.Client, users: list[Asked]) -> list[dict[str, Any]]:
    """Rows from the truth, by brute force."""
    names = {name_of(db, user) for user in users}
    made = [
        packed_row(SURVEY, name, response)
        for name, response in store.responses(db, survey_of(db, SURVEY))
        if name in names
    ]
    return sorted((row for row in made if row), key=lambda row: str(row["key"]))


def name_of(db: firestore.Client, user: Asked) -> str:
    salt = survey_of(db, SURVEY).salt
    assert salt is not None
    return store.pseudonym("a secret of the city", salt, user.user)


def expected(told: list[Tap], who: int) -> dict[str, Any]:
    """What a person reading the taps in the order of their times would write down."""
    mine = sorted((tap.at, f"{number:03}", tap) for number, tap in enumerate(told) if tap.who == who)
    said: dict[str, Any] = {}
    chosen: dict[str, bool] = {}
    for _, _, tap in mine:
        fields = dict(tap.fields)
        match tap.verb:
            case "answer":
                said[fields["q"]] = fields["v"] if fields["q"] == "uses" else int(fields["v"])
            case "skip":
                said[fields["q"]] = None
            case "decide":
                said["places"] = OPTIONS
            case "switch":
                chosen[fields["o"]] = fields["on"] == "1"
    if said.get("places") is not None:
        said["places"] = [option for option in OPTIONS if chosen.get(option)]
        if not said["places"]:
            del said["places"]
    if "uses" not in said:
        onward = ["uses"]
    elif said["uses"] == "b":
        onward = ["uses", "why", "people", "born"]
    else:
        onward = ["uses", "places", "content", "people", "born"]
    return {id: said[id] for id in onward if id in said}


# Without shrinking, which on the emulator would take minutes.
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(st.data())
def test_any_order_and_repetition_of_buttons_and_folds(db: firestore.Client, data: st.DataObject) -> None:
    if store.get(db, SURVEY.id) is None:
        begin(db, SURVEY)
    numbers = [next(residents), next(residents)]
    users = [Asked(db, SURVEY, number) for number in numbers]
    shelf = store.responses_shelf(db, survey_of(db, SURVEY))
    told = data.draw(taps())
    numbered = list(enumerate(told))
    again = data.draw(st.lists(st.sampled_from(numbered), max_size=3))
    folds: list[Generator[str, None, None]] = []
    for number, tap in data.draw(st.permutations([*numbered, *again])):
        users[tap.who].hear(event(numbers, number, tap), now=datetime.now(UTC))
        if data.draw(st.integers(0, 3)) == 0:
            folds.append(Fold(shelf).steps())
        for each in folds:
            for _ in range(data.draw(st.integers(0, 2))):
                next(each, None)
    names = [name_of(db, user) for user in users]
    rows = {row["key"]: row for row in read(shelf).filter(pl.col("key").is_in(names)).to_dicts()}
    assert recounted(db, users) == [rows[name] for name in sorted(rows)]
    for who, name in enumerate(names):
        row = rows.get(name, {})
        answered = {id: row.get(f"a_{id}") for id in SURVEY_IDS if row.get(f"s_{id}") in (Said.GIVEN, Said.SKIPPED)}
        assert expected(told, who) == answered
        if row:
            began = min((tap.at, number) for number, tap in numbered if tap.who == who)
            assert BEGAN + timedelta(seconds=began[0], milliseconds=began[1]) == row["started_at"]


SURVEY_IDS = [question.id for question in SURVEY.questions]


def test_the_report_is_the_same_before_and_after_folding(db: firestore.Client) -> None:
    begin(db, SURVEY)
    shelf = store.responses_shelf(db, survey_of(db, SURVEY))
    users = [Asked(db, SURVEY, next(residents)) for _ in range(6)]
    for number, user in enumerate(users):
        user.tap("answer", q="uses", v="ab"[number % 2])
        user.tap("switch", q="places", o=OPTIONS[number % 3], on="1")
        user.tap("decide", q="places")
    noted = report(SURVEY, read(shelf), None)
    for _ in Fold(shelf).steps():
        pass
    assert not store.has_notes(db, survey_of(db, SURVEY))
    assert noted == report(SURVEY, read(shelf), None)
    assert 6 == noted.answered
    brute_force = pl.DataFrame(recounted(db, users), schema=pack_schema(SURVEY))
    assert noted == report(SURVEY, brute_force, None)
