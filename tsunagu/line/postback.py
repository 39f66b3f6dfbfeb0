"""What a button carries: `subject/verb?field=value`, so that an answer says which question it answers."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

POSTBACK_LIMIT = 300  # characters LINE takes as postback data


@dataclass(frozen=True)
class Postback:
    """`fields` are text; written, the whole has at most 300 characters."""

    path: str
    fields: dict[str, str] = field(default_factory=dict)

    def write(self) -> str:
        data = f"{self.path}?{urlencode(self.fields)}" if self.fields else self.path
        if len(data) > POSTBACK_LIMIT:
            raise ValueError(f"postback data of {len(data)} characters; LINE takes {POSTBACK_LIMIT}")
        return data

    @classmethod
    def read(cls, data: str) -> "Postback":
        """Never fails: what is not ours has a path nobody listens to."""
        path, _, query = data.partition("?")
        return cls(path, dict(parse_qsl(query, keep_blank_values=True)))
