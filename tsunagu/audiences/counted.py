"""How many people an audience holds at this moment, under the names that staff read."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from tsunagu.audiences.roster import NO_WARD, RosterKeeper
from tsunagu.audiences.rules import Audience
from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.cloud.outcomes import Rejected
from tsunagu.residents.city import city
from tsunagu.web.filters import LANGUAGE_NAMES

Named = list[tuple[str, int]]


@dataclass(frozen=True)
class Counted:
    """`no_ward`: in it only because they may live in any ward."""

    total: int
    no_ward: int
    languages: Named
    wards: Named


def counted(
    keeper: RosterKeeper, audience: Audience, urgent: bool, among: pl.Series | None = None
) -> tuple[Counted | None, str]:
    """Or why it cannot be counted, in a sentence. `among`: only those with one of these keys (Binary)."""
    try:
        size = keeper.now().size(audience, urgent, among)
    except Rejected as error:
        return None, error.reason
    languages = [(LANGUAGE_NAMES[name], size.by_language.get(name, 0)) for name in LANGUAGES]
    return Counted(size.total, size.no_ward, languages, by_ward(size.by_ward)), ""


def by_ward(counts: Mapping[str, int]) -> Named:
    """In the city's order, and last those who named none."""
    named = [(ward.label("ja"), counts.get(ward.id, 0)) for ward in city().wards]
    return [*named, ("区の登録なし", counts.get(NO_WARD, 0))]
