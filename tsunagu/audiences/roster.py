"""The roster in memory, and who of it belongs to an audience: counted while staff compose, taken when one is frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, reduce
from operator import and_, or_
from zoneinfo import ZoneInfo

import polars as pl
from google.cloud.firestore import Client

from tsunagu.audiences import store
from tsunagu.audiences.rules import AREAS, IDS, ONE_VALUE, Audience
from tsunagu.packs.kept import Kept
from tsunagu.packs.lists import Numbered, Numbering
from tsunagu.residents.store import residents_shelf

NUMBERED = ("wards", "districts", "topics", "tags", "language", "age_band")
COLUMNS = ("following", "quiet", *NUMBERED, "since")
NO_WARD = ""  # in place of a ward's id
ON = "on "  # before the name of a list


@dataclass(frozen=True)
class Size:
    """People. `by_ward` counts somebody in each ward they named, under NO_WARD who named none; of these, `no_ward` are
    in the audience only because they may live in any ward.
    """

    total: int
    by_language: Mapping[str, int]
    by_ward: Mapping[str, int]
    no_ward: int


@dataclass(frozen=True)
class Roster:
    """Everybody known at one moment. `reads`: documents that were read for it. Saved audiences and uploaded lists are
    those of the moment in which they are asked for; where one is not there, whatever needs it raises Rejected.
    """

    people: Numbered
    zone: ZoneInfo
    db: Client
    reads: int = 0
    _listed: dict[str, tuple[datetime | None, pl.Series]] = field(default_factory=dict)

    def members(self, audience: Audience, urgent: bool) -> pl.DataFrame:
        """Their keys (Binary) and languages (String), in no particular order. Raises Rejected or TryAgain."""
        return self.taken(audience, urgent)[0]

    def size(self, audience: Audience, urgent: bool, among: pl.Series | None = None) -> Size:
        """How many `taken` takes, without taking them. Raises Rejected or TryAgain."""
        whole = store.expanded(self.db, audience)
        rows = self._rows_for(whole)
        return self._size(whole, urgent, rows, self._inside(whole, urgent, rows, among))

    def taken(self, audience: Audience, urgent: bool, among: pl.Series | None = None) -> tuple[pl.DataFrame, Size]:
        """`members` and `size` of the same people: a list may become another between two questions. `among`: only those
        with one of these keys (Binary)."""
        whole = store.expanded(self.db, audience)
        rows = self._rows_for(whole)
        inside = self._inside(whole, urgent, rows, among)
        found = rows.select("key", "language").filter(inside)
        members = found.with_columns(self.people.word("language", found["language"]))
        return members, self._size(whole, urgent, rows, inside)

    def _inside(self, whole: Audience, urgent: bool, rows: pl.DataFrame, among: pl.Series | None) -> pl.Series:
        inside = rows.select(self._question(urgent).asked(whole)).to_series()
        return inside if among is None else inside & rows["key"].is_in(among.implode())

    def _size(self, whole: Audience, urgent: bool, rows: pl.DataFrame, inside: pl.Series) -> Size:
        places = self._places.filter(inside).value_counts(name="n")
        place, languages = pl.col("wards"), self._languages
        groups = places.select("n", wards=place // languages, language=place % languages)
        wards = groups.join(self.people.names["wards"], left_on="wards", right_on="number")
        return Size(
            total=int(groups["n"].sum()),
            by_language=_summed(groups.with_columns(name=self.people.word("language", groups["language"]))),
            by_ward=_summed(wards.with_columns(pl.col("name").fill_null(NO_WARD))),
            no_ward=self._anywhere(whole, rows.drop("key", "version"), inside) if urgent else 0,
        )

    def _anywhere(self, audience: Audience, rows: pl.DataFrame, inside: pl.Series) -> int:
        """How many of those inside would not be if they lived nowhere. Only who named no ward is asked again: few."""
        if not any(getattr(part, name) for part in audience.parts() for name in AREAS):
            return 0
        found = rows.filter(inside & rows.select(self.people.is_empty("wards")).to_series())
        return found.height - found.filter(self._question(True, anywhere=False).asked(audience)).height

    @cached_property
    def _places(self) -> pl.Series:
        """A number for the wards and the language of each row: one is counted quicker than two are grouped."""
        return self.people.rows.select(pl.col("wards") * self._languages + pl.col("language")).to_series()

    @property
    def _languages(self) -> int:
        return max(self.people.names["language"].height, 1)

    def on_list(self, name: str) -> pl.Series:
        """Of every row, whether it is on an uploaded list; looked up once for every upload."""
        found = store.list_there(self.db, name)
        if name not in self._listed or self._listed[name][0] != found.changed_at:
            ids = pl.Series(store.ids_of(self.db, found), dtype=pl.Binary)
            self._listed[name] = (found.changed_at, self.people.rows["key"].is_in(ids.implode()))
        return self._listed[name][1]

    def _rows_for(self, audience: Audience) -> pl.DataFrame:
        """With a column for each list it asks for."""
        return self.people.rows.with_columns(self.on_list(name).alias(ON + name) for name in audience.lists_used())

    def _question(self, urgent: bool, anywhere: bool = True) -> "_Question":
        return _Question(self.people, self.zone, urgent, anywhere)


class RosterKeeper:
    """One a process: the roster as it is now, of which only what changed is read again. Threads may share it."""

    def __init__(self, db: Client, zone: ZoneInfo) -> None:
        self._db, self._zone = db, zone
        self._numbering = Numbering(NUMBERED)
        self._kept = Kept(residents_shelf(db), COLUMNS, self._numbering.number)
        self._last: Roster | None = None

    def now(self) -> Roster:
        """Raises TryAgain."""
        rows, reads = self._kept.read()
        last = self._last
        # Two threads may both make a roster of the same rows; what one of them has looked up is then looked up again.
        listed = last._listed if last is not None and last.people.rows is rows else {}
        self._last = Roster(Numbered(rows, dict(self._numbering.names)), self._zone, self._db, reads, listed)
        return self._last


@dataclass(frozen=True)
class _Question:
    """An audience as a question to every row. `anywhere`: who named no ward may live in the one that is asked for."""

    people: Numbered
    zone: ZoneInfo
    urgent: bool
    anywhere: bool

    def asked(self, audience: Audience) -> pl.Expr:
        """Always of those who follow; who is quiet hears only what is urgent."""
        reached = pl.col("following") if self.urgent else pl.col("following") & ~pl.col("quiet").fill_null(False)
        return reached.fill_null(False) & self._holds(audience, below_not=False)

    def _holds(self, audience: Audience, below_not: bool) -> pl.Expr:
        found = [self._meets(name, ids, below_not) for name in IDS if (ids := getattr(audience, name))]
        if audience.followed is not None:
            found.append(self._followed(*audience.followed.moments(self.zone)))
        found += [self._holds(each, below_not) for each in audience.all]
        if audience.any:
            found.append(reduce(or_, [self._holds(each, below_not) for each in audience.any]))
        if audience.not_ is not None:
            found.append(~self._holds(audience.not_, not below_not))
        return reduce(and_, found) if found else pl.lit(True)

    def _meets(self, name: str, ids: tuple[str, ...], below_not: bool) -> pl.Expr:
        if name == "topics" and self.urgent:
            return pl.lit(not below_not)
        if name == "lists":
            return reduce(or_, [pl.col(ON + each) for each in ids])
        meets = self.people.has_any(ONE_VALUE.get(name, name), ids)
        if name in AREAS and self.urgent and self.anywhere and not below_not:
            return meets | self.people.is_empty("wards")
        return meets

    def _followed(self, begin: datetime | None, end: datetime | None) -> pl.Expr:
        since = pl.col("since")
        ends = [*([] if begin is None else [since >= begin]), *([] if end is None else [since < end])]
        return reduce(and_, ends).fill_null(False)


def _summed(groups: pl.DataFrame) -> dict[str, int]:
    return dict(groups.group_by("name").agg(pl.col("n").sum()).sort("name").iter_rows())
