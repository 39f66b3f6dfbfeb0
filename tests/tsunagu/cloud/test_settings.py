from dataclasses import dataclass

import pytest

from tsunagu.cloud.settings import SettingsMissing, read


@dataclass(frozen=True)
class Wanted:
    first: str
    second: str
    third: str = "default"


def test_what_is_there_is_read_and_the_rest_has_its_default() -> None:
    assert Wanted("1", "2") == read(Wanted, {"FIRST": "1", "SECOND": "2", "OTHER": "x"})
    assert Wanted("1", "2", "3") == read(Wanted, {"FIRST": "1", "SECOND": "2", "THIRD": "3"})


def test_everything_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsMissing, match="FIRST, SECOND"):
        read(Wanted, {"FIRST": ""})
