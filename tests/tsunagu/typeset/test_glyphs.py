"""What the fonts can show, held against typst, which refuses whatever they cannot."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tsunagu.typeset.glyphs import GETA, all_shown, shown
from tsunagu.typeset.render import pdf

NOW = datetime(2026, 11, 5, tzinfo=UTC)
PAGE = """#set document(title: "試験")
#set text(font: "BIZ UDPGothic", lang: "ja", fallback: false)
#for words in json(bytes(sys.inputs.data)).words [#words #strong(words)

]"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    file = tmp_path / "page.typ"
    file.write_text(PAGE, "utf-8")
    return file


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=8))
def test_whatever_somebody_writes_can_be_typeset(template: Path, words: list[str]) -> None:
    made, replaced = all_shown({"words": words, "n": [1, None, 0.5, True]})
    assert [1, None, 0.5, True] == made["n"]
    assert replaced == sum(shown(each)[1] for each in words)
    assert pdf(template, made, NOW).startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("words", "expected", "replaced"),
    [
        ("公園がほしい① ㈱髙﨑 ～〜 é", "公園がほしい① ㈱髙﨑 ～〜 é", 0),
        ("𠮷野家😊", f"{GETA}野家{GETA}", 2),
        ("👨‍👩‍👧", GETA * 3, 3),
        ("❤️", "❤" if shown("❤")[1] == 0 else GETA, shown("❤")[1]),
        ("か\u3099き\u3099", "がぎ", 0),
        ("e\u0301", "é", 0),
        ("神\ufa19", "神\ufa19", 0),
        ("\u202eabc\u200b\x07\x00", "abc", 0),
        ("一\r\n二\r三\n四\t五", "一\n二\n三\n四 五", 0),
        ("a\u2003b\u2028c", "a b c", 0),
        ("العربية", GETA * 7, 7),
        (f"{GETA}は印 😊", f"{GETA}は印 {GETA}", 1),
    ],
)
def test_what_no_font_has_is_a_mark_and_counted(words: str, expected: str, replaced: int) -> None:
    assert (expected, replaced) == shown(words)
