"""Everything that is asked of a definition before it is stored, in one list for the command and the console."""

from collections.abc import Iterator

from tsunagu.cloud.definitions import Problem
from tsunagu.residents.city import city
from tsunagu.surveys.ask.limits import line_problems
from tsunagu.surveys.checks.definition import city_problems, editions_problems, problems
from tsunagu.surveys.definition import Definition


def problems_of(definition: Definition) -> Iterator[Problem]:
    yield from problems(definition)
    yield from city_problems(definition, city())
    yield from line_problems(definition)


def problems_of_edition(before: Definition, after: Definition) -> Iterator[Problem]:
    """Of one that is to follow others, which `before` is all in one."""
    yield from editions_problems(before, after)
    yield from problems_of(after)
