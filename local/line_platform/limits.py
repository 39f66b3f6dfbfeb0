"""LINE's documented limits as numbers."""

# Messages
MULTICAST_IDS = 500
BODY_BYTES = 2 * 1024 * 1024
TEXT_UNITS = 5_000  # UTF-16 code units, as LINE counts
ALT_TEXT_UNITS = 1_500
FLEX_BUBBLE_BYTES = 30 * 1024
FLEX_CAROUSEL_BYTES = 50 * 1024
FLEX_CAROUSEL_BUBBLES = 12
QUICK_REPLY_ITEMS = 13
BUTTONS_ACTIONS = 4
CONFIRM_ACTIONS = 2
CAROUSEL_COLUMNS = 10
CAROUSEL_ACTIONS = 3
URL_LENGTH = 2_000  # of pictures

# Actions
POSTBACK_DATA = 300
DISPLAY_TEXT = 300
LABEL_GRAPHEMES = 20
FLEX_BUTTON_LABEL_GRAPHEMES = 40
IMAGE_CAROUSEL_LABEL_GRAPHEMES = 12
URI_LENGTH = 1_000
URI_SCHEMES = ("http", "https", "line", "tel")

# Retry keys and reply tokens
RETRY_KEY_MS = 24 * 60 * 60 * 1000
REPLY_TOKEN_MS = 60 * 1000
REPLY_TOKEN_LAST_MS = 20 * 60 * 1000  # after the event, however late it is delivered again

# Webhooks
WEBHOOK_TIMEOUT = 2.0  # seconds

# Requests a second
RATES = {
    "reply": 2_000.0,
    "push": 2_000.0,
    "multicast": 200.0,
    "profile": 2_000.0,
    "quota": 2_000.0,
    "consumption": 2_000.0,
    "followers": 2_000.0,
    "info": 2_000.0,
    "loading": 100.0,
}
BUCKET_CAPACITY = 20.0  # LINE does not publish its own; a small one lets no burst through unnoticed


def utf16(words: str) -> int:
    """Length in UTF-16 code units."""
    return len(words.encode("utf-16-le", "surrogatepass")) // 2
