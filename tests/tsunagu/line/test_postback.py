from hypothesis import given
from hypothesis import strategies as st

from tsunagu.line.postback import Postback

WORDS = st.text(alphabet=st.characters(codec="utf-8"), max_size=12)


@given(st.dictionaries(WORDS.filter(bool), WORDS, max_size=2))
def test_what_was_written_is_read_again(fields: dict[str, str]) -> None:
    assert Postback("surveys/answer", fields) == Postback.read(Postback("surveys/answer", fields).write())


@given(st.text())
def test_reading_never_fails(data: str) -> None:
    Postback.read(data)


def test_what_line_would_refuse_is_not_written() -> None:
    longest = Postback("a", {"b": "c" * 296})
    assert 300 == len(longest.write())
    try:
        Postback("a", {"b": "c" * 297}).write()
    except ValueError as error:
        assert "300" in str(error)
    else:
        raise AssertionError("301 characters were written")
