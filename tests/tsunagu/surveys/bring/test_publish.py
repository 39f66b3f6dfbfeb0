"""What is published tells nobody about fewer people than a few, however many tables there are."""

import csv
import io
import json
import random
from collections import Counter
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.tsunagu.surveys import everykind
from tests.tsunagu.surveys.bring.outsider import Outsider
from tsunagu.cloud.outcomes import Rejected
from tsunagu.residents.city import city
from tsunagu.surveys.bring.publish import Publication, csv_of, json_of, lines, publish, summary, without_total
from tsunagu.surveys.bring.tables import Plan, Wish, everything, problems
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.rows import Said, pack_schema

TODAY = date(2026, 12, 1)


def words(ja: str) -> dict[str, str]:
    return {"ja": ja}


def question(id: str, type: str, options: str, **more: Any) -> dict[str, Any]:
    made = [{"id": each, "text": words(f"答え{each}")} for each in options]
    return {"id": id, "type": type, "text": words(f"問い{id}"), "required": False, "options": made, **more}


def survey(*questions: dict[str, Any]) -> Definition:
    return Definition.model_validate({"id": "survey", "title": words("調査"), "questions": list(questions)})


ONE = survey(question("one", "single", "abc"))
TWO = survey(question("one", "single", "abc"), question("two", "single", "de"))
MANY = survey(question("many", "multiple", "abc"))
LIMITED = survey(question("many", "multiple", "abc", most=2))
ALONE = survey(
    {
        **(many := question("many", "multiple", "abc")),
        "options": [*many["options"][:2], {**many["options"][2], "exclusive": True}],
    }
)


def rows(definition: Definition, people: list[dict[str, Any]]) -> pl.DataFrame:
    """Each as `{"ward": …, "age_band": …, question: its answer, None or a Said}`."""
    packed = []
    for number, person in enumerate(people):
        row: dict[str, Any] = dict.fromkeys(pack_schema(definition))
        row |= {"key": f"k{number}", "version": 1, "edition": 1, "language": "ja"}
        row |= {name: person.get(name) for name in ("ward", "age_band")}
        for asked in definition.asked:
            answer = person.get(asked.id)
            said = answer if isinstance(answer, Said) or answer is None else Said.GIVEN
            row[f"s_{asked.id}"] = said if said is None else int(said)
            row[f"a_{asked.id}"] = answer if said is Said.GIVEN else None
        packed.append(row)
    return pl.DataFrame(packed, schema=pack_schema(definition))


def people(definition: Definition, most: int = 18) -> st.SearchStrategy[list[dict[str, Any]]]:
    answers: dict[str, st.SearchStrategy[Any]] = {}
    for asked in definition.asked:
        ids = [option.id for option in asked.options]  # type: ignore[union-attr]
        one = st.sampled_from(ids)
        several = st.lists(one, min_size=1, unique=True, max_size=getattr(asked, "most", None) or len(ids))
        if any(getattr(option, "exclusive", False) for option in asked.options):  # type: ignore[union-attr]
            several = several.map(lambda chosen: ["c"] if "c" in chosen else chosen)
        answers[asked.id] = (several if asked.type == "multiple" else one) | st.none()
    wards, bands = st.sampled_from(["chuo", "kita", None]), st.sampled_from(["20s", "30s"])
    return st.lists(st.fixed_dictionaries({"ward": wards, "age_band": bands, **answers}), min_size=6, max_size=most)


def plan(definition: Definition, few: int = 5, zero: bool = False) -> Plan:
    return Plan(tables=everything(definition), few=few, zero=zero)


def made(definition: Definition, everyone: list[dict[str, Any]], few: int = 5, zero: bool = False) -> Publication:
    return publish([definition], rows(definition, everyone), plan(definition, few, zero), city(), TODAY)


def nobody_finds_out(
    publication: Publication, everyone: list[dict[str, Any]], led_past: str | None = None, **known: Any
) -> None:
    few, outsider = publication.plan.few, Outsider.of(json_of(publication), **known)
    if led_past is not None:
        outsider.learns("two", "one", led_past)
    truth = counted(publication.definition, everyone)
    for name in outsider.hidden():
        others = (value for value in (truth[name] + 1, truth[name] - 1, *range(truth[name])) if value >= outsider.least)
        assert any(outsider.could_be(name, value) for value in others), name
        if truth[name] < few:
            assert any(outsider.could_be(name, value) for value in range(few - 1, few + 9)), name


