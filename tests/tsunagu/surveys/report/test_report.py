"""The figures of a survey equal a recount by hand, whatever is filtered and crossed."""

import statistics
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tsunagu.surveys import everykind
from tests.tsunagu.surveys.everykind import definition, rows
from tests.tsunagu.surveys.report import naive
from tests.tsunagu.surveys.report.naive import ZONE, Row
from tsunagu.residents.city import city
from tsunagu.surveys.definition import Multiple
from tsunagu.surveys.lean import lean
from tsunagu.surveys.report.count import Counted, Report, figures, report
from tsunagu.surveys.report.cross import Crossed, cross
from tsunagu.surveys.report.filters import Filter, View
from tsunagu.surveys.report.tally import Sheet, Tally
from tsunagu.surveys.rows import pack_schema

SURVEY = definition()
MANY = rows(SURVEY, 400, seed=7)
OLDEST, LATEST = str(max(MANY["a_age"].drop_nulls())), str(max(MANY["a_born"].drop_nulls()))
CHOICES = {"single", "scale", "ward", "district", "multiple"}
few = settings(max_examples=30, deadline=None)


def options(id: str) -> list[str]:
    question = SURVEY.question(id)
    assert question is not None
    match question.type:
        case "single" | "multiple":
            return [option.id for option in question.options]
        case "scale":
            return [str(step) for step in range(question.min, question.max + 1)]
    return everykind.WARDS if question.type == "ward" else ["sekidai", "shirakawa"]


BOUNDS: dict[str, st.SearchStrategy[str]] = {
    "content": st.integers(0, 6).map(str),
    "nps": st.floats(-1, 11).map(str),
    "age": st.integers(-5, 130).map(str),
    "born": st.dates(MANY["a_born"].min(), MANY["a_born"].max()).map(str),  # type: ignore[arg-type]
    "when": st.times().map(lambda at: f"{at:%H:%M}"),
    "visit": st.sampled_from(MANY["a_visit"].drop_nulls().to_list()),
}


