"""A menu drawn and ready to be sent to LINE."""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from tsunagu.cloud.outcomes import Rejected
from tsunagu.line.rich_menus import PICTURE_LIMIT
from tsunagu.menus.definition import Menus
from tsunagu.menus.rules import Mode, alias_of, name_of
from tsunagu.residents.city import City
from tsunagu.typeset.render import NotTypeset, png

TEMPLATE = Path(__file__).with_name("menu.typ")


@dataclass(frozen=True)
class Drawn:
    """`about` is LINE's JSON; its name tells apart whatever differs in it or in the picture."""

    mode: Mode
    language: str
    about: dict[str, Any]
    picture: bytes

    @property
    def alias(self) -> str:
        return alias_of(self.mode, self.language)

    @property
    def name(self) -> str:
        return str(self.about["name"])


def draw(menus: Menus, mode: Mode, language: str, city: City) -> Drawn:
    """Raises Rejected."""
    about = menus.at_line(mode, language, city)
    try:
        picture = png(TEMPLATE, menus.picture(mode, language))
    except NotTypeset as fault:
        raise Rejected(f"the menu {alias_of(mode, language)} cannot be drawn: {fault}") from fault
    if len(picture) > PICTURE_LIMIT:
        raise Rejected(f"the menu {alias_of(mode, language)} is a picture of {len(picture):,} bytes; LINE takes 1 MB")
    digest = sha256(json.dumps(about, sort_keys=True).encode() + picture).hexdigest()[:16]
    return Drawn(mode, language, {**about, "name": name_of(mode, language, digest)}, picture)