def counted(definition: Definition, everyone: list[dict[str, Any]]) -> Counter[tuple[str, str, str, str]]:
    """Every number there is, counted person by person."""
    numbers: Counter[tuple[str, str, str, str]] = Counter()
    for person in everyone:
        for by in ("", "ward", "age_band"):
            column = (person.get(by) or "UNKNOWN") if by else ""
            numbers["", "", by, column] += 1
            for asked in definition.asked:
                answer = person.get(asked.id)
                if isinstance(answer, Said) or answer is None:
                    answer = "NOT_ASKED" if answer is Said.NOT_ASKED else "NO_ANSWER"
                for row in answer if isinstance(answer, list) else [answer]:
                    numbers[asked.id, row, by, column] += 1
    return numbers


def test_a_number_that_is_hidden_alone_is_found_out() -> None:
    """So the outsider of the laws below is no fool."""
    everyone = [{"ward": ward, "age_band": "20s", "one": one} for ward in ("chuo", "kita") for one in "abc"] * 9
    content = json.loads(json_of(made(ONE, everyone)))
    [by_ward] = [table for table in content["tables"] if table["by"] and table["by"]["id"] == "ward"]
    [row] = [row for row in by_ward["rows"] if row["code"] == "a"]
    row["counts"][1] = None
    outsider = Outsider.of(json.dumps(content).encode())
    [name] = outsider.hidden()
    assert [9] == [value for value in range(1, 30) if outsider.could_be(name, value)]


LAW = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@LAW
@given(people(ONE), st.sampled_from([3, 5]), st.booleans())
def test_no_hidden_number_can_be_found_out(everyone: list[dict[str, Any]], few: int, zero: bool) -> None:
    nobody_finds_out(made(ONE, everyone, few, zero), everyone)


@LAW
@given(people(TWO, most=16))
def test_nor_from_two_questions_together(everyone: list[dict[str, Any]]) -> None:
    nobody_finds_out(made(TWO, everyone), everyone)


@LAW
@given(people(TWO, most=20))
def test_nor_where_one_question_leads_past_the_other(everyone: list[dict[str, Any]]) -> None:
    led = [{**person, "two": Said.NOT_ASKED} if person["one"] == "b" else person for person in everyone]
    nobody_finds_out(made(TWO, led), led, led_past="b")


@LAW
@given(people(MANY, most=16))
def test_nor_where_several_answers_are_possible(everyone: list[dict[str, Any]]) -> None:
    nobody_finds_out(made(MANY, everyone), everyone)


@LAW
@given(people(LIMITED, most=16))
def test_nor_where_it_is_known_how_many_may_be_chosen(everyone: list[dict[str, Any]]) -> None:
    nobody_finds_out(made(LIMITED, everyone), everyone, most=2)


@LAW
@given(people(ALONE, most=16))
def test_nor_where_one_answer_goes_with_no_other(everyone: list[dict[str, Any]]) -> None:
    nobody_finds_out(made(ALONE, everyone), everyone, alone=["c"])


@LAW
@given(people(TWO), st.sampled_from([3, 5]), st.booleans())
def test_what_is_shown_is_right_and_never_small(everyone: list[dict[str, Any]], few: int, zero: bool) -> None:
    truth = counted(TWO, everyone)
    for name, number in Outsider.of(json_of(made(TWO, everyone, few, zero))).numbers.items():
        if number is not None:
            assert truth[name] == number
            assert number >= few or (number == 0 and not zero)


@LAW
@given(people(TWO), st.randoms(use_true_random=False))
def test_the_same_people_in_any_order_are_published_the_same(
    everyone: list[dict[str, Any]], chance: random.Random
) -> None:
    shuffled = chance.sample(everyone, len(everyone))
    assert json_of(made(TWO, everyone)) == json_of(made(TWO, shuffled))


@LAW
@given(st.lists(st.sampled_from(["chuo", "kita"]), min_size=1, max_size=3), st.integers(5, 9))
@example(["chuo"], 5)
def test_tables_without_small_numbers_are_published_whole(wards: list[str], each: int) -> None:
    everyone = [
        {"ward": ward, "age_band": "20s", "one": one, "two": two} for ward in wards for one in "abc" for two in "de"
    ] * each
    publication = made(TWO, everyone)
    assert () == publication.withheld
    assert all(None not in shown.counts.values() for shown in publication.tables)


