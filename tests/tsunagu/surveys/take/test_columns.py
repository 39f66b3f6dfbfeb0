"""The columns that every download has."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from tests.tsunagu.surveys.everykind import definition, rows
from tsunagu.residents.city import city
from tsunagu.surveys.definition import Anonymity, Definition
from tsunagu.surveys.editions import merged
from tsunagu.surveys.rows import pack_schema
from tsunagu.surveys.take.columns import LONGEST, PHOTO, Cells, Column, columns, short, table

CITY = ZoneInfo("Asia/Tokyo")
SURVEY = definition()
CODES = ["given", "skipped", "declined", "not_asked", "blank"]


def made(survey: Definition, **changed: Any) -> Definition:
    return Definition.model_validate(survey.written() | changed)


def of(survey: Definition) -> dict[str, Column]:
    """By what stands before the words in their names."""
    return {column.name.split(" ")[0]: column for column in columns(survey, city(), CITY)}


def cells(survey: Definition, frame: pl.DataFrame) -> dict[str, list[Any]]:
    wanted = columns(survey, city(), CITY)
    found = table(frame, wanted)
    return {column.name.split(" ")[0]: found[column.name].to_list() for column in wanted}


def one(**row: Any) -> dict[str, Any]:
    frame = pl.DataFrame([row], schema=pack_schema(SURVEY))
    return {name: values[0] for name, values in cells(SURVEY, frame).items()}


def test_every_kind_of_question_has_its_columns_in_the_order_of_the_survey() -> None:
    assert [
        *("回答者", "版", "区", "校区", "年代", "言語", "開始", "完了", "中断"),
        *("use", "use-other", "use-code"),
        *("why.near", "why.cheap", "why.none", "why.other", "why-other", "why-code"),
        *("content", "content-code", "nps", "nps-code", "born", "born-code", "when", "when-code"),
        *("visit", "visit-code", "age", "age-code", "ward", "ward-code", "district", "district-code"),
        *("place", "place-lat", "place-lon", "place-code", "photo", "photo-code", "more", "more-code"),
    ] == list(of(SURVEY))


def test_who_could_not_choose_an_option_did_not_decide_against_it() -> None:
    later = SURVEY.written()
    why = next(each for each in later["questions"] if each["id"] == "why")
    why["options"].append({"id": "new", "text": {"ja": "新しい", "en": "New"}})
    editions = [SURVEY, Definition.model_validate(later)]
    row = {"a_why": ["near"], "s_why": 0}
    frame = pl.DataFrame([{**row, "edition": 1}, {**row, "edition": 2}, row], schema=pack_schema(editions[1]))
    wanted = {each.name.split(" ")[0]: each for each in columns(merged(editions), city(), CITY, editions=editions)}
    found = table(frame, list(wanted.values()))
    assert [None, 0, None] == found[wanted["why.new"].name].to_list()
    assert [1, 1, 1] == found[wanted["why.near"].name].to_list()
    assert [["1", "0", ""], ["1", "0"]] == [[value for value, _ in wanted[id].values] for id in ("why.new", "why.near")]


def test_a_blank_cell_says_nothing_and_the_code_says_why_it_is_blank() -> None:
    said = {"given": 0, "skipped": 1, "declined": 2, "not_asked": 3, "blank": None}
    assert list(said) == [one(s_nps=number)["nps-code"] for number in said.values()]
    assert (None, "skipped") == (one(s_more=1)["more"], one(s_more=1)["more-code"])


def test_answers_are_in_words_and_numbers_in_numbers() -> None:
    found = one(
        a_use="often", a_why=["near", "other"], o_why="駅", a_content=4, a_age=40.5, a_ward="kita", a_district="sekidai"
    )
    assert ("よく使う", 4, 40.5, "北区", "碩台") == tuple(
        found[name] for name in ("use", "content", "age", "ward", "district")
    )
    assert (1, 0, 0, 1, "駅") == tuple(found[f"why{name}"] for name in (".near", ".cheap", ".none", ".other", "-other"))
    assert {None} == {one(s_why=1)[f"why.{option}"] for option in ("near", "cheap", "none", "other")}


def test_a_place_is_words_and_degrees_and_a_photo_only_a_note_of_it() -> None:
    found = one(a_place="市役所", lat_place=32.8, lon_place=130.7, a_photo="surveys/every-kind/abc.jpg")
    assert ("市役所", 32.8, 130.7) == (found["place"], found["place-lat"], found["place-lon"])
    assert PHOTO == found["photo"]
    assert "abc" not in str(found)


def test_what_nothing_is_known_of_any_more_stays_as_it_is() -> None:
    assert ("gone", "somewhere") == (one(a_use="gone")["use"], one(ward="somewhere")["区"])


def test_questions_and_options_of_the_same_words_never_collide() -> None:
    written = SURVEY.written()
    for question in written["questions"]:
        question["text"] = {"ja": "同じ質問"}
        for number, option in enumerate(question.get("options", [])):
            option["text"] = {"ja": "同じ" if number else "同じ答え"}
    names = [column.name for column in columns(Definition.model_validate(written), city(), CITY)]
    assert len(set(names)) == len(names)


def test_options_that_editions_have_made_alike_are_told_apart_by_their_ids() -> None:
    before, after = SURVEY.written(), SURVEY.written()
    use = next(question for question in after["questions"] if question["id"] == "use")
    use["options"] = [{"id": "never", "text": {"ja": "使わない"}}, {"id": "again", "text": {"ja": "よく使う"}}]
    survey = merged([Definition.model_validate(before), Definition.model_validate(after)])
    frame = pl.DataFrame([{"a_use": id} for id in ("often", "again", "never")], schema=pack_schema(survey))
    assert ["よく使う（often）", "よく使う（again）", "使わない"] == cells(survey, frame)["use"]
    assert {"よく使う（often）", "よく使う（again）", "使わない", "その他"} == {
        value for value, _ in of(survey)["use"].values
    }


@pytest.mark.parametrize("words", ["あ" * 300, "a" * 300, "👨‍👩‍👧" * 40, "一行目\n二行目"])
def test_long_labels_are_cut_between_letters_on_one_line(words: str) -> None:
    cut = short(words)
    assert "\n" not in cut
    assert cut.removesuffix("…") == words.replace("\n", " ")[: len(cut.removesuffix("…"))]
    assert not cut.removesuffix("…").endswith("\u200d")
    assert LONGEST == len(short("あ" * 300))


def test_an_anonymous_survey_tells_neither_pseudonyms_nor_times_of_day() -> None:
    survey = made(SURVEY, anonymity="anonymous")
    frame = rows(survey, 30)
    found = table(frame, columns(survey, city(), CITY), first=101)
    assert not set(frame["key"]) & {value for row in found.rows() for value in row}
    assert list(range(101, 101 + frame.height)) == found["番号 no"].to_list()
    assert {pl.Date} == {found[name].dtype for name in ("開始 started_at", "完了 finished_at")}


def test_a_survey_with_names_tells_whose_an_answer_is_and_no_other_does() -> None:
    survey = made(SURVEY, anonymity=Anonymity.NAMED.value)
    frame = rows(survey, 3).with_columns(user=pl.lit("U1"))
    assert {"U1"} == set(cells(survey, frame)["利用者"])
    assert "利用者" not in of(SURVEY) and "利用者" not in of(made(SURVEY, anonymity="anonymous"))


@pytest.mark.parametrize("name", ["Asia/Tokyo", "Europe/Berlin", "Australia/Sydney", "UTC"])
def test_times_are_those_of_the_city_also_where_clocks_change(name: str) -> None:
    zone, frame = ZoneInfo(name), rows(SURVEY, 20)
    moments = [datetime(2026, month, 25, 23, 30, tzinfo=UTC) for month in (3, 10)]
    frame = frame.with_columns(started_at=pl.Series(moments * 30).head(frame.height).cast(frame.schema["started_at"]))
    expected = [moment.astimezone(zone).replace(tzinfo=None) for moment in frame["started_at"]]
    assert expected == table(frame, columns(SURVEY, city(), zone))["開始 started_at"].to_list()


def test_tags_are_a_column_where_there_are_any() -> None:
    frame = rows(SURVEY, 3)
    first, second, _ = frame["key"]
    wanted = columns(SURVEY, city(), CITY, {"道路": {first}, "公園": {first, second}})
    assert ["公園、道路", "公園", None] == table(frame, wanted)["タグ tags"].to_list()
    assert "タグ" not in of(SURVEY)


def test_the_codebook_tells_what_every_name_in_a_cell_means() -> None:
    frame = rows(SURVEY, 200)
    wanted = columns(SURVEY, city(), CITY)
    found = table(frame, wanted)
    for column in wanted:
        if column.kind is Cells.NAME and column.values:
            assert set(found[column.name].drop_nulls()) <= {value for value, _ in column.values}, column.name
        if column.question is not None and column.name.split(" ")[0].endswith("-code"):
            assert CODES == [value for value, _ in column.values]