@st.composite
def addresses(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Up to four conditions of all kinds, in any order."""

    def some(name: str, values: list[str]) -> st.SearchStrategy[list[tuple[str, str]]]:
        return st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True).map(
            lambda chosen: [(name, value) for value in chosen]
        )

    def end(name: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple[str, str]]]:
        return values.map(lambda value: [(name, value)])

    days = st.integers(0, 22).map(lambda number: f"{everykind.BEGAN.date() + timedelta(days=number)}")
    kinds = [
        some("ward", [*everykind.WARDS, "-"]),
        some("district", ["sekidai", "shirakawa", "joto", "-"]),
        some("age_band", ["20s", "30s", "80up", "-"]),
        some("language", ["ja", "ja-easy", "en"]),
        some("edition", ["1", "2"]),
        end("from", days),
        *(some(f"a.{question.id}", options(question.id)) for question in SURVEY.asked if question.type in CHOICES),
        *(some(f"s.{question.id}", list(naive.STATES.values())) for question in SURVEY.asked),
        *(end(f"{side}.{id}", values) for id, values in BOUNDS.items() for side in ("min", "max")),
        *(
            end(f"has.{id}", st.sampled_from(["公園", "ＰＬＥＡＳＥ", "1+1 =", "無い"]))
            for id in ("use", "why", "more")
        ),
    ]
    chosen = draw(st.lists(st.sampled_from(range(len(kinds))), max_size=4, unique=True))
    pairs = [pair for number in chosen for pair in draw(kinds[number])]
    return draw(st.permutations(pairs))


def meant(pairs: list[tuple[str, str]], frame: pl.DataFrame) -> tuple[Sheet, pl.Series | None]:
    group = Filter.read(pairs, SURVEY, city())
    kept = frame.filter(group.keeps(frame, {})) if group.of_rows else frame
    sheet = Sheet(lean(SURVEY, city(), kept), ZONE)
    return sheet, group.inside(sheet.frame, ZONE)


def counted_under(pairs: list[tuple[str, str]], frame: pl.DataFrame) -> Report:
    return figures(SURVEY, city(), Tally(*meant(pairs, frame)), None)


SINGLE = [
    *(("ward", ward) for ward in [*everykind.WARDS, "-"]),
    *(("district", district) for district in ("sekidai", "joto", "-")),
    *(("age_band", band) for band in ("20s", "80up", "-")),
    *(("language", language) for language in ("ja", "ja-easy", "en")),
    *(("edition", edition) for edition in ("1", "2")),
    *((end, day) for end in ("from", "to") for day in ("2026-10-31", "2026-11-01", "2026-11-09", "2026-12-01")),
    *(
        (f"a.{question.id}", value)
        for question in SURVEY.asked
        if question.type in CHOICES
        for value in options(question.id)
    ),
    *((f"s.{question.id}", state) for question in SURVEY.asked for state in naive.STATES.values()),
    *((f"{end}.content", step) for end in ("min", "max") for step in ("0", "3", "4.5", "6")),
    *((f"{end}.age", age) for end in ("min", "max") for age in ("-1", "40", OLDEST)),
    *((f"{end}.born", day) for end in ("min", "max") for day in ("1980-01-01", LATEST)),
    *((f"{end}.when", at) for end in ("min", "max") for at in ("00:00", "09:30", "23:45")),
    *((f"{end}.visit", at) for end in ("min", "max") for at in ("2026-05-01T00:00", MANY["a_visit"].max())),
    *(
        (f"has.{id}", typed)
        for id in ("use", "why", "more")
        for typed in ("公園", "ＥＮＧＬＩＳＨ please", "1+1", "無い")
    ),
    ("has.place", "市役所"),
]


@pytest.mark.parametrize(("name", "value"), SINGLE)
def test_every_condition_means_the_rows_that_a_recount_means(name: str, value: str) -> None:
    expected = {row["key"] for row in naive.meant(MANY.to_dicts(), [(name, value)], SURVEY)}
    group = Filter.read([(name, value)], SURVEY, city())
    frame = MANY.filter(group.keeps(MANY, {})) if group.of_rows else MANY
    inside = group.inside(lean(SURVEY, city(), frame), ZONE)
    assert expected == {*(frame if inside is None else frame.filter(inside))["key"]}


@few
@given(number=st.integers(0, 150), seed=st.integers(0, 10_000), pairs=addresses())
def test_every_figure_equals_a_recount(number: int, seed: int, pairs: list[tuple[str, str]]) -> None:
    frame = rows(SURVEY, number, seed)
    theirs = naive.meant(frame.to_dicts(), pairs, SURVEY)
    found = counted_under(pairs, frame)
    assert len(theirs) == found.answered
    assert sum(row["finished_at"] is not None for row in theirs) == found.finished
    for counted in found.questions:
        check(counted, theirs)
    check_curves(found, theirs)
    for trait in found.traits:
        named = Counter(row[trait.id] or "-" for row in theirs)
        assert named == Counter({row.code: row.count for row in trait.rows})


def check(counted: Counted, theirs: list[Row]) -> None:
    question = counted.question
    states = Counter(naive.state(row, question) for row in theirs)
    found = {name: getattr(counted, name) for name in naive.STATES.values()}
    assert (dict.fromkeys(found, 0) | states, len(theirs)) == (found, counted.n)
    given = [row for row in theirs if naive.state(row, question) == "given"]
    if question.type in CHOICES:
        values = Counter(value for row in given for value in naive.chosen(row, question))
        assert values == Counter({row.code: row.count for row in counted.rows})
        assert values.total() == counted.answers
    elif question.type in ("number", "date", "time", "datetime"):
        assert len(given) == sum(row.count for row in counted.rows)
    else:
        assert found == {row.code: row.count for row in counted.rows}
    for row in counted.rows:
        assert (row.count / counted.base * 100 if counted.base else None) == row.percent
    if f"o_{question.id}" in pack_schema(SURVEY):
        assert sum(row[f"o_{question.id}"] is not None for row in theirs) == counted.others
    if counted.summary:
        values_of = [float(row[f"a_{question.id}"]) for row in given]
        assert pytest.approx(statistics.fmean(values_of)) == counted.summary.mean
        assert statistics.median(values_of) == counted.summary.median
        assert (min(values_of), max(values_of)) == (counted.summary.lowest, counted.summary.highest)


def check_curves(found: Report, theirs: list[Row]) -> None:
    curves = found.curves
    days = Counter(naive.day(row) for row in theirs)
    assert days == Counter({each.start: each.began for each in curves.days})
    ends = Counter(naive.day(row) for row in theirs if row["finished_at"])
    assert ends == Counter({each.start: each.finished for each in curves.days})
    hours = Counter(row["started_at"].astimezone(ZONE).hour for row in theirs)
    assert [hours[hour] for hour in range(24)] == list(curves.hours or ())
    took = [int((row["finished_at"] - row["started_at"]).total_seconds()) for row in theirs if row["finished_at"]]
    assert (statistics.median(took) if took else None) == curves.median_seconds
    stopped = Counter(row["waits_at"] for row in theirs if row["waits_at"])
    assert stopped == Counter({each.question.id: each.row.count for each in curves.stops})
    by_language = Counter((row["waits_at"], row["language"]) for row in theirs if row["waits_at"])
    spoken = [each.row.code for each in curves.languages]
    for stop in curves.stops:
        assert [by_language[stop.question.id, language] for language in spoken] == list(stop.by_language)
    assert Counter(row["language"] for row in theirs) == Counter({e.row.code: e.row.count for e in curves.languages})


AXES = ["ward", "age_band", "language", "use", "why", "content", "nps", "q.ward", "q.district"]


def places(id: str) -> Callable[[Row], list[str]]:
    if id in ("ward", "district", "age_band", "language"):
        return lambda row: [row[id] or "-"]
    question = SURVEY.question(id.removeprefix("q."))
    assert question is not None
    return lambda row: naive.chosen(row, question)


def crossed(ids: list[str], frame: pl.DataFrame, pairs: list[tuple[str, str]]) -> Crossed:
    sheet, inside = meant(pairs, frame)
    return cross(SURVEY, sheet, inside, ids, city())


@few
@given(
    number=st.integers(0, 150),
    seed=st.integers(0, 10_000),
    ids=st.lists(st.sampled_from(AXES), min_size=2, max_size=3, unique=True),
    pairs=addresses(),
)
def test_every_cell_of_a_cross_tabulation_equals_a_recount(
    number: int, seed: int, ids: list[str], pairs: list[tuple[str, str]]
) -> None:
    frame = rows(SURVEY, number, seed)
    theirs = naive.meant(frame.to_dicts(), pairs, SURVEY)
    n, cells, margins = naive.crossed(theirs, [places(id) for id in ids])
    found = crossed(ids, frame, pairs)
    assert n == found.n
    ours: Counter[Any] = Counter()
    ours_rows: Counter[Any] = Counter()
    ours_columns: Counter[Any] = Counter()
    for layer in found.layers:
        of = (layer.code,) if found.layered else ()
        for row, line, whole in zip(found.rows.codes, layer.cells, layer.rows, strict=True):
            ours_rows[row, *of] = whole
            for column, cell, sum_of in zip(found.columns.codes, line, layer.columns, strict=True):
                ours[row, column, *of] = cell.count
                for share, base in ((cell.of_row, whole), (cell.of_column, sum_of), (cell.of_all, layer.n)):
                    assert (cell.count / base * 100 if base else None) == share.percent
        for column, sum_of in zip(found.columns.codes, layer.columns, strict=True):
            ours_columns[column, *of] = sum_of
    assert (cells, margins[0], margins[1]) == (ours, ours_rows, ours_columns)


def test_numbers_and_dates_are_crossed_in_the_bins_of_the_report() -> None:
    found = crossed(["age", "born"], MANY, [])
    counted = {each.question.id: each for each in report(SURVEY, MANY, None).questions}
    assert [row.code for row in counted["age"].rows] == list(found.rows.codes)
    assert [row.label for row in counted["born"].rows] == list(found.columns.labels)
    both = MANY.filter(pl.col("a_age").is_not_null() & pl.col("a_born").is_not_null()).height
    assert both == found.n == sum(cell.count for line in found.layers[0].cells for cell in line)


def test_two_groups_are_counted_in_the_same_bins() -> None:
    young = counted_under([("max.age", "19")], MANY)
    everybody = report(SURVEY, MANY, None)
    for one, other in zip(young.questions, everybody.questions, strict=True):
        if one.question.type in ("number", "date", "time", "datetime"):
            assert [row.code for row in other.rows] == [row.code for row in one.rows]


@few
@given(addresses(), addresses(), st.lists(st.sampled_from(AXES), min_size=2, max_size=3, unique=True))
def test_an_address_is_written_as_it_is_read(
    ours: list[tuple[str, str]], theirs: list[tuple[str, str]], ids: list[str]
) -> None:
    pairs = [*ours, *((f"vs.{name}", value) for name, value in theirs), *(("cross", id) for id in ids)]
    view = View.read(pairs, SURVEY, city())
    assert view == View.read(view.write(), SURVEY, city())
    assert view.group == Filter.read([*reversed(view.group.write())], SURVEY, city())
    assert {*pairs} == {*view.write()} - {("vs", "everyone")}
    assert view.swapped().swapped().write() == view.write() or view.beside is None
    assert len(view.group.terms) == len(view.group.described(SURVEY, city()))


def test_the_order_of_the_rows_does_not_matter() -> None:
    assert report(SURVEY, MANY, None) == report(SURVEY, MANY.sample(fraction=1, shuffle=True, seed=3), None)


def test_options_nobody_chose_are_shown_in_the_order_of_the_definition() -> None:
    empty = {counted.question.id: counted for counted in report(SURVEY, rows(SURVEY, 0), None).questions}
    assert ["often", "never", "other"] == [row.code for row in empty["use"].rows]
    assert ["1", "2", "3", "4", "5"] == [row.code for row in empty["content"].rows]
    assert {(0, None, None, None)} == {(row.count, row.percent, row.low, row.high) for row in empty["use"].rows}


def test_what_no_definition_knows_is_counted_all_the_same() -> None:
    strange = rows(SURVEY, 30).with_columns(
        a_use=pl.when(pl.col("a_use") == "often").then(pl.lit("gone")).otherwise("a_use"), ward=pl.lit("atlantis")
    )
    found = report(SURVEY, strange, None)
    assert strange["a_use"].eq("gone").sum() == found.questions[0].rows[-1].count > 0
    assert (("gone", ""), "gone") == (found.questions[0].rows[-1].label, found.questions[0].rows[-1].code)
    assert [strange.height, 0] == [row.count for row in found.traits[0].rows][-2:]


def test_percentages_name_their_base() -> None:
    for counted in report(SURVEY, MANY, None).questions:
        of_all = counted.question.type in ("text", "location", "photo")
        assert (counted.n if of_all else counted.given) == counted.base
        assert ("回答者全員" if of_all else "この質問に答えた人") == counted.base_is[0]
        if isinstance(counted.question, Multiple):
            assert pytest.approx(100) == sum(row.of_answers or 0 for row in counted.rows)
        else:
            assert pytest.approx(100) == sum(row.percent or 0 for row in counted.rows)


def test_the_score_of_promoters_is_that_of_the_answers() -> None:
    nps = report(SURVEY, MANY, None).questions[3].nps
    given = MANY["a_nps"].drop_nulls().to_list()
    up, down = sum(step >= 9 for step in given), sum(step <= 6 for step in given)
    assert nps is not None
    assert (up, down) == (nps.promoters.count, nps.detractors.count)
    assert (up - down) / len(given) * 100 == pytest.approx(nps.score)
    assert len(given) == nps.promoters.count + nps.passives.count + nps.detractors.count


def of(answered: int, invited: int | None) -> Report:
    made = report(SURVEY, rows(SURVEY, 0), invited)
    return Report(made.definition, answered, 0, invited, (), (), made.curves)


def test_the_rate_is_of_those_invited_and_unknown_where_others_answered_too() -> None:
    assert (25.0, None, None) == (of(1, 4).rate, of(1, None).rate, of(3, 2).rate)
    assert of(0, None).finished_rate is None


def test_where_only_days_are_known_nothing_is_said_about_hours() -> None:
    curves = figures(SURVEY, city(), Tally(Sheet(lean(SURVEY, city(), MANY), ZONE)), None, moments=False).curves
    assert (None, None, {None}) == (
        curves.hours,
        curves.median_seconds,
        {each.median_seconds for each in curves.languages},
    )
    assert MANY.height == sum(day.began for day in curves.days)


@pytest.mark.parametrize(
    ("days", "unit", "most"), [(0, "day", 1), (91, "day", 92), (92, "week", 15), (900, "month", 31)]
)
def test_a_long_survey_has_weeks_or_months_on_its_curve(days: int, unit: str, most: int) -> None:
    ends = [everykind.BEGAN, everykind.BEGAN + timedelta(days=days)]
    frame = rows(SURVEY, 10).head(2).with_columns(started_at=pl.Series(ends))
    curves = report(SURVEY, frame, None).curves
    assert (unit, 2) == (curves.unit, sum(day.began for day in curves.days))
    assert len(curves.days) <= most
