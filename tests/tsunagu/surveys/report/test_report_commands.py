"""`tsunagu survey report|search|tag|untag` as the operator types it."""

import re

import polars as pl
import pytest
from google.cloud import firestore
from typer.testing import CliRunner, Result

from tests.tsunagu.surveys.everykind import definition, rows
from tests.tsunagu.surveys.invented import invite, put
from tests.tsunagu.surveys.take.looked import looked
from tsunagu.cloud.outcomes import Rejected
from tsunagu.surveys import store, tags
from tsunagu.surveys.commands import app
from tsunagu.surveys.report.count import report

SURVEY = definition()
FRAME = rows(SURVEY, 120)


@pytest.fixture
def there(db: firestore.Client) -> firestore.Client:
    put(db, SURVEY, FRAME)
    invite(db, SURVEY.id, 400)
    return db


def typed(*words: str) -> Result:
    result = CliRunner(env={"COLUMNS": "240"}).invoke(app, list(words))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def lines(shown: str) -> dict[str, list[str]]:
    """Label → count, percent, interval … of the first table that has it."""
    found: dict[str, list[str]] = {}
    for line in shown.splitlines():
        cells = [cell.strip() for cell in re.split("[│┃]", line)][1:-1]
        if len(cells) > 2:
            found.setdefault(cells[0], cells[1:])
    return found


def test_the_figures_are_those_of_the_report(there: firestore.Client) -> None:
    shown = typed("report", SURVEY.id).stdout
    figures = report(SURVEY, FRAME, 400)
    assert f"{figures.answered} answered of 400 invited ({figures.rate:.1f} %); {figures.finished} to the end" in shown
    found = lines(shown)
    for row in figures.questions[0].rows:
        assert [f"{row.count}", f"{row.percent:.1f}", f"{row.low:.1f}–{row.high:.1f}"] == found[row.label[0]][:3]


def test_filters_a_group_beside_and_crosses_are_those_of_the_page(there: firestore.Client) -> None:
    shown = typed(
        "report", SURVEY.id, "--ward", "chuo", "--ward", "kita", "--from", "2026-11-05", "--beside", "ward=minami",
        "--filter", "s.use=given", "--cross", "use", "--cross", "ward",
    ).stdout  # fmt: skip
    kept = FRAME.filter(
        pl.col("ward").is_in(["chuo", "kita"]) & pl.col("a_use").is_not_null(),
        pl.col("started_at").dt.convert_time_zone("Asia/Tokyo").dt.date() >= pl.date(2026, 11, 5),
    )
    other = FRAME.filter(ward="minami")
    assert f"A: {kept.height} answered;" in shown and f"B: {other.height} answered;" in shown
    assert "Ward: Chuo Ward, Kita Ward" in shown and "Begun: 2026-11-05 – " in shown
    often = kept.filter(a_use="often")
    found = lines(shown)["よく使う"]
    assert [f"{often.height}", f"{often.filter(ward='chuo').height} ("] == [found[-1], found[0].partition("(")[0] + "("]
    assert f"n = {kept.height}" in shown


def test_everyone_may_stand_beside(there: firestore.Client) -> None:
    shown = typed("report", SURVEY.id, "--ward", "chuo", "--beside", "everyone").stdout
    assert f"B: {FRAME.height} answered of 400" in shown
    ours, theirs = (looked(there, SURVEY.id, pairs).report.questions for pairs in ([("ward", "chuo")], []))
    assert f"percent of {ours[0].base:,} (A) and {theirs[0].base:,} (B): those who answered" in shown
    assert all(head in shown for head in ("A count", "A 95 %", "B count"))
    measured = [each for each in (*ours, *theirs) if each.summary is not None]
    assert measured
    for each in measured:
        assert each.summary is not None and f"mean {each.summary.mean:.2f}, median {each.summary.median:g}" in shown


def test_what_only_the_other_group_answered_is_shown_too(there: firestore.Client) -> None:
    shown = typed("report", SURVEY.id, "--filter", "a.district=sekidai", "--beside", "a.district=shirakawa").stdout
    assert all(name in lines(shown) for name in ("碩台", "白川"))
    assert "; A: " in shown and "; B: " in shown


def test_a_share_of_nobody_is_no_share(there: firestore.Client) -> None:
    shown = typed(
        "report", SURVEY.id, "--filter", "a.use=often", "--cross", "use", "--cross", "ward", "--cross", "age_band"
    ).stdout
    assert "0 (—)" in shown and "0 (0.0)" in shown


def test_words_are_searched_tagged_and_untagged(there: firestore.Client) -> None:
    survey = store.get(there, SURVEY.id)
    assert survey is not None
    wanted = FRAME.filter(a_more="公園に日陰がほしいです")
    respondent = wanted["key"][0]
    shown = typed("search", SURVEY.id, "more", "日陰").stdout
    assert f"{wanted.height} texts." in shown and respondent in shown
    assert f"{wanted.height} texts, 1 shown." in typed("search", SURVEY.id, "more", "日陰", "--most", "1").stdout
    with pytest.raises(Rejected, match="no such answer"):
        typed("tag", SURVEY.id, "more", respondent, "暑さ")
    truth = {"kind": "given", "value": "公園に日陰がほしいです", "at": 1, "event": "e", "first": 1}
    document = {"answers": {"more": truth}, "language": "ja", "version": 1}
    store.response_reference(there, survey, respondent).set(document)
    assert "Tagged." in typed("tag", SURVEY.id, "more", respondent, "暑さ", "--by", "me@city.example").stdout
    assert "already" in typed("tag", SURVEY.id, "more", respondent, "暑さ").stdout
    assert "1 text." in typed("search", SURVEY.id, "more", "--filter", "tag=暑さ").stdout
    assert {respondent: {"more": ("暑さ",)}} == tags.everything(there, survey)
    assert "Taken away." in typed("untag", SURVEY.id, "more", respondent, "暑さ").stdout
    assert "no such tag" in typed("untag", SURVEY.id, "more", respondent, "暑さ").stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("report", "nothing"), "no survey nothing"),
        (("report", SURVEY.id, "--ward", "atlantis"), "cannot be `atlantis`"),
        (("report", SURVEY.id, "--filter", "ward"), "NAME=VALUE"),
        (("report", SURVEY.id, "--cross", "use"), "two or three"),
        (("search", SURVEY.id, "age"), "choose one of use, why, place, more"),
        (("search", SURVEY.id, "gone"), "choose one of"),
        (("tag", SURVEY.id, "more", "nobody", "x"), "no such answer"),
        (("tag", "nothing", "more", "nobody", "x"), "no survey nothing"),
    ],
)
def test_what_cannot_be_is_told(there: firestore.Client, words: tuple[str, ...], says: str) -> None:
    with pytest.raises(Rejected) as told:
        typed(*words)
    assert says in told.value.reason
