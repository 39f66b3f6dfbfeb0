"""The tables of the data model, which has several pages: what they say of every field's index."""

import re
from collections import defaultdict
from pathlib import Path

PAGES = sorted((Path(__file__).parents[2] / "docs").glob("data-model*.md"))


def text() -> str:
    return "\n".join(page.read_text("utf-8") for page in PAGES)


def fields(index: str) -> dict[str, set[str]]:
    """Collection (its last name) → the fields whose cell under `index` says this word."""
    found: dict[str, set[str]] = defaultdict(set)
    for heading, section in re.findall(r"^### `([^`]+)`\n(.*?)(?=^##|\Z)", text(), re.M | re.S):
        for names, _, said, _ in re.findall(r"^\| (`.+?) \| (.*?) \| (.*?) \|(.*)\|$", section, re.M):
            if said.strip() == index:
                found[heading.split("/")[::2][-1]] |= set(re.findall(r"`(.+?)`", names))
    return dict(found)


def with_ttl() -> set[str]:
    """The collections that the page's head names for the TTL field `expires`."""
    named = re.search(r"`expires` is the TTL field of (.+?);", text(), re.S)
    assert named is not None
    return set(re.findall(r"`(\w+)`", named[1]))
