from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from tsunagu.cloud.definitions import Fault, WrongFile, load, loads


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Option(Strict):
    id: str
    text: dict[str, str]


class Choice(Strict):
    type: Literal["choice"]
    options: list[Option] = Field(min_length=2)


class Words(Strict):
    type: Literal["words"]
    most: int = 5


class Form(Strict):
    id: str
    opens: datetime | None = None
    questions: list[Annotated[Choice | Words, Field(discriminator="type")]] = []


def faults(text: str) -> list[Fault]:
    with pytest.raises(WrongFile) as wrong:
        loads(text, Form, check=lambda form: [(("questions", 1, "most"), "is too small")] if form.questions else [])
    return wrong.value.faults


def test_words_that_yaml_1_1_would_change_stay_as_written() -> None:
    form = loads("id: 0961\nopens: 2026-11-01T09:00\n", Form)
    assert form.id == "0961"
    assert datetime(2026, 11, 1, 9) == form.opens
    option = loads("{id: a, text: {ja: はい, en: Yes, no: No}}", Option)
    assert option.text == {"ja": "はい", "en": "Yes", "no": "No"}


def test_every_fault_comes_with_its_line_and_field() -> None:
    text = """id: 5
opnes: 2026-11-01T09:00
questions:
  - {type: choice, options: [{id: a, text: {ja: は}}, {idd: b, text: {ja: い}}]}
  - type: word
  - type: words
    most: five
    most: 9
  - hello
"""
    found = faults(text)
    assert [fault.line for fault in found] == [1, 2, 4, 4, 5, 7, 8, 9]
    assert [fault.field for fault in found] == [
        "id",
        "opnes",
        "questions[0].options[1].id",
        "questions[0].options[1].idd",
        "questions[1]",
        "questions[2].most",
        "questions[2].most",
        "questions[3]",
    ]
    assert found[0].says == "must be text: put it in quotes, '5'"
    assert found[1].says == "is not known here; did you mean `opens`? (known: id, opens, questions)"
    assert found[2].says == "is required"
    assert found[6].says == "is written twice: first on line 7; keep one"


def test_what_only_the_whole_can_tell_has_a_line_too() -> None:
    text = "id: a\nquestions:\n  - {type: words}\n  - type: words\n    most: 1\n"
    assert [Fault(5, "questions[1].most", "is too small")] == faults(text)


@pytest.mark.parametrize(
    "text",
    ["", "a: [", "- a", "? [a]\n: b", "id: !!python/object:os.system a", "a: \0", "id: &x [*x]", "id: a\n\tb: c"],
)
def test_what_is_no_definition_at_all_is_a_sentence(text: str) -> None:
    assert len(faults(text)) == 1


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    for name, content in (("missing.yaml", None), ("latin.yaml", b"id: \xe9")):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(WrongFile) as wrong:
            load(path, Form)
        assert name in str(wrong.value)


@pytest.mark.parametrize("value", ["9" * 4_400, "!!int abc", "!!timestamp 2026-11-01T09:00:00+09:00", "!!binary YQ=="])
def test_a_value_that_python_cannot_read_or_reads_as_something_else_has_its_line(value: str) -> None:
    said = "cannot be read: write a shorter number, or without a mark such as !!timestamp"
    assert [Fault(2, "opens", said)] == faults(f"id: a\nopens: {value}\n")