def test_one_small_number_hides_no_more_than_a_square_of_numbers() -> None:
    sizes = {
        ("chuo", "a"): 30,
        ("chuo", "b"): 20,
        ("chuo", "c"): 3,
        ("kita", "a"): 25,
        ("kita", "b"): 18,
        ("kita", "c"): 9,
    }
    everyone = [{"ward": w, "age_band": "20s", "one": one} for (w, one), many in sizes.items() for _ in range(many)]
    publication = made(ONE, everyone)
    [by_ward] = [shown for shown in publication.tables if shown.table.by == "ward"]
    gone = [place for place, count in by_ward.counts.items() if count is None]
    assert [("b", "chuo"), ("b", "kita"), ("c", "chuo"), ("c", "kita")] == sorted(gone)
    assert all(None not in shown.counts.values() for shown in publication.tables if shown.table.by != "ward")


def test_a_number_small_in_one_table_is_not_given_away_by_another() -> None:
    """c is small altogether, and so hidden in the table by itself; the tables by something must not add up to it."""
    everyone = [
        {"ward": "chuo", "age_band": "20s", "one": one}
        for one, many in (("a", 40), ("b", 30), ("c", 2))
        for _ in range(many)
    ]
    everyone += [{"ward": "kita", "age_band": "30s", "one": "a"}] * 20 + [
        {"ward": "kita", "age_band": "30s", "one": "b"}
    ] * 20
    publication = made(ONE, everyone)
    assert all(shown.counts["c", ""] is None for shown in publication.tables)
    assert all(None in (shown.counts["a", ""], shown.counts["b", ""]) for shown in publication.tables)
    nobody_finds_out(publication, everyone)


def test_who_did_not_choose_an_option_is_hidden_like_who_did() -> None:
    everyone = [{"ward": "chuo", "age_band": "20s", "many": ["a"]}] * 18 + [
        {"ward": "chuo", "age_band": "20s", "many": ["b"]}
    ] * 2
    everyone += [{"ward": "kita", "age_band": "20s", "many": each} for each in (["a"], ["b"]) for _ in range(20)]
    [by_ward] = [shown for shown in made(MANY, everyone).tables if shown.table.by == "ward"]
    assert 20 == by_ward.counts["", "chuo"]
    assert None is by_ward.counts["a", "chuo"], "20 answered and 18 chose a: 2 did not"


def test_who_was_not_asked_is_not_given_away_by_the_question_that_led_past() -> None:
    """Who says b is not asked the second question: 7 in kita say so, hidden because 3 in chuo do; so both are there."""

    def some(ward: str, one: str, many: int) -> list[dict[str, Any]]:
        two: list[Any] = [Said.NOT_ASKED] if one == "b" else ["d", "e"]
        return [{"ward": ward, "age_band": "20s", "one": one, "two": two[n % len(two)]} for n in range(many)]

    sizes = {
        ("chuo", "a"): 30,
        ("chuo", "b"): 3,
        ("chuo", "c"): 26,
        ("kita", "a"): 20,
        ("kita", "b"): 7,
        ("kita", "c"): 22,
    }
    everyone = [person for (ward, one), many in sizes.items() for person in some(ward, one, many)]
    tables = {(shown.table.question.id, shown.table.by): shown.counts for shown in made(TWO, everyone).tables}
    for place in ("chuo", "kita"):
        assert None is tables["one", "ward"]["b", place]
        assert None is tables["two", "ward"]["NOT_ASKED", place]


def test_shares_and_bases_are_given_only_where_they_tell_nothing() -> None:
    everyone = [
        {"ward": "chuo", "age_band": "20s", "one": one, "two": two}
        for one, two, many in (("a", "d", 30), ("b", Said.NOT_ASKED, 3), ("c", "e", 20))
        for _ in range(many)
    ]
    everyone += [
        {"ward": "kita", "age_band": "20s", "one": one, "two": two}
        for one, two, many in (("a", "d", 30), ("b", Said.NOT_ASKED, 6), ("c", "e", 20))
        for _ in range(many)
    ]
    for shown in made(TWO, everyone).tables:
        for row, column in shown.counts:
            everybody, left = shown.counts["", column], shown.counts.get(("NOT_ASKED", column), 0)
            assert (shown.base(column) is None) == (None in (everybody, left))
            if None in (shown.counts[row, column], everybody, left):
                assert shown.percent(row, column) is None
    [two] = [shown for shown in made(TWO, everyone).tables if (shown.table.question.id, shown.table.by) == ("two", "")]
    assert (100, 60.0, None) == (two.base(""), two.percent("d", ""), two.percent("NOT_ASKED", ""))


