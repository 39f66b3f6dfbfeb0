"""Settings come from the environment, as a frozen class a function declares for itself."""

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from tsunagu.cloud.logs import Loggable

Kind = TypeVar("Kind")


class SettingsMissing(Loggable):
    """Names every setting that is missing, so that one start is enough to mend them all."""


def read(kind: type[Kind], env: Mapping[str, str]) -> Kind:
    """Fill `kind`, a frozen dataclass of strings whose field names are the environment's names in lower case.

    A field without a default is required. An empty value counts as missing.
    """
    values: dict[str, Any] = {}
    missing = []
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        name = field.name.upper()
        if env.get(name):
            values[field.name] = env[name]
        elif field.default is dataclasses.MISSING:
            missing.append(name)
    if missing:
        raise SettingsMissing(f"set in the environment: {', '.join(missing)}")
    return kind(**values)
