"""The city that residents choose from: wards, districts, topics, age bands, read from `city.yaml`."""

import unicodedata
from functools import cache, cached_property
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict

from tsunagu.chat.catalogue import in_language


class Choice(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name: dict[str, str]

    def label(self, language: str) -> str:
        return in_language(self.name, language)

    def is_called(self, words: str) -> bool:
        """Whether somebody who typed `words` means exactly this."""
        return as_typed(words) in {as_typed(name) for name in [self.id, *self.name.values()]}


C = TypeVar("C", bound=Choice)


class District(Choice):
    ward: str
    kana: str


class City(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: dict[str, str]
    disaster_page: dict[str, str]  # language → address
    wards: list[Choice]
    topics: list[Choice]
    age_bands: list[Choice]
    districts: list[District]

    @cached_property
    def ward_of(self) -> dict[str, str]:
        """District → its ward, by their ids."""
        return {district.id: district.ward for district in self.districts}

    def ward(self, identity: str) -> Choice | None:
        return _named(self.wards, identity)

    def topic(self, identity: str) -> Choice | None:
        return _named(self.topics, identity)

    def age_band(self, identity: str) -> Choice | None:
        return _named(self.age_bands, identity)

    def district(self, identity: str) -> District | None:
        return _named(self.districts, identity)

    def find_districts(self, words: str, wards: list[str]) -> list[District]:
        """Districts whose name, reading or Latin name holds `words`; one that is named exactly stands alone."""
        sought = as_typed(words).removesuffix("校区").removesuffix("小学校").removesuffix("小")
        if not sought:
            return []
        inside = [district for district in self.districts if not wards or district.ward in wards]
        exact = [d for d in inside if sought in (as_typed(d.name["ja"]), d.kana, as_typed(d.name["en"]))]
        return exact or [
            d
            for d in inside
            if sought in as_typed(d.name["ja"]) or sought in d.kana or sought in as_typed(d.name["en"])
        ]


def as_typed(words: str) -> str:
    """Words as compared: full and half width alike, katakana as hiragana, no spaces, no case."""
    folded = unicodedata.normalize("NFKC", words).casefold()
    hiragana = "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in folded)
    return "".join(hiragana.split()).replace("-", "")


def _named(choices: list[C], identity: str) -> C | None:
    return next((choice for choice in choices if choice.id == identity), None)


@cache
def city() -> City:
    text = Path(__file__).with_name("city.yaml").read_text(encoding="utf-8")
    # A tenth of a second less before the first request than in Python.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return City.model_validate(yaml.load(text, loader))
