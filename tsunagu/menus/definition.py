"""The rich menus as `menus.yaml` describes them, and each as the JSON that LINE takes."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic import model_validator as whole

from tsunagu.chat.catalogue import LANGUAGES, in_language
from tsunagu.cloud.definitions import Problem, load
from tsunagu.line.messages import URI_LIMIT, utf16
from tsunagu.line.postback import POSTBACK_LIMIT, Postback
from tsunagu.menus.rules import Mode, alias_of
from tsunagu.residents.city import City

# What LINE takes; source: LINE Developers, "Rich menu object" and "Action objects".
AREAS_LIMIT = 20
BAR_LIMIT = 14  # characters
LABEL_LIMIT = 20  # characters
URI_SCHEMES = ("https://", "http://", "tel:", "line:")
WIDTH, HEIGHT_LEAST, RATIO_LEAST = (800, 2500), 250, 1.45  # pixels; width to height

Icon = Literal["bell", "board", "clipboard", "gear", "question", "shelter", "telephone", "warning"]
Whole = Annotated[int, Field(ge=0, le=WIDTH[1])]
Bounds = tuple[Whole, Whole, Whole, Whole]


def _in_every_language(texts: dict[str, str]) -> dict[str, str]:
    missing = [language for language in LANGUAGES if not texts.get(language, "").strip()]
    if missing:
        raise ValueError(f"is missing in {', '.join(missing)}")
    return texts


def _at_most(limit: int) -> AfterValidator:
    def check(texts: dict[str, str]) -> dict[str, str]:
        for language, words in texts.items():
            if (count := utf16(words)) > limit:
                raise ValueError(f"{language}: LINE takes {limit} characters, not {count}")
        return texts

    return AfterValidator(check)


Words = Annotated[dict[Literal["ja", "ja-easy", "en"], str], AfterValidator(_in_every_language)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Area(Strict):
    """Does exactly one thing: a postback to the city, a link, or the city's own page of that name."""

    at: Bounds
    icon: Icon
    label: Annotated[Words, _at_most(LABEL_LIMIT)]
    note: Words | None = None
    first: bool = False  # stands out
    postback: str | None = None
    uri: str | None = None
    city: Literal["disaster_page"] | None = None

    @whole(mode="after")
    def _does_one_thing(self) -> "Area":
        does = [name for name in ("postback", "uri", "city") if getattr(self, name) is not None]
        if len(does) != 1:
            raise ValueError(f"needs exactly one of postback, uri, city; it has {', '.join(does) or 'none'}")
        if self.postback is not None and not 1 <= len(self.postback) <= POSTBACK_LIMIT:
            raise ValueError(f"LINE takes postbacks of 1 to {POSTBACK_LIMIT} characters")
        if self.uri is not None and not (self.uri.startswith(URI_SCHEMES) and len(self.uri) <= URI_LIMIT):
            raise ValueError(
                f"uri must begin with one of {', '.join(URI_SCHEMES)}, and have at most {URI_LIMIT} letters"
            )
        return self

    def action(self, language: str, city: City) -> dict[str, str]:
        label = self.label[language]  # type: ignore[index]
        if self.postback is not None:
            return {"type": "postback", "label": label, "data": self.postback, "displayText": label}
        return {"type": "uri", "label": label, "uri": self.uri or in_language(city.disaster_page, language)}


class Menu(Strict):
    bar: Annotated[Words, _at_most(BAR_LIMIT)]
    areas: Annotated[tuple[Area, ...], Field(min_length=1)]


class Menus(Strict):
    size: tuple[Annotated[int, Field(ge=WIDTH[0], le=WIDTH[1])], Annotated[int, Field(ge=HEIGHT_LEAST)]]
    strip: Annotated[int, Field(ge=1)]
    languages: Words
    menus: dict[Mode, Menu]

    def problems(self) -> Iterator[Problem]:
        """What only the whole can tell."""
        width, height = self.size
        if width / height < RATIO_LEAST:
            yield ("size",), f"LINE takes pictures at least {RATIO_LEAST} times as wide as high"
        for mode in Mode:
            if mode not in self.menus:
                yield ("menus",), f"{mode.value} is missing"
        for mode, menu in self.menus.items():
            if len(menu.areas) + len(LANGUAGES) > AREAS_LIMIT:
                yield ("menus", mode.value, "areas"), f"LINE takes {AREAS_LIMIT} areas, the languages among them"
            for n, area in enumerate(menu.areas):
                x, y, wide, high = area.at
                place = ("menus", mode.value, "areas", n, "at")
                if not (wide and high and x + wide <= width and self.strip <= y and y + high <= height):
                    yield place, f"must lie within {width} × {height} pixels, below the strip of {self.strip}"
            for (_, one), (n, other) in combinations(enumerate(menu.areas), 2):
                if _overlap(one.at, other.at):
                    yield ("menus", mode.value, "areas", n, "at"), "lies over another area"

    def at_line(self, mode: Mode, language: str, city: City) -> dict[str, Any]:
        """The menu in LINE's JSON, without its name."""
        menu = self.menus[mode]
        areas = [*self._strip(mode), *((area.at, area.action(language, city)) for area in menu.areas)]
        return {
            "size": dict(zip(("width", "height"), self.size, strict=True)),
            "selected": True,
            "chatBarText": menu.bar[language],  # type: ignore[index]
            "areas": [
                {"bounds": dict(zip(("x", "y", "width", "height"), at, strict=True)), "action": action}
                for at, action in areas
            ],
        }

    def _strip(self, mode: Mode) -> Iterator[tuple[Bounds, dict[str, str]]]:
        """One tap shows the menu of a language and tells the city that it was chosen."""
        width = self.size[0]
        edges = [round(width * n / len(LANGUAGES)) for n in range(len(LANGUAGES) + 1)]
        for n, language in enumerate(LANGUAGES):
            yield (
                (edges[n], 0, edges[n + 1] - edges[n], self.strip),
                {
                    "type": "richmenuswitch",
                    "label": self.languages[language],  # type: ignore[index]
                    "richMenuAliasId": alias_of(mode, language),
                    "data": Postback("residents/language", {"v": language}).write(),
                },
            )

    def picture(self, mode: Mode, language: str) -> Mapping[str, Any]:
        """What `menu.typ` draws."""
        return {
            "size": self.size,
            "strip": self.strip,
            "mode": mode.value,
            "languages": [{"name": name, "here": code == language} for code, name in self.languages.items()],
            "areas": [
                {
                    "at": area.at,
                    "icon": area.icon,
                    "label": area.label[language],  # type: ignore[index]
                    "note": area.note[language] if area.note else "",  # type: ignore[index]
                    "first": area.first,
                }
                for area in self.menus[mode].areas
            ],
        }


def _overlap(one: Bounds, other: Bounds) -> bool:
    return all(one[axis] < other[axis] + other[axis + 2] and other[axis] < one[axis] + one[axis + 2] for axis in (0, 1))


@cache
def menus() -> Menus:
    """Raises WrongFile."""
    return load(Path(__file__).with_name("menus.yaml"), Menus, check=lambda found: found.problems())
