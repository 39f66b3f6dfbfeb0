"""Typesetting with typst and the vendored Japanese fonts alone, so that every machine draws the same."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

FONTS = Path(__file__).with_name("vendor")
DOTS_PER_INCH = 72.0  # a point of the template is a pixel of the picture


class NotTypeset(Exception):
    """The sentence says what is wrong with the template, its words or the fonts."""


def png(template: Path, data: Mapping[str, Any], fonts: Path = FONTS) -> bytes:
    """The one page of `template`, which finds `data` as JSON in `sys.inputs.data`. A glyph that the fonts lack is a
    fault, not a box. Raises NotTypeset."""
    compiler = _compiler(template, data, fonts)
    try:
        # Pictures are drawn with missing glyphs in silence; the archive format of PDF refuses them.
        compiler.compile(format="pdf", pdf_standards="a-2b")
        drawn, warnings = compiler.compile_with_warnings(format="png", ppi=DOTS_PER_INCH)
    except typst.TypstError as error:
        raise NotTypeset(f"{template.name}: {error.diagnostic or error.message}") from error
    if warnings:
        raise NotTypeset(f"{template.name}: {'; '.join(warning.message for warning in warnings)}")
    if not isinstance(drawn, bytes):
        raise NotTypeset(f"{template.name}: more than one page")
    return drawn


def pdf(template: Path, data: Mapping[str, Any], made: datetime, fonts: Path = FONTS) -> bytes:
    """The pages of `template` as PDF/UA-1, with the fonts in it; the same of the same. A glyph that the fonts lack is a
    fault: see `glyphs.all_shown`. Raises NotTypeset."""
    try:
        written, warnings = _compiler(template, data, fonts).compile_with_warnings(
            format="pdf", pdf_standards="ua-1", timestamp=made.astimezone(UTC).replace(microsecond=0)
        )
    except typst.TypstError as error:
        raise NotTypeset(f"{template.name}: {error.diagnostic or error.message}") from error
    if warnings:
        raise NotTypeset(f"{template.name}: {'; '.join(warning.message for warning in warnings)}")
    assert isinstance(written, bytes)
    return written


def _compiler(template: Path, data: Mapping[str, Any], fonts: Path) -> typst.Compiler:
    return typst.Compiler(
        template,
        font_paths=_fonts(fonts),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )


@cache
def _fonts(folder: Path) -> typst.Fonts:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
    if not fonts.families():
        raise NotTypeset("the Japanese fonts are not there: run `make setup`, or `npm ci && npm run vendor`")
    return fonts
