"""The stand-in platform as a whole: its state, and the one lock that guards it."""

import secrets

from local.line_platform.buckets import Buckets
from local.line_platform.chats import Chats
from local.line_platform.clock import Clock
from local.line_platform.contents import Content
from local.line_platform.events import Event
from local.line_platform.faults import Faults
from local.line_platform.friends import Friends
from local.line_platform.limits import BUCKET_CAPACITY, RATES
from local.line_platform.record import Record
from local.line_platform.reply_tokens import ReplyTokens
from local.line_platform.retry_keys import RetryKeys
from local.line_platform.rich_menus import RichMenus
from local.line_platform.settings import Settings
from local.line_platform.units import Units
from local.line_platform.webhooks import Webhooks

BOT_USER_ID = "U8e742f61d673b39c7fff3cecb7536ef0"


class Platform:
    def __init__(
        self, channel_secret: str, access_token: str, settings: Settings, capacity: float = BUCKET_CAPACITY
    ) -> None:
        self.channel_secret = channel_secret
        self.access_token = access_token
        self.settings = settings
        self.name = secrets.token_hex(4)  # tells a page that a reset took place
        self._beginnings = (settings.model_copy(deep=True), capacity)
        self.clock = Clock()
        self.friends = Friends()
        self.record = Record()
        self.chats = Chats(self.friends, self.record)
        self.lock = self.chats.lock
        self.keys = RetryKeys()
        self.tokens = ReplyTokens()
        self.faults = Faults(settings.random_seed)
        self.buckets = Buckets(RATES, capacity)
        self.events: dict[str, Event] = {}
        self.contents: dict[str, Content] = {}  # by message id
        self.menus = RichMenus()
        self.units = Units()
        self.webhooks = Webhooks(
            channel_secret, BOT_USER_ID, settings, self.clock, self.chats.watched, self.record, self.tokens
        )  # fmt: skip

    def fresh(self) -> "Platform":
        """A new platform with the settings this one began with; this one stops sending."""
        self.webhooks.timetable.stop()
        with self.lock:
            self.chats.touch()
        settings, capacity = self._beginnings
        return Platform(self.channel_secret, self.access_token, settings, capacity)


class Stand:
    """Holds the platform that is in use, so that a reset can put a new one in its place."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform

    def reset(self) -> None:
        self.platform = self.platform.fresh()