def test_fewer_than_a_few_are_not_published_at_all() -> None:
    with pytest.raises(Rejected, match="fewer than 5 people responded"):
        made(ONE, [{"ward": "chuo", "age_band": "20s", "one": "a"}] * 4)


def test_tables_of_few_people_go_before_the_number_of_all_respondents() -> None:
    definition = everykind.definition()
    frame = everykind.rows(definition, 60)
    whole = publish([definition], frame, plan(definition), city(), TODAY)
    fewer = publish([definition], frame, plan(definition), city(), TODAY, spare=True)
    assert "the number of respondents is hidden in" in summary(whole) and without_total(whole.tables)
    assert [] == without_total(fewer.tables)
    assert fewer.withheld and all(wish.by for wish in fewer.withheld)
    assert f"withheld: {fewer.withheld[0].question} by {fewer.withheld[0].by}" in summary(fewer)
    assert [row for row, _ in lines(fewer)] == [
        f"{wish.question} by {wish.by}" if wish.by else wish.question
        for wish in plan(definition).tables
        if wish not in fewer.withheld
    ]


def test_what_was_asked_in_other_words_is_said_in_every_form() -> None:
    asked, turned = (
        survey(question("q", "single", "ab", text={"ja": f"移転に{word}ですか"})) for word in ("賛成", "反対")
    )
    frame = rows(asked, [{"q": "a"}] * 20 + [{"q": "b"}] * 20)
    publication = publish([asked, turned], frame, plan(turned), city(), TODAY)
    said = "第2版から質問の文を変更：「移転に賛成ですか」→「移転に反対ですか」"
    assert any(said in note["ja"] for note in json.loads(json_of(publication))["notes"])
    notes = [line["注 note"] for line in csv.DictReader(io.StringIO(csv_of(publication).decode("utf-8-sig")))]
    assert said in notes[0]


def test_every_kind_that_can_be_published_is_and_every_line_says_what_it_is() -> None:
    definition = everykind.definition()
    frame = everykind.rows(definition, 300)
    publication = publish([definition], frame, plan(definition), city(), TODAY)
    lines = list(csv.DictReader(io.StringIO(csv_of(publication).decode("utf-8-sig"))))
    assert {"use", "why", "content", "nps", "ward", "district"} == {line["設問ID question_id"] for line in lines}
    assert {"2026-12-01"} == {line["集計日 made_on"] for line in lines}
    hidden = [line for line in lines if line["件数 count"] == "x"]
    assert {
        "「x」は秘匿：5未満の数値、またはそれが差引きで分からないようにするための数値 / "
        "x: hidden, being below 5, or so that such a number cannot be worked out"
    } == {line["注 note"] for line in hidden}
    assert {""} == {line["割合(%) percent"] for line in hidden}
    [never] = [line for line in lines if (line["表 table"], line["選択肢コード answer_code"]) == ("1", "never")]
    assert ("95", "31.7", "300", "使わない / Never") == tuple(
        never[name] for name in ("件数 count", "割合(%) percent", "基数（無回答を含む） base", "選択肢 answer")
    )
    assert len(lines) == sum(
        len(row["counts"]) for table in json.loads(json_of(publication))["tables"] for row in table["rows"]
    )


def test_words_that_look_like_formulas_are_defused() -> None:
    definition = survey({**question("one", "single", "ab"), "text": words("=1+1")})
    lines = csv_of(made(definition, [{"ward": "chuo", "one": "a"}] * 9)).decode("utf-8-sig")
    assert "'=1+1" in lines and ",=1+1" not in lines


def test_a_list_of_tables_is_checked() -> None:
    definition = everykind.definition()
    wrong = Plan(tables=[Wish(question="use"), Wish(question="more"), Wish(question="gone"), Wish(question="use")])
    found = dict(problems(wrong, definition))
    assert "`more` is a text: only choices and scales" in found["tables", 1, "question"]
    assert "`gone` is no question of every-kind (use, why" in found["tables", 2, "question"]
    assert "is in the list already" == found["tables", 3]
