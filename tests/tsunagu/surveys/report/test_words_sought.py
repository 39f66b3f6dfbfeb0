import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.surveys.report.words import AROUND, MOST, folded, has_all, in_context, terms

LETTERS = st.text("aAßée\u0301かガカ゛ｶﾞﾊﾟ\u3099İﬁ①㌢😊 \n\u202e\x00", max_size=30)


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        ("公園に日陰がほしいです", "日陰　公園"),
        ("ＡＢＣ ｶﾞｽ", "abc ガス"),
        ("Straße", "STRASSE"),
        ("①番の窓口", "1番"),
        ("一行目\n二行目", "二行目 一行目"),
    ],
)
def test_all_words_are_found_in_any_width_and_case(words: str, typed: str) -> None:
    assert has_all(words, terms(typed))
    assert any(piece.hit for piece in in_context(words, terms(typed)))


def test_one_word_that_is_missing_is_enough_not_to_be_found() -> None:
    assert not has_all("公園に日陰がほしい", terms("公園 噴水"))
    assert not has_all(None, terms("公園"))
    assert has_all("", terms("  "))


@given(LETTERS, LETTERS)
def test_what_is_marked_is_a_word_that_was_sought_and_nothing_is_made_up(words: str, typed: str) -> None:
    sought = terms(typed)
    pieces = in_context(words, sought)
    for piece in pieces:
        if piece.hit:
            assert any(term in folded(piece.words) for term in sought)
    if not any(piece.hit for piece in pieces):
        assert words == "".join(piece.words for piece in pieces)
    assert all(piece.words.strip("…") in words for piece in pieces)


@given(st.lists(st.sampled_from(["あ", "い"]), min_size=1, max_size=200).map("".join))
def test_a_short_text_is_shown_whole_with_its_first_hits(words: str) -> None:
    pieces = in_context(words, terms("あ"))
    assert min(words.count("あ"), MOST) == sum(piece.hit for piece in pieces)


def test_a_long_text_is_cut_around_its_hits() -> None:
    words = "前" * 200 + "公園" + "間" * 200 + "公園" + "後" * 200
    pieces = in_context(words, terms("公園"))
    shown = "".join(piece.words for piece in pieces)
    assert "…" + "前" * AROUND + "公園" + "間" * AROUND + "…" + "間" * AROUND + "公園" + "後" * AROUND + "…" == shown


@given(st.text(max_size=40))
def test_folding_is_that_of_unicode(words: str) -> None:
    assert unicodedata.normalize("NFKC", words).casefold() == folded(words)
