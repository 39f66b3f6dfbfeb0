"""Whether every text of a survey is there in the survey's languages, which are those of its title, and whether what is
to be filled into a text is known by then: 「{uses}」 stands for the answer to the question `uses`.
"""

import re
from collections.abc import Iterator

from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.cloud.definitions import Place, Problem
from tsunagu.surveys.definition import Definition, Multiple, Notice, Number, Photo, Question, Scale, Single

BRACES = re.compile(r"\{([^{}\n]*)\}")


def problems(definition: Definition) -> Iterator[Problem]:
    for place, texts in _texts(definition):
        for language in LANGUAGES:
            if language in definition.title and language not in texts:
                yield place, f"lacks `{language}`, a language of the title"
            elif language in texts and language not in definition.title:
                yield (*place, language), "is a language that the title lacks: the survey has the title's languages"
        if place[0] == "questions" and place[2:] == ("text",):
            yield from _filled(definition, int(place[1]), texts)
        else:
            for language, words in texts.items():
                for name in BRACES.findall(words):
                    yield (*place, language), f"`{{{name}}}` is filled in only in the text of a question or a notice"


def _texts(definition: Definition) -> Iterator[tuple[Place, dict[str, str]]]:
    for name, texts in (("intro", definition.intro), ("thanks", definition.thanks)):
        if texts is not None:
            yield (name,), texts
    for index, section in enumerate(definition.sections):
        yield ("sections", index, "title"), section.title
    for index, question in enumerate(definition.questions):
        yield ("questions", index, "text"), question.text
        for place, texts in _parts(question):
            yield ("questions", index, *place), texts


def _parts(question: Question) -> Iterator[tuple[Place, dict[str, str]]]:
    match question:
        case Single() | Multiple():
            for number, option in enumerate(question.options):
                yield ("options", number, "text"), option.text
        case Scale():
            if question.labels.min is not None:
                yield ("labels", "min"), question.labels.min
            if question.labels.max is not None:
                yield ("labels", "max"), question.labels.max
        case Number():
            if question.unit is not None:
                yield ("unit",), question.unit


def _filled(definition: Definition, index: int, texts: dict[str, str]) -> Iterator[Problem]:
    place: Place = ("questions", index, "text")
    earlier = {question.id: question for question in definition.questions[:index]}
    later = {question.id for question in definition.questions[index:]}
    found = {language: set(BRACES.findall(words)) for language, words in texts.items()}
    for language, names in found.items():
        for name in sorted(names):
            if name in later:
                yield (*place, language), f"`{{{name}}}` does not come earlier; only an earlier answer can be filled in"
            elif name not in earlier:
                yield (*place, language), f"`{{{name}}}` is no question's id: braces are filled with an earlier answer"
            elif isinstance(earlier[name], Notice | Photo):
                yield (*place, language), f"`{{{name}}}` has no words to fill in: it is a {earlier[name].type}"
    for language, names in found.items():
        for name in sorted(set().union(*found.values()) - names):
            yield (*place, language), f"lacks `{{{name}}}`, which another language has"
