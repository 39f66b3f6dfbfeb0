"""One look at a survey under an address: the page and every download are made of it, so they cannot differ.

Everything is read as it was at one moment of the database, so also the figures and the rows are of the same answers.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, reduce
from itertools import islice
from operator import and_
from typing import TypeVar
from zoneinfo import ZoneInfo

import polars as pl
from google.cloud import firestore

from tsunagu.packs.moment import Moment
from tsunagu.packs.parts import AT_ONCE, parts
from tsunagu.residents.city import City
from tsunagu.surveys import store, tags
from tsunagu.surveys.changes import revised
from tsunagu.surveys.definition import Asking, Definition
from tsunagu.surveys.editions import merged, not_asked
from tsunagu.surveys.invited import invited
from tsunagu.surveys.lean import OF_RESPONDENT, lean, united
from tsunagu.surveys.report.count import Report, figures
from tsunagu.surveys.report.cross import Crossed, cross
from tsunagu.surveys.report.filters import Filter, Pairs, View
from tsunagu.surveys.report.shares import Both
from tsunagu.surveys.report.sheets import Sheets
from tsunagu.surveys.report.tally import Sheet, Tally
from tsunagu.surveys.report.terms import Words, words_column
from tsunagu.surveys.report.words import has_all
from tsunagu.surveys.rows import has_words
from tsunagu.surveys.store import Survey

T = TypeVar("T")

LOOKED_THROUGH = 8  # packs that are looked through for examples
KEEPS = "-keeps{}"  # whether the words of a row fulfil a filter; no column of a lean frame is called that


@dataclass(frozen=True)
class Text:
    """What somebody wrote, and the tags it has."""

    respondent: str
    words: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Coming:
    """What is read beside the answers."""

    invited: Future[int | None]
    tags: Future[tags.OfTexts]


@dataclass(frozen=True)
class Look:
    """`definition`: the readable one. `report` and `crossed` are of `view.group`; `other` and `other_crossed` of
    `view.beside`, None where there is none. What a row's own edition did not ask is not asked in it."""

    db: firestore.Client
    survey: Survey
    definition: Definition
    city: City
    zone: ZoneInfo
    now: datetime
    view: View
    editions: Sequence[Definition]
    moment: Moment
    sheets: Sheets
    coming: Coming
    _examples: dict[int, Future[dict[str, list[Text]]]] = field(default_factory=dict)

    @property
    def invited(self) -> int | None:
        """None when nobody was."""
        return self.coming.invited.result()

    @property
    def filter(self) -> Filter:
        return self.view.group

    @cached_property
    def report(self) -> Report:
        return self._report(self.view.group, 0)

    @cached_property
    def other(self) -> Report | None:
        return None if self.view.beside is None else self._report(self.view.beside, 1)

    @cached_property
    def crossed(self) -> Crossed | None:
        return self._crossed(self.view.group, 0)

    @cached_property
    def other_crossed(self) -> Crossed | None:
        return None if self.view.beside is None else self._crossed(self.view.beside, 1)

    @cached_property
    def whole(self) -> int:
        """All responses, whatever the filters."""
        return self._sheet.n

    @cached_property
    def frame(self) -> pl.DataFrame:
        """All `pieces` at once."""
        return pl.concat(self.pieces())

    def pieces(self, told: Callable[[int, int], None] = lambda done, of: None) -> Iterator[pl.DataFrame]:
        """The responses of the group with all columns of `rows.pack_schema`, some thousands at a time, read when asked
        for: little memory whatever the size; at least one frame, which may be empty.

        In a stable order that tells nothing: by the hashes of the pseudonyms, and within a piece by these. `told` after
        each piece how many of all responses are read.
        """
        return self._parts((), AT_ONCE, told)

    def _parts(
        self, columns: Sequence[str], at_once: int, told: Callable[[int, int], None] = lambda done, of: None
    ) -> Iterator[pl.DataFrame]:
        unasked = not_asked(self.editions)
        for rows in parts(self.moment.shelf, columns, at_once, self.moment, told):
            yield self._meant(rows.with_columns(unasked))

    @property
    def tags(self) -> tags.OfTexts:
        return self.coming.tags.result()

    @cached_property
    def tagged(self) -> dict[str, frozenset[str]]:
        """Tag → respondents."""
        return tags.tagged(self.tags)

    def examples(self, most: int) -> dict[str, list[Text]]:
        """The first words that the group wrote in answer to each question, as far as they are in the first pieces."""
        coming = self._examples.get(most)
        return coming.result() if coming else self._looked_for(most)

    def _looked_for(self, most: int) -> dict[str, list[Text]]:
        asked = [question for question in self.definition.asked if has_words(question)]
        columns = self._columns([words_column(question) for question in asked])
        found: dict[str, list[Text]] = {question.id: [] for question in asked}
        for rows in islice(self._parts(columns, at_once=1) if asked else (), LOOKED_THROUGH):
            for question in asked:
                some = found[question.id]
                some += islice(self._texts(question, rows), most - len(some))
            if all(len(some) == most for some in found.values()):
                break
        return found

    def _columns(self, wanted: Sequence[str]) -> list[str]:
        """These, and what it takes to tell who is meant."""
        group = self.view.group
        ids = group.questions | {term.question.id for term in group.of_rows if isinstance(term, Words)}
        of_questions = (f"{kind}_{id}" for id in ids for kind in "aso")
        unasked = (f"s_{question.id}" for question in self.definition.asked if len(self.editions) > 1)
        return [*wanted, *OF_RESPONDENT, *of_questions, *unasked]

    def search(self, question: Asking, sought: Sequence[str], start: int, most: int) -> tuple[int, list[Text]]:
        """How many texts of the group have all these words (`words.terms`), and some of them from `start` on."""
        total, found = 0, []
        for rows in self.pieces():
            for text in self._texts(question, rows):
                if has_all(text.words, sought):
                    if start <= total < start + most:
                        found.append(text)
                    total += 1
        return total, found

    def _texts(self, question: Asking, rows: pl.DataFrame) -> Iterator[Text]:
        column = words_column(question)
        for key, words in rows.filter(pl.col(column) != "").select("key", column).iter_rows():
            yield Text(key, words, self.tags.get(key, {}).get(question.id, ()))

    def begin(self, examples: int) -> None:
        """Read the answers beside whatever is done next, and so many examples of words."""
        _ = self._reading
        self._examples[examples] = _beside(lambda: self._looked_for(examples))

    @property
    def _of_rows(self) -> bool:
        """Whether only the rows themselves can tell who is meant."""
        return bool(self.view.group.of_rows or (self.view.beside and self.view.beside.of_rows))

    @property
    def _sheet(self) -> Sheet:
        return self._reading.result()

    @cached_property
    def _reading(self) -> Future[Sheet]:
        return _beside(self._read)

    def _read(self) -> Sheet:
        groups = [self.view.group, self.view.beside or Filter()]
        if not self._of_rows:
            return self.sheets.sheet(self.editions, self.definition, self.moment, self.zone)
        frames = []
        unasked = not_asked(self.editions)
        for packed in parts(self.moment.shelf, moment=self.moment):
            rows = packed.with_columns(unasked)
            keeps = [
                group.keeps(rows, self.tagged).alias(KEEPS.format(number))
                for number, group in enumerate(groups)
                if group.of_rows
            ]
            frames.append(lean(self.definition, self.city, rows).with_columns(keeps))
        return Sheet(united(frames), self.zone)

    def _inside(self, sheet: Sheet, group: Filter, number: int) -> pl.Series | None:
        held = [sheet.holds, group.inside(sheet.frame, self.zone)]
        if group.of_rows:
            held.append(sheet.frame[KEEPS.format(number)])
        there = [each for each in held if each is not None]
        return reduce(and_, there) if there else None

    def _meant(self, rows: pl.DataFrame) -> pl.DataFrame:
        group = self.view.group
        if group.of_rows:
            rows = rows.filter(group.keeps(rows, self.tagged))
        if not group.of_lean:
            return rows
        inside = group.inside(lean(self.definition, self.city, rows, group.questions), self.zone)
        return rows if inside is None else rows.filter(inside)

    def _report(self, group: Filter, number: int) -> Report:
        def counted(sheet: Sheet) -> Report:
            moments = self._knows_moments(sheet)

            def count() -> Report:
                tally = Tally(sheet, self._inside(sheet, group, number))
                return figures(self.definition, self.city, tally, None, moments)

            # What is asked of rows themselves is in a sheet of this look only.
            return sheet.kept((moments, *group.write()), count)

        made = self._made(counted)
        questions = tuple(replace(each, revised=self._revised.get(each.question.id, ())) for each in made.questions)
        # Of whom the filter leaves out nobody knows how many were invited.
        return replace(made, invited=None if group else self.invited, questions=questions)

    def _knows_moments(self, sheet: Sheet) -> bool:
        """Of one that was anonymised only days are known, and so of many that were imported."""
        days_only = self.survey.imported_at is not None and bool((sheet.hours % 24 == 0).all())
        return self.survey.anonymised_at is None and not days_only

    @cached_property
    def _revised(self) -> dict[str, tuple[Both, ...]]:
        return revised(self.editions)

    def _made(self, make: Callable[[Sheet], T]) -> T:
        """Made of the sheet of the last look while it is seen whether that still holds."""
        last = None if self._of_rows else self.sheets.last(self.definition)
        if last is not None and not self._reading.done():
            made = make(last)
            if self._sheet is last:
                return made
        return make(self._sheet)

    def cross(self, *ids: str) -> Crossed:
        """The group's answers by other ids than the address names. Raises Rejected."""
        inside = self._inside(self._sheet, self.view.group, 0)
        return cross(self.definition, self._sheet, inside, ids, self.city)

    def _crossed(self, group: Filter, number: int) -> Crossed | None:
        if not self.view.cross:
            return None
        return self._made(
            lambda sheet: cross(self.definition, sheet, self._inside(sheet, group, number), self.view.cross, self.city)
        )


def look(
    db: firestore.Client,
    id: str,
    pairs: Pairs,
    city: City,
    zone: ZoneInfo,
    now: datetime,
    *,
    sheets: Sheets | None = None,
) -> Look | None:
    """None: there is no such survey. `sheets`: what earlier looks have read. Raises Rejected (a filter that cannot be
    read), TryAgain."""
    found = store.reference(db, id).get() if id and "/" not in id else None
    if found is None or not found.exists:
        return None
    # Also the definition is of that moment: nobody has answered by then in an edition that it does not know.
    survey, at = store.of_document(found.to_dict() or {}), found.read_time
    editions = store.editions(db, survey, at)
    definition = merged(editions)
    view = View.read(pairs, definition, city)
    shelf = store.responses_shelf(db, survey, definition)
    coming = Coming(_beside(lambda: invited(db, id)), _beside(lambda: tags.everything(db, survey, at)))
    return Look(db, survey, definition, city, zone, now, view, editions, Moment(shelf, at), sheets or Sheets(), coming)


def _beside(read: Callable[[], T]) -> Future[T]:
    """In a thread of its own, which ends with it."""
    thread = ThreadPoolExecutor(1)
    found = thread.submit(read)
    thread.shutdown(wait=False)
    return found
