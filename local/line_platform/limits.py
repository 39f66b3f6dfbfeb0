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
IMAGEMAP_WIDTH = 1_040  # what areas are measured in
LOCATION_LETTERS = 100
IMAGEMAP_TEXT = 400
URL_LENGTH = 2_000  # of pictures

# Actions
POSTBACK_DATA = 300
DISPLAY_TEXT = 300
LABEL_GRAPHEMES = 20
FLEX_BUTTON_LABEL_GRAPHEMES = 40
IMAGE_CAROUSEL_LABEL_GRAPHEMES = 12
URI_LENGTH = 1_000
URI_SCHEMES = ("http", "https", "line", "tel")

# Rich menus
MENUS = 1_000
MENU_ALIASES = 1_000
MENU_AREAS = 20
MENU_NAME = 300
CHAT_BAR_TEXT = 14
MENU_WIDTH = (800, 2_500)  # pixels
MENU_HEIGHT = 250
MENU_RATIO = 1.45  # width to height, at least
MENU_PICTURE_BYTES = 1024 * 1024
MENU_CHANGES_AN_HOUR = 100  # creations and deletions together: LINE may count them apart, we do not rely on it
MENU_BATCHES_AN_HOUR = 3

# Retry keys and reply tokens
RETRY_KEY_MS = 24 * 60 * 60 * 1000
REPLY_TOKEN_MS = 60 * 1000
REPLY_TOKEN_LAST_MS = 20 * 60 * 1000  # after the event, however late it is delivered again

# Aggregation units and insight
UNITS_A_MONTH = 1_000
UNITS_LISTED = 100  # in one page
INSIGHTS_AN_HOUR = 60
INSIGHT_DAYS = 30  # from the first day to the last
INSIGHT_LEAST = 20  # what fewer people did is null
INSIGHT_COUNTED_MS = 14 * 24 * 60 * 60 * 1000  # after a send; what people do later is not counted

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
    "validate": 2_000.0,
    "units": 2_000.0,
    "insight": 2_000.0,  # and 60 an hour, by the platform's clock
    "loading": 100.0,
    "content": 2_000.0,
    # The picture, the aliases, the default and the links each have 2,000 of their own.
    **dict.fromkeys(
        (
            "menu_validate",
            "menu_create",
            "menu_get",
            "menu_delete",
            "menu_upload",
            "menu_picture",
            "menu_alias",
            "menu_default",
            "menu_of_user",
            "menu_link",
            "menu_unlink",
            "menu_bulk_link",
            "menu_bulk_unlink",
            "menu_batch",
            "menu_progress",
        ),
        2_000.0,
    ),
    "menu_list": 10.0,
}
BUCKET_CAPACITY = 20.0  # LINE does not publish its own; a small one lets no burst through unnoticed


def utf16(words: str) -> int:
    """Length in UTF-16 code units."""
    return len(words.encode("utf-16-le", "surrogatepass")) // 2
