"""The tables of docs/data-model.md: what the page says of every field's index."""

import re
from collections import defaultdict
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "data-model.md"


def fields(index: str) -> dict[str, set[str]]:
    """Collection (its last name) → the fields whose cell under `index` says this word."""
    found: dict[str, set[str]] = defaultdict(set)
    for heading, section in re.findall(r"^### `([^`]+)`\n(.*?)(?=^##|\Z)", PAGE.read_text("utf-8"), re.M | re.S):
        for names, _, said, _ in re.findall(r"^\| (`.+?) \| (.*?) \| (.*?) \|(.*)\|$", section, re.M):
            if said.strip() == index:
                found[heading.split("/")[::2][-1]] |= set(re.findall(r"`(.+?)`", names))
    return dict(found)


def with_ttl() -> set[str]:
    """The collections that the page's head names for the TTL field `expires`."""
    named = re.search(r"`expires` is the TTL field of (.+?);", PAGE.read_text("utf-8"), re.S)
    assert named is not None
    return set(re.findall(r"`(\w+)`", named[1]))
