"""Whether a question is asked at all: `when`, a condition on earlier answers and on what is known of the resident.

    when: {answer: uses, is: [often, once]}
    when: {all: [{attribute: ward, is: [chuo]}, {answer: age, from: 20, to: 39}, {not: {answer: q, was: [skipped]}}]}

`rules.holds` says whether one is true.
"""

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from tsunagu.cloud.definitions import Place

MOST_DEEP = 5  # conditions inside conditions; Firestore takes 20 levels of a whole document
Step = Annotated[int, Field(strict=True, ge=-1000, le=1000)]


def _known(kinds: type | UnionType, means: str) -> BeforeValidator:
    # A union by itself would say what is wrong once for each of its members.
    def check(value: Any) -> Any:
        huge = isinstance(value, int | float) and abs(value) > 1e15
        if isinstance(value, bool) or huge or not isinstance(value, kinds):
            raise ValueError(f"must be {means}, not {value!r}")
        return value

    return BeforeValidator(check)


Named = Annotated[str | int, _known(str | int, "the id of an option, a step of a scale, a ward or a district")]
Bound = Annotated[  # a date, a time or both as the answer is stored: `2026-11-03`, `09:30`, `2026-11-03T09:30`
    float | str, _known(str | int | float, "a number, a date such as 2026-11-03, or a time such as 09:30")
]
Was = Literal["given", "skipped", "declined", "not_asked"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class OfAnswer(_Strict):
    """Exactly one of `is` (any of these options, steps, wards …), `from`/`to` (both ends belong), `was`."""

    answer: str
    is_: Annotated[list[Named] | None, Field(alias="is", min_length=1)] = None
    from_: Annotated[Bound | None, Field(alias="from")] = None
    to: Bound | None = None
    was: Annotated[list[Was], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> "OfAnswer":
        ranged = self.from_ is not None or self.to is not None
        if [self.is_ is not None, ranged, self.was is not None].count(True) != 1:
            raise ValueError("needs exactly one of `is: […]`, `from:`/`to:` and `was: […]`")
        return self


class OfAttribute(_Strict):
    attribute: Literal["ward", "district", "age_band", "language"]
    is_: Annotated[list[str], Field(alias="is", min_length=1)]


class All(_Strict):
    all: Annotated[list["Condition"], Field(min_length=1)]


class Any_(_Strict):
    any: Annotated[list["Condition"], Field(min_length=1)]


class Not(_Strict):
    not_: Annotated["Condition", Field(alias="not")]


KEYS = {"answer": OfAnswer, "attribute": OfAttribute, "all": All, "any": Any_, "not": Not}


def _tag(value: Any) -> str:
    # In brackets, so that in the place of a fault the tag is not taken for the field of the same name.
    if isinstance(value, dict):
        return f"<{next((key for key in KEYS if key in value), '')}>"
    return f"<{next((key for key, model in KEYS.items() if isinstance(value, model)), '')}>"


Condition = Annotated[
    Annotated[OfAnswer, Tag("<answer>")]
    | Annotated[OfAttribute, Tag("<attribute>")]
    | Annotated[All, Tag("<all>")]
    | Annotated[Any_, Tag("<any>")]
    | Annotated[Not, Tag("<not>")],
    Discriminator(
        _tag,
        custom_error_type="condition",
        custom_error_message=f"must be a condition with one of {', '.join(f'`{key}:`' for key in KEYS)}",
    ),
]


def named(condition: Condition, place: Place = ()) -> Iterator[tuple[Place, OfAnswer | OfAttribute]]:
    """Every single claim in it, each with its place in it."""
    match condition:
        case OfAnswer() | OfAttribute():
            yield place, condition
        case All():
            for number, part in enumerate(condition.all):
                yield from named(part, (*place, "all", number))
        case Any_():
            for number, part in enumerate(condition.any):
                yield from named(part, (*place, "any", number))
        case Not():
            yield from named(condition.not_, (*place, "not"))


def depth(condition: Condition) -> int:
    match condition:
        case All():
            return 1 + max(map(depth, condition.all))
        case Any_():
            return 1 + max(map(depth, condition.any))
        case Not():
            return 1 + depth(condition.not_)
    return 1
