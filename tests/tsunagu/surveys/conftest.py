import pytest
from google.cloud import firestore

from local.stand_in import StandIn
from tests.tsunagu.surveys.asking import SECRET
from tsunagu.broadcasts.chat import BroadcastChat
from tsunagu.chat import handle
from tsunagu.chat.handle import Chat
from tsunagu.line.client import Line
from tsunagu.residents import chat as residents
from tsunagu.residents import store as residents_store
from tsunagu.surveys.ask.photos import Photos
from tsunagu.surveys.chat import SurveyChat


@pytest.fixture
def photos() -> Photos | None:
    """A city without a private bucket, unless a file has one."""
    return None


@pytest.fixture
def chat(db: firestore.Client, platform: StandIn, photos: Photos | None) -> Chat:
    """The city's conversation in the order of functions/chat."""
    surveys, news = SurveyChat(SECRET, photos=photos), BroadcastChat()
    return Chat(
        db=db,
        line=Line(platform.channel_access_token, platform.url),
        hearings=[
            residents.following,
            surveys.take_back,
            residents.take_back,
            surveys.words_and_buttons,
            news.words_and_buttons,
            residents.language_strip(ask_again=[surveys.ask_again]),
            residents.words_and_buttons,
            surveys.answer,
            residents.answer,
            residents.otherwise,
        ],
        in_groups=[],
        erasers=[residents_store.erase, surveys.erase, handle.erase],
    )
