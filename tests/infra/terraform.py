"""infra/'s Terraform, as its source says it: no provider, no plan."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import hcl2

INFRA = Path(__file__).parents[2] / "infra"
PLAIN = hcl2.SerializationOptions(with_comments=False, explicit_blocks=False, strip_string_quotes=True)


@dataclass(frozen=True)
class Resource:
    """`body` holds attributes as they are written (an expression is `${…}`), and a list for each kind of block."""

    type: str
    name: str
    body: dict[str, Any]

    def block(self, *path: str) -> dict[str, Any]:
        """The only block there is of this kind, and so on inside it."""
        found = self.body
        for kind in path:
            (found,) = found[kind]
        return found


@cache
def files() -> dict[str, dict[str, Any]]:
    """Path below infra/ → what is in it."""
    paths = [*INFRA.glob("*.tf"), *INFRA.glob("*/*.tf")]
    parsed = {path: hcl2.loads(path.read_text("utf-8"), serialization_options=PLAIN) for path in sorted(paths)}
    return {path.relative_to(INFRA).as_posix(): content for path, content in parsed.items()}


def blocks(kind: str) -> Iterator[dict[str, Any]]:
    for content in files().values():
        yield from content.get(kind, [])


def resources(prefix: str = "") -> list[Resource]:
    """Those whose type begins with `prefix`."""
    return [
        Resource(type_, name, body)
        for block in blocks("resource")
        for type_, named in block.items()
        if type_.startswith(prefix)
        for name, body in named.items()
    ]


def resource(type_: str, name: str) -> Resource:
    (found,) = [one for one in resources(type_) if (one.type, one.name) == (type_, name)]
    return found


def local(name: str) -> Any:
    """The value of `locals { name = … }`."""
    (found,) = [block[name] for block in blocks("locals") if name in block]
    return found
