from datetime import UTC, datetime
from pathlib import Path

import pytest

from tsunagu.typeset.render import FONTS, NotTypeset, pdf, png

NOW = datetime(2026, 11, 5, 9, 3, 7, 123456, tzinfo=UTC)
PAGE = '#set page(width: 300pt, height: 200pt)\n#set text(font: "BIZ UDPGothic", fallback: false)\n'


@pytest.fixture
def template(tmp_path: Path) -> Path:
    file = tmp_path / "page.typ"
    file.write_text(PAGE + "#json(bytes(sys.inputs.data)).words", "utf-8")
    return file


def test_a_point_is_a_pixel(template: Path) -> None:
    drawn = png(template, {"words": "市からのお知らせ"})
    assert (300, 200) == (int.from_bytes(drawn[16:20], "big"), int.from_bytes(drawn[20:24], "big"))


def test_words_are_words_and_never_code(template: Path) -> None:
    assert png(template, {"words": "#panic()"}) != png(template, {"words": "$x$ *b* <i>"})


def test_a_glyph_that_no_font_has_is_told(template: Path) -> None:
    with pytest.raises(NotTypeset, match=r"🔔.*could not be displayed"):
        png(template, {"words": "お知らせ🔔"})


def test_a_fault_in_a_template_is_told_with_its_name(template: Path) -> None:
    with pytest.raises(NotTypeset, match=r"page\.typ.*"):
        png(template, {})


def test_a_font_that_is_not_there_is_told(template: Path) -> None:
    template.write_text(PAGE.replace("BIZ UDPGothic", "No Such Font") + "a", "utf-8")
    with pytest.raises(NotTypeset, match="no such font"):
        png(template, {})


def test_two_pages_are_told(template: Path) -> None:
    template.write_text(PAGE + "a #pagebreak() b", "utf-8")
    with pytest.raises(NotTypeset, match="more than one page"):
        png(template, {})


def test_the_fonts_come_with_their_licence() -> None:
    assert ["BIZUDPGothic_400Regular.ttf", "BIZUDPGothic_700Bold.ttf"] == sorted(f.name for f in FONTS.glob("*.ttf"))
    assert "SIL Open Font License" in (FONTS / "BIZUDPGothic.LICENSE").read_text("utf-8")


def test_without_fonts_it_is_said_how_to_get_them(template: Path, tmp_path: Path) -> None:
    with pytest.raises(NotTypeset, match="make setup"):
        png(template, {"words": "a"}, fonts=tmp_path)


DOCUMENT = '#set document(title: "試験")\n#set text(font: "BIZ UDPGothic", lang: "ja", fallback: false)\n'


@pytest.fixture
def document(tmp_path: Path) -> Path:
    file = tmp_path / "document.typ"
    file.write_text(DOCUMENT + "#json(bytes(sys.inputs.data)).words #pagebreak() 二", "utf-8")
    return file


def test_a_pdf_says_that_it_is_for_everybody_and_has_its_fonts_inside(document: Path) -> None:
    made = pdf(document, {"words": "市からのお知らせ"}, NOW)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made
    assert b"/MarkInfo" in made and b"/StructTreeRoot" in made and b"/Lang" in made
    assert b"BIZUDPGothic" in made and b"/FontFile" in made


def test_the_same_pdf_is_the_same_bytes(document: Path) -> None:
    assert pdf(document, {"words": "a"}, NOW) == pdf(document, {"words": "a"}, NOW)


def test_a_pdf_without_a_title_or_a_glyph_is_told(document: Path) -> None:
    with pytest.raises(NotTypeset, match=r"🔔.*could not be displayed"):
        pdf(document, {"words": "お知らせ🔔"}, NOW)
    document.write_text(document.read_text("utf-8").replace('#set document(title: "試験")', ""), "utf-8")
    with pytest.raises(NotTypeset, match=r"document\.typ.*title"):
        pdf(document, {"words": "a"}, NOW)
