import pytest

from tsunagu.audiences.definition import Known, To
from tsunagu.audiences.rules import Audience
from tsunagu.cloud.definitions import WrongFile, loads
from tsunagu.residents.city import city
from tsunagu.web.faults import japanese

WHOLE = """
wards: [chuo, kita]
languages: [ja, en]
not:
  lists: [pilot]
any:
  - {topics: [childcare]}
  - all:
      - {age_bands: ["20s"], districts: [sekidai]}
      - {followed: {from: 2026-04-01, to: 2026-04-30}}
      - {tags: [volunteer]}
saved: families
"""
KNOWN = Known(city(), {"families": Audience()}, ["pilot", "summer"])


def read(text: str, known: Known = KNOWN) -> To:
    return loads(text, To, context=known)


def test_every_key_is_understood_and_comes_back_as_it_was_written() -> None:
    document = read(WHOLE).to_document()
    assert {
        "wards": ["chuo", "kita"],
        "languages": ["ja", "en"],
        "saved": "families",
        "any": [
            {"topics": ["childcare"]},
            {
                "all": [
                    {"districts": ["sekidai"], "age_bands": ["20s"]},
                    {"followed": {"from": "2026-04-01", "to": "2026-04-30"}},
                    {"tags": ["volunteer"]},
                ]
            },
        ],
        "not": {"lists": ["pilot"]},
    } == document
    assert read(WHOLE) == To.model_validate(document, context=KNOWN)


@pytest.mark.parametrize("everyone", ["{}", "{wards: [], topics: []}", "all: []"])
def test_nothing_asked_for_is_everyone(everyone: str) -> None:
    assert {} == read(everyone).to_document()


FAULTS = [
    ("[chuo, kita]", "[chuou, kita]", "line 2: wards[0]: the city has no ward 'chuou'; did you mean `chuo` (中央区)?"),
    ("[chuo, kita]", "chuo", "line 2: wards: must be a list"),
    ("[ja, en]", "[fr]", "line 3: languages[0]: must be 'ja', 'ja-easy' or 'en', not 'fr'"),
    ("[pilot]", "[summr]", "line 5: not.lists[0]: there is no uploaded list 'summr'; did you mean `summer`?"),
    ("[childcare]", "[sport]", "line 7: any[0].topics[0]: the city has no topic 'sport' (known: disaster"),
    ('["20s"]', '["25"]', "line 9: any[1].all[0].age_bands[0]: the city has no age band '25' (known: u20, 20s"),
    ("sekidai", "sekida", "line 9: any[1].all[0].districts[0]: the city has no district 'sekida'; did you mean `se"),
    ("2026-04-01", "2026-04-31", "line 10: any[1].all[1].followed.from: 2026-04-31: day is out of range for month"),
    ("2026-04-01", "last week", "line 10: any[1].all[1].followed.from: must be a date such as 2026-11-01, not 'l"),
    ("2026-04-30", "2026-03-31", "line 10: any[1].all[1].followed: `to`, 2026-03-31, is before `from`, 2026-04-01"),
    ("from: 2026-04-01, to: 2026-04-30", "", "line 10: any[1].all[1].followed: needs `from`, `to` or both"),
    ("[volunteer]", "['']", "line 11: any[1].all[2].tags[0]: the tag is empty"),
    ("[volunteer]", f"[{'v' * 31}]", "line 11: any[1].all[2].tags[0]: the tag is 31 characters long; 30 fit"),
    ("saved: families", "saved: family", "line 12: saved: there is no saved audience 'family'; did you mean `fam"),
    ("not:", "nor:", "line 4: nor: is not known here; did you mean `not`?"),
    ("  - {topics: [childcare]}", "  - {topic: [childcare]}", "line 7: any[0].topic: is not known here"),
]  # fmt: skip


CALLED = [
    ("wards: [中央区]", "ward", "中央区", "chuo", "中央区"),
    ("wards: [ちゅうおう]", "ward", "ちゅうおう", "chuo", "中央区"),
    ("wards: [Chuo Ward]", "ward", "Chuo Ward", "chuo", "中央区"),
    ("districts: [はるたけ]", "district", "はるたけ", "harutake", "春竹"),
    ("districts: [ハルタケ]", "district", "ハルタケ", "harutake", "春竹"),
    ("districts: [春竹校区]", "district", "春竹校区", "harutake", "春竹"),
    ("topics: [防災]", "topic", "防災", "disaster", "防災"),
    ("age_bands: [20歳代]", "age band", "20歳代", "20s", "20代"),
]


@pytest.mark.parametrize(("text", "kind", "named", "id", "name"), CALLED)
def test_who_writes_a_name_is_told_the_id(text: str, kind: str, named: str, id: str, name: str) -> None:
    with pytest.raises(WrongFile) as error:
        read(text)
    (fault,) = error.value.faults
    assert fault.says.startswith(f"the city has no {kind} '{named}'; did you mean `{id}` ({name})?")
    assert f"「{named}」は市の一覧にありません。もしかして「{id}」（{name}）のことですか。" == japanese(fault.says)


def test_a_list_and_a_saved_audience_are_suggested_in_japanese_too() -> None:
    with pytest.raises(WrongFile) as error:
        read("lists: [summr]\nsaved: family")
    assert ["もしかして「summer」のことですか。", "もしかして「families」のことですか。"] == [
        japanese(fault.says).partition("。")[2] for fault in error.value.faults
    ]


@pytest.mark.parametrize(("right", "wrong", "says"), FAULTS)
def test_a_wrong_file_gets_line_field_and_what_would_be_right(right: str, wrong: str, says: str) -> None:
    assert right in WHOLE
    with pytest.raises(WrongFile) as error:
        read(WHOLE.replace(right, wrong, 1))
    assert says in str(error.value)


def test_any_of_nothing_would_be_nobody_and_is_refused() -> None:
    with pytest.raises(WrongFile) as error:
        read("any: []")
    assert "`any` of nothing is nobody" in str(error.value)


def test_a_file_with_many_faults_gets_them_all_at_once() -> None:
    text = WHOLE
    for right, wrong, _ in (FAULTS[0], FAULTS[3], FAULTS[4], FAULTS[7], FAULTS[11], FAULTS[13]):
        text = text.replace(right, wrong, 1)
    with pytest.raises(WrongFile) as error:
        read(text)
    assert [2, 5, 7, 10, 11, 12] == [fault.line for fault in error.value.faults]


def test_what_the_context_does_not_offer_is_not_looked_at() -> None:
    assert ["nowhere"] == read("{saved: nothing, lists: [nowhere]}", Known(city())).lists_used()
