"""Composing a reminder in the console: where it is asked for, and to how many it would go."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from google.cloud import firestore

from tests.tsunagu.broadcasts.desk.consoles import TEXT, console
from tests.tsunagu.broadcasts.desk.test_compose import LINK
from tests.tsunagu.broadcasts.test_invited import INVITATION
from tests.tsunagu.broadcasts.world import World


@pytest.fixture
def editor(db: firestore.Client) -> Iterator[FlaskClient]:
    with console(db) as made:
        yield made.as_("editor")


ASKING = {**LINK, "title": "題", "kind": "news", "start": "now", "messages.0.card.buttons.0.is": "survey"}
ASKING |= {"messages.0.card.buttons.0.survey": "kosodate"}


def test_whether_it_is_a_reminder_is_asked_where_a_survey_is_chosen(editor: FlaskClient) -> None:
    def asked(typed: dict[str, Any]) -> bool:
        return 'name="remind"' in editor.post("/broadcasts/new", data={**typed, "do": "check"}).text

    assert [False, False, True, True] == [asked(typed) for typed in (TEXT, LINK, ASKING, {**TEXT, "remind": "true"})]


def figures(page: str) -> dict[str, str]:
    return dict(re.findall(r'data-figure="([a-z]+)">([\d,]+)', page))


def test_the_live_size_of_a_reminder_is_the_invited_less_the_finished(db: firestore.Client, world: World) -> None:
    world.people(5)
    world.people(2, wards=("kita",))
    world.move_in()
    world.run(world.write(INVITATION.format(id="invitation", ward="chuo")))
    world.change(world.users[0], following=False)
    reminder = {**ASKING, "remind": "true"}
    with console(db, finished=lambda survey: {"kosodate": 3}[survey]) as made:
        editor = made.as_("editor")
        whole = editor.post("/broadcasts/size", data=reminder).text
        assert ({"size": "1", "invited": "4", "finished": "3"}, True) == (figures(whole), "人ほど" in whole)
        part = editor.post("/broadcasts/size", data={**reminder, "audience.wards": ["chuo"]}).text
        assert ({"size": "4", "invited": "4", "finished": "3"}, True) == (figures(part), "人まで" in part)
        assert {"size": "6"} == figures(editor.post("/broadcasts/size", data=ASKING).text)
        none = editor.post("/broadcasts/size", data={**reminder, "messages.0.card.buttons.0.survey": "other"}).text
        assert "アンケート「other」への招待で" in none
        unsaid = editor.post("/broadcasts/size", data={**reminder, "messages.0.card.buttons.0.survey": ""}).text
        assert "ボタンがあるカードが必要" in unsaid
