"""docs/surveys.md: its examples are sound, and it knows every field there is."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from pydantic import BaseModel

from tsunagu.cloud.definitions import loads
from tsunagu.surveys import conditions, definition
from tsunagu.surveys.bring.tables import By, Plan, problems
from tsunagu.surveys.checks.sound import problems_of
from tsunagu.surveys.definition import KINDS, Definition

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs/surveys.md").read_text("utf-8")
SURVEY, PLAN = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.M | re.S)


def fields(module: object) -> Iterator[str]:
    """As they are written in YAML."""
    for model in vars(module).values():
        if isinstance(model, type) and issubclass(model, BaseModel) and model is not BaseModel:
            yield from (field.alias or name for name, field in model.model_fields.items())


def test_its_examples_are_sound_and_use_every_kind() -> None:
    survey = loads(SURVEY, Definition, check=problems_of)
    assert set(KINDS) == {question.type for question in survey.questions}
    plan = loads(PLAN, Plan)
    assert [] == list(problems(plan, survey))


def test_it_knows_every_field_and_every_kind() -> None:
    written = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`[^`\n]+`", TEXT))))
    known = {*fields(definition), *fields(conditions), *Plan.model_fields, *KINDS, *get_args(By)}
    assert set() == known - written


def test_nothing_in_its_example_is_left_out_of_the_fields_it_explains() -> None:
    used = set(re.findall(r"\b([a-z_]+):", SURVEY))
    assert set() == {*fields(definition), *fields(conditions)} - used - UNUSED


UNUSED = {"topics", "districts", "min_length"}  # of which the example has no need
