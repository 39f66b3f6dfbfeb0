"""Several editions of one survey as a single definition, under which the answers to all of them can be read. Pure."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from tsunagu.surveys.definition import Asking, Definition, Multiple, Option, Scale, Single
from tsunagu.surveys.rows import Said


def merged(editions: Sequence[Definition]) -> Definition:
    """The newest, last of `editions`, with the options and steps that its questions had before, and after its own
    questions those that only earlier editions asked. Not to be asked from: its branches are the newest edition's only.
    """
    newest = editions[-1]
    if len(editions) == 1:
        return newest
    earlier: dict[str, list[Asking]] = {}
    for edition in reversed(editions[:-1]):
        for question in edition.asked:
            earlier.setdefault(question.id, []).append(question)
    known = {question.id for question in newest.asked}
    questions = [
        question if question.id not in earlier else _widened(question, earlier[question.id])  # type: ignore[arg-type]
        for question in newest.questions
    ]
    gone = [_widened(found[0], found[1:]) for id, found in earlier.items() if id not in known]
    return newest.model_copy(update={"questions": [*questions, *gone]})


def not_asked(editions: Sequence[Definition]) -> list[pl.Expr]:
    """What makes of packed rows that have not all the questions rows that have: `rows.with_columns(…)`.

    A row knows only the questions of its own edition, so that the others would be read as blank in it. It needs the
    column `edition`; what it changes is `s_` of the questions that not all editions ask.
    """
    asking: dict[str, list[int]] = {}
    for number, edition in enumerate(editions, 1):
        for question in edition.asked:
            asking.setdefault(question.id, []).append(number)
    return [
        pl.when(pl.col("edition").fill_null(1).is_in(numbers))
        .then(pl.col(f"s_{id}"))
        .otherwise(pl.lit(int(Said.NOT_ASKED), pl.Int8))
        .alias(f"s_{id}")
        for id, numbers in asking.items()
        if len(numbers) < len(editions)
    ]


def _widened(question: Asking, earlier: Sequence[Asking]) -> Asking:
    change: dict[str, Any] = {}
    if isinstance(question, Single | Multiple):
        options: dict[str, Option] = {option.id: option for option in question.options}
        for before in earlier:
            for option in before.options if isinstance(before, Single | Multiple) else []:
                known = options.setdefault(option.id, option)
                if option.other and not known.other:  # what was written with it has a column still
                    options[option.id] = known.model_copy(update={"other": True})
        change = {"options": list(options.values())}
    elif isinstance(question, Scale):
        steps = [question, *(before for before in earlier if isinstance(before, Scale))]
        change = {"min": min(each.min for each in steps), "max": max(each.max for each in steps)}
    return question.model_copy(update=change)
