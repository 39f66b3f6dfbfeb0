"""Whom a broadcast is for: an expression over the roster's columns. Pure."""

from collections.abc import Sequence

import polars as pl
from pydantic import BaseModel, ConfigDict

from tsunagu.broadcasts.rules import Kind
from tsunagu.packs.lists import Numbered

DECIDES = ("following", "quiet", "wards", "districts", "topics", "language")  # columns of the roster


class Audience(BaseModel):
    """Any of each group, all of the groups that are named; everyone when none is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wards: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def of(self, kind: Kind, roster: Numbered) -> pl.Expr:
        """Whether a row of the roster, its rows with `DECIDES`, belongs to it.

        What may save a life reaches those who want nothing else, whatever topics they chose, and those who named no
        ward: they may live in any.
        """
        urgent = kind is Kind.LIFE_SAFETY
        inside = self._meets(roster, "wards") & self._meets(roster, "districts")
        if urgent:
            inside = inside | roster.is_empty("wards")
        wanted = pl.lit(True) if urgent else ~pl.col("quiet") & self._meets(roster, "topics")
        reads = pl.col("language").is_in(self.languages) if self.languages else pl.lit(True)
        return (pl.col("following") & inside & wanted & reads).fill_null(False)

    def _meets(self, roster: Numbered, group: str) -> pl.Expr:
        named = getattr(self, group)
        return roster.has_any(group, named) if named else pl.lit(True)

    def is_for(
        self, kind: Kind, wards: Sequence[str], districts: Sequence[str], topics: Sequence[str], language: str
    ) -> bool:
        """`of` for one person who asks by themselves: quiet or not."""
        urgent = kind is Kind.LIFE_SAFETY
        inside = _named(self.wards, wards) and _named(self.districts, districts)
        wanted = urgent or _named(self.topics, topics)
        return ((urgent and not wards) or inside) and wanted and _named(self.languages, [language])


def _named(names: Sequence[str], theirs: Sequence[str]) -> bool:
    return not names or any(name in names for name in theirs)
